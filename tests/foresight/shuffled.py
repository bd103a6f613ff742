"""How often chance alone raises an alarm: dates shuffled within each source, many times.

    python3 tests/foresight/shuffled.py PROGRAM CORPUS.jsonl FIRST LAST TIMES [GLOSSARY.tsv …]

Each time the dates of the documents up to the end of LAST are dealt out anew among those of the same source,
and PROGRAM (`backtest`) makes its lists for each of the years. What is counted is the pictures that have
at least one alarm (a term whose stated share of false alarms is at most 5 % and that passes the gate of
sources), and the interval of that share (Wilson, 95 %).
"""

import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

STATED = 0.05
LISTS = ("trends", "signals")


def interval(hits, of):
    z = 1.96
    middle = (hits + z * z / 2) / (of + z * z)
    width = z * math.sqrt(hits * (of - hits) / of + z * z / 4) / (of + z * z)
    return max(0.0, middle - width), min(1.0, middle + width)


def main():
    program, corpus, first, last, times, *glossaries = sys.argv[1:]
    records = [json.loads(line) for line in open(corpus, encoding="utf-8")]
    records = [record for record in records if record["date"][:4] <= last]
    alarmed = {name: 0 for name in LISTS}
    alarms = {name: 0 for name in LISTS}
    pictures = 0
    with tempfile.TemporaryDirectory() as folder:
        for round_number in range(int(times)):
            chance = random.Random(round_number)
            by_source = {}
            for record in records:
                by_source.setdefault(record["source"], []).append(record["date"])
            for dates in by_source.values():
                chance.shuffle(dates)
            shuffled = Path(folder) / "shuffled.jsonl"
            with open(shuffled, "w", encoding="utf-8") as file:
                for record in records:
                    file.write(json.dumps(dict(record, date=by_source[record["source"]].pop()), ensure_ascii=False) + "\n")
            out = Path(folder) / "lists.json"
            subprocess.run([program, str(shuffled), first, last, str(out), "--alarms", *glossaries], check=True,
                           stderr=subprocess.DEVNULL)
            for system in json.load(open(out, encoding="utf-8")):
                if system["system"] in LISTS:
                    for run in system["runs"]:
                        found = sum(term["false_alarms"] <= STATED for term in run["terms"])
                        alarms[system["system"]] += found
                        alarmed[system["system"]] += found > 0
                        pictures += system["system"] == LISTS[0]
    for name in LISTS:
        low, high = interval(alarmed[name], pictures)
        print(f"{name}: {pictures} pictures, {alarmed[name]} with an alarm = {alarmed[name] / pictures:.3f} "
              f"[{low:.3f}, {high:.3f}], stated {STATED}; {alarms[name]} alarms in all")


if __name__ == "__main__":
    main()
