"""nDCG, average precision and recall, as trec_eval defines them (checked against pytrec_eval by
`measure.py --check` where that is installed)."""

from math import log2


def ndcg(ranked, grades, depth):
    gain = sum(grades.get(name, 0) / log2(place + 2) for place, name in enumerate(ranked[:depth]))
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth]
    ideal = sum(grade / log2(place + 2) for place, grade in enumerate(best))
    return gain / ideal if ideal else 0.0


def average_precision(ranked, grades):
    relevant = sum(1 for grade in grades.values() if grade > 0)
    seen, total = 0, 0.0
    for place, name in enumerate(ranked, 1):
        if grades.get(name, 0) > 0:
            seen += 1
            total += seen / place
    return total / relevant if relevant else 0.0


def recall(ranked, grades, depth):
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0
