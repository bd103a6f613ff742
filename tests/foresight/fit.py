"""Finds the weights of the rankings. Standard library only; the same samples give the same weights.

    python3 tests/foresight/fit.py OUT.tsv CORPUS.jsonl SAMPLES PROFILE [CORPUS.jsonl SAMPLES PROFILE …]

SAMPLES is what `backtest --samples` writes. What is fitted to is what the protocol's own scorer
(../shared/foresight/score.py) judges: durable for the list of trends, early for that of signals. The
model is additive: each feature bends at four places; ridge logistic regression by Newton's method. The
weights of `places` and `title` are set, not fitted (titles say nothing in a corpus of titles).
"""

import json
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "shared" / "foresight"))
import score  # noqa: E402

RIDGE = 10.0
QUANTILES = (0.25, 0.5, 0.75, 0.9)
LISTS = {
    "trends": {"target": "durable", "top": 150, "set": {"places": 0.3, "title": 0.3},
               "features": ["rise", "others", "growth", "surely", "last", "newest", "level"]},
    "signals": {"target": "early", "top": 300, "set": {"title": 0.5},
                "features": ["rise", "others", "surely", "last", "newest", "level", "two", "last-surely", "past"]},
}


def judged(corpus, samples, profile):
    rows = [json.loads(line) for line in open(samples, encoding="utf-8")]
    for row in rows:
        row["names"] = score.norm({"term": row["term"], "aliases": row["aliases"]})
    index = score.Index(corpus, {name for row in rows for name in row["names"]}, profile == "titles")
    index.w = {}
    sets = {}
    for row in rows:
        if row["names"] not in sets:
            sets[row["names"]] = index.sets(row["names"])
        row["early"], row["durable"] = score.judge(index, sets[row["names"]], row["year"], (2, 3),
                                                   score.PROFILE[profile])
    return rows


def best(rows, top):
    by_year = {}
    for row in rows:
        by_year.setdefault(row["year"], []).append(row)
    for year in sorted(by_year):
        yield from sorted(by_year[year], key=lambda row: (-row["features"]["places"], row["term"]))[:top]


def solved(matrix, right):
    rows = [line[:] + [value] for line, value in zip(matrix, right)]
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for below in range(at + 1, size):
            part = rows[below][at] / rows[at][at]
            if part:
                rows[below] = [one - part * other for one, other in zip(rows[below], rows[at])]
    values = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(rows[at][other] * values[other] for other in range(at + 1, size))
        values[at] = (rows[at][size] - rest) / rows[at][at]
    return values


def fitted(columns, target):
    count, size = len(target), len(columns) + 1
    means = [sum(column) / count for column in columns]
    spreads = [math.sqrt(sum((value - mean) ** 2 for value in column) / count) + 1e-9
               for column, mean in zip(columns, means)]
    scaled = [[1.0] * count] + [[(value - mean) / spread for value in column]
                                for column, mean, spread in zip(columns, means, spreads)]
    lines = list(zip(*scaled))
    weights = [0.0] * size
    for _ in range(30):
        chances = [1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, line)))) for line in lines]
        slope = [sum((t - p) * x for t, p, x in zip(target, chances, column)) for column in scaled]
        slope = [value - (RIDGE * weight if at else 0) for at, (value, weight) in enumerate(zip(slope, weights))]
        curve = [[0.0] * size for _ in range(size)]
        for one in range(size):
            part = [p * (1 - p) * x for p, x in zip(chances, scaled[one])]
            for other in range(one, size):
                curve[one][other] = curve[other][one] = sum(a * b for a, b in zip(part, scaled[other]))
        for at in range(1, size):
            curve[at][at] += RIDGE
        step = solved(curve, slope)
        weights = [weight + change for weight, change in zip(weights, step)]
        if max(map(abs, step)) < 1e-8:
            break
    return [weight / spread for weight, spread in zip(weights[1:], spreads)]


def main():
    out, words = sys.argv[1], sys.argv[2:]
    corpora = [judged(*words[at:at + 3]) for at in range(0, len(words), 3)]
    with open(out, "w", encoding="utf-8") as file:
        for name, how in LISTS.items():
            rows = [row for corpus in corpora for row in best(corpus, how["top"])]
            bends, columns = [], []
            for feature in how["features"]:
                values = [row["features"][feature] for row in rows]
                ordered = sorted(values)
                places = sorted({round(ordered[int(q * (len(ordered) - 1))], 3) for q in QUANTILES})
                for start in [None, *places]:
                    bends.append((feature, start))
                    columns.append([value if start is None else max(value - start, 0.0) for value in values])
            weights = fitted(columns, [float(bool(row[how["target"]])) for row in rows])
            for (feature, start), weight in zip(bends, weights):
                file.write(f"{name}\t{feature}\t{'' if start is None else start}\t{weight:.4f}\n")
            for feature, weight in how["set"].items():
                file.write(f"{name}\t{feature}\t\t{weight}\n")


if __name__ == "__main__":
    main()
