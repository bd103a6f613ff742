"""Two corpora of scholarly records as the backtest takes them: one JSON object a line.

    python3 tests/foresight/corpora.py FOLDER

writes FOLDER/arxiv.jsonl (computer-science tables of arXiv, 1996–2019; source: the primary category; a
record that stands in several tables is taken once) and FOLDER/acl.jsonl (ACL Anthology to 2021; source:
the venue). The data lie beside the project in ../shared/data/scholarly and are only read; where they are
absent this says so and ends with 3.
"""

import csv
import io
import json
import lzma
import re
import sys
import tarfile
import xml.etree.ElementTree as tree
from pathlib import Path

SCHOLARLY = Path(__file__).resolve().parents[3] / "shared" / "data" / "scholarly"
ARXIV = SCHOLARLY / "arxiv-tables.tar"
ACL = SCHOLARLY / "acl-anthology-1952-2021.tar.xz"
MONTHS = {name: number for number, name in enumerate(
    "january february march april may june july august september october november december".split(), 1)}
# The letters of the anthology's older volumes stand for venues; a workshop is its volume's name.
NEWER = re.compile(r"^\d{4}\.(.+)$")


def _text(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip() if element is not None else ""


def _venue(collection):
    newer = NEWER.match(collection)
    return newer.group(1) if newer else collection[0].lower()


OLDER = {"acl": "p", "emnlp": "d", "naacl": "n", "eacl": "e", "tacl": "q", "cl": "j", "coling": "c",
         "conll": "k", "lrec": "l", "semeval": "s", "starsem": "s"}


def acl():
    with tarfile.open(ACL) as packed:
        for member in packed:
            if not member.name.endswith(".xml"):
                continue
            root = tree.parse(packed.extractfile(member)).getroot()
            venue = _venue(root.get("id"))
            venue = OLDER.get(venue, venue)
            for volume in root.iter("volume"):
                year = _text(volume.find("meta/year"))[:4]
                month = MONTHS.get(_text(volume.find("meta/month")).lower().split("-")[0].split(" ")[0], 1)
                if not year.isdigit():
                    continue
                for paper in volume.iter("paper"):
                    title = _text(paper.find("title"))
                    if title:
                        name = f"{root.get('id')}-{volume.get('id')}.{paper.get('id')}"
                        yield {"id": f"acl:{name}", "date": f"{year}-{month:02}-01", "title": title,
                               "abstract": _text(paper.find("abstract")), "source": venue, "lang": "eng",
                               "authors": [_text(author) for author in paper.findall("author")][:20]}


def arxiv():
    csv.field_size_limit(1 << 20)
    seen = set()
    with tarfile.open(ARXIV) as packed:
        for member in packed:
            if not member.name.endswith(".xz"):
                continue
            table = lzma.decompress(packed.extractfile(member).read()).decode("utf-8")
            for row in csv.DictReader(io.StringIO(table), delimiter="\t"):
                if row["arxiv_id"] in seen or not row["title"]:
                    continue
                seen.add(row["arxiv_id"])
                yield {"id": f"arxiv:{row['arxiv_id']}", "date": row["created"], "title": row["title"],
                       "abstract": row["abstract"], "source": row["primary_cat"], "lang": "eng",
                       "authors": row["author_text"].split(", ")[:20]}


def main():
    folder = Path(sys.argv[1])
    if not (ARXIV.is_file() and ACL.is_file()):
        print(f"skipped: {SCHOLARLY} is not here")
        sys.exit(3)
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in (("arxiv", arxiv()), ("acl", acl())):
        ordered = sorted(records, key=lambda record: (record["date"], record["id"]))
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for record in ordered:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        print(f"{name}: {len(ordered)} records, {len({record['source'] for record in ordered})} sources, "
              f"{ordered[0]['date'][:4]}–{ordered[-1]['date'][:4]}")


if __name__ == "__main__":
    main()
