"""Are the labels of sustainable development those of the official goals? Prints, for each language that the
official texts at hand have, how many concepts have a label that stands in a goal, target or indicator.

    python3 tests/conformance/glossary.py
"""

import collections
import re
import sys
import tarfile
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = ROOT.parent / "shared/data/multilingual/sdg-terms-6lang.tar.xz"
TEXTS = "sdg-terms-6lang/sdg-kos-goals-targets-indicators.ttl"
LANGUAGES = ["ar", "zh", "en", "fr", "ru", "es"]


def folded(text):
    """Letters and digits without case and accents, words apart by one space."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " " + " ".join(re.findall(r"\w+", plain)) + " "


def main():
    if not ARCHIVE.exists():
        print("skipped: ../shared/data is not here")
        return
    with tarfile.open(ARCHIVE) as archive:
        turtle = archive.extractfile(TEXTS).read().decode()
    official = collections.defaultdict(list)
    for text, language in re.findall(r'"((?:[^"\\]|\\.)*)"@([a-z]{2})', turtle):
        official[language].append(folded(text))
    lines = (ROOT / "search-index/glossary/sustainable-development.tsv").read_text(encoding="utf-8").splitlines()[1:]
    print("| language | official texts | concepts | with a label that stands there |\n|---|---|---|---|")
    for place, language in enumerate(LANGUAGES, start=1):
        texts = " ".join(official[language])
        missing = []
        for line in lines:
            cells = line.split("\t")
            if not any(folded(label) in texts for label in cells[place].split(" | ")):
                missing.append(cells[0])
        found = len(lines) - len(missing) if texts else "not at hand"
        print(f"| {language} | {len(official[language])} | {len(lines)} | {found} |")
        if texts and "--missing" in sys.argv:
            print("  " + ", ".join(missing))


if __name__ == "__main__":
    main()
