"""The strongest rises of a corpus, read from its future: what risers@50 and ndcg@50 are measured against.

    python3 tests/foresight/truth.py OUT.json CORPUS.jsonl SAMPLES PROFILE

SAMPLES is what `backtest --samples` writes: for each year the best terms by three measures that are not
fitted. Each is judged by the protocol's scorer; those that are durable or early, each thing once, stand
in the order of their later gain: the pooled share of two and three years on, less that of three to five
years before. The truth is therefore of the terms that some simple measure had among its best 250, not
of all that could be thought of.
"""

import json
import sys

import fit
from fit import score


def main():
    out, corpus, samples, profile = sys.argv[1:]
    rows = fit.judged(corpus, samples, profile)
    index = score.Index(corpus, {name for row in rows for name in row["names"]}, profile == "titles")
    years = {}
    for row in rows:
        if not (row["early"] or row["durable"]):
            continue
        sets, year = index.sets(row["names"]), row["year"]

        def share(first, last):
            with_it = sum(len(sets.get(at, ())) for at in range(first, last + 1))
            return with_it / max(1, sum(index.N.get(at, 0) for at in range(first, last + 1)))

        recent = set().union(*[sets.get(at, set()) for at in range(year - 2, year + 1)])
        gain = share(year + 2, year + 3) - share(year - 5, year - 3)
        years.setdefault(year, []).append((-gain, row["term"], row, recent))
    truth = {}
    for year, found in sorted(years.items()):
        kept = []
        for _, _, row, recent in sorted(found, key=lambda it: it[:2]):
            if not any(score.dup(recent, other) for _, other in kept):
                kept.append((row, recent))
        truth[str(year)] = [{"term": row["term"], "aliases": row["aliases"], "early": bool(row["early"])}
                            for row, _ in kept]
    json.dump({"years": truth}, open(out, "w", encoding="utf-8"), ensure_ascii=False)
    print({year: len(terms) for year, terms in truth.items()})


if __name__ == "__main__":
    main()
