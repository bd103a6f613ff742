"""Real scholarly records as `observatory import` takes them: ACL Anthology to 2021 and arXiv 1993–2019.

    python3 tests/bench/records.py OUT.jsonl COUNT

With more records than there are, they are repeated with varied text: every third word is replaced by
another word of the same corpus (seeded), so that postings grow as they would with new texts.
"""

import csv
import io
import json
import lzma
import random
import re
import sys
import tarfile
import xml.etree.ElementTree as tree
from pathlib import Path

SCHOLARLY = Path(__file__).resolve().parents[3] / "shared" / "data" / "scholarly"
MONTHS = {name: number for number, name in enumerate(
    "january february march april may june july august september october november december".split(), 1)}


def _text(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip() if element is not None else ""


def acl():
    with tarfile.open(SCHOLARLY / "acl-anthology-1952-2021.tar.xz") as packed:
        for member in packed:
            if not member.name.endswith(".xml"):
                continue
            root = tree.parse(packed.extractfile(member)).getroot()
            for volume in root.iter("volume"):
                year = _text(volume.find("meta/year"))[:4]
                month = MONTHS.get(_text(volume.find("meta/month")).lower().split("-")[0].split(" ")[0], 1)
                if not year.isdigit():
                    continue
                for paper in volume.iter("paper"):
                    title = _text(paper.find("title"))
                    if title:
                        name = f"{root.get('id')}-{volume.get('id')}.{paper.get('id')}"
                        yield {"id": f"acl:{name}", "title": title, "abstract": _text(paper.find("abstract")),
                               "date": f"{year}-{month:02}-01",
                               "authors": [_text(author) for author in paper.findall("author")][:20]}


def arxiv(more=lambda row: {}):
    """The records of arXiv, each with `more` of its row."""
    csv.field_size_limit(1 << 20)
    seen = set()
    with tarfile.open(SCHOLARLY / "arxiv-tables.tar") as packed:
        for member in packed:
            if not member.name.endswith(".xz"):
                continue
            table = lzma.decompress(packed.extractfile(member).read()).decode("utf-8")
            for row in csv.DictReader(io.StringIO(table), delimiter="\t"):
                if row["arxiv_id"] in seen or not row["title"]:
                    continue
                seen.add(row["arxiv_id"])
                yield {"id": f"arxiv:{row['arxiv_id']}", "title": row["title"], "abstract": row["abstract"],
                       "date": row["created"], "authors": row["author_text"].split(", ")[:20], **more(row)}


def varied(records, round_number, vocabulary):
    chance = random.Random(round_number)
    for record in records:
        words = record["abstract"].split(" ")
        abstract = " ".join(chance.choice(vocabulary) if chance.random() < 1 / 3 else word for word in words)
        title = record["title"].split(" ")
        title[chance.randrange(len(title))] = chance.choice(vocabulary)
        yield dict(record, id=f"{record['id']}~{round_number}", title=" ".join(title), abstract=abstract)


def main():
    out, count = sys.argv[1], int(sys.argv[2])
    records = [*arxiv(), *acl()]
    vocabulary = [word for record in records[::37] for word in record["abstract"].split(" ") if word.isalpha()]
    written, round_number = 0, 0
    with open(out, "w", encoding="utf-8") as file:
        while written < count:
            for record in records if round_number == 0 else varied(records, round_number, vocabulary):
                if written == count:
                    break
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                written += 1
            round_number += 1
    print(f"{written} records, {len(records)} of them different")


if __name__ == "__main__":
    main()
