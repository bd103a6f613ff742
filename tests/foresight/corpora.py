"""Two corpora of scholarly records as the backtest takes them: one JSON object a line.

    python3 tests/foresight/corpora.py FOLDER

writes FOLDER/arxiv.jsonl (computer-science tables of arXiv, 1996–2019; source: the primary category; a
record that stands in several tables is taken once) and FOLDER/acl.jsonl (ACL Anthology to 2021; source:
the venue). The data lie beside the project in ../shared/data/scholarly and are only read; where they are
absent this says so and ends with 3.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import records as read

# The letters of the anthology's older volumes stand for venues; a workshop is its volume's name.
NEWER = re.compile(r"^\d{4}\.(.+)$")
OLDER = {"acl": "p", "emnlp": "d", "naacl": "n", "eacl": "e", "tacl": "q", "cl": "j", "coling": "c",
         "conll": "k", "lrec": "l", "semeval": "s", "starsem": "s"}


def _venue(record):
    collection = record["id"].removeprefix("acl:").split("-", 1)[0]
    newer = NEWER.match(collection)
    venue = newer.group(1) if newer else collection[0].lower()
    return OLDER.get(venue, venue)


def acl():
    for record in read.acl():
        yield record | {"source": _venue(record), "lang": "eng"}


def arxiv():
    return read.arxiv(lambda row: {"source": row["primary_cat"], "lang": "eng"})


def main():
    folder = Path(sys.argv[1])
    if not read.SCHOLARLY.is_dir():
        print(f"skipped: {read.SCHOLARLY} is not here")
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
