"""How well the search finds: nDCG@10, MAP and recall@100 over HTTP. Called by `run`."""

import argparse
import datetime
import statistics
import sys
import tempfile
from pathlib import Path

import scores
import sets
from site_of_records import Site

ROOT = Path(__file__).resolve().parents[2]
FIRST_DAY = datetime.date(1980, 1, 1)


def ranked(site, words, language, **more):
    """The records that are found, best first. A record's number is in its date: see `dated`."""
    hits = site.search(words, language, **more)["hits"]
    return [str((datetime.date.fromisoformat(hit["date"][:10]) - FIRST_DAY).days) for hit in hits]


def dated(records):
    """A day for each record, so that an answer names it by nothing that is searched. All are so long
    ago that none is newer enough to count."""
    return [dict(record, date=str(FIRST_DAY + datetime.timedelta(days=int(record["id"])))) for record in records]


def judge(site, questions, **more):
    rows = []
    for words, language, grades in questions:
        if not grades:
            continue
        found = ranked(site, words, language, **more)
        rows.append((scores.ndcg(found, grades, 10), scores.average_precision(found, grades),
                     scores.recall(found, grades, 100)))
    return [statistics.mean(column) for column in zip(*rows)], len(rows)


def line(name, documents, questions, figures, beside=""):
    ndcg, average, recall = figures
    print(f"| {name} | {documents} / {questions} | {ndcg:.5f} | {average:.3f} | {recall:.3f} | {beside} |", flush=True)


def same_language(program, names):
    print("| set | documents / questions | nDCG@10 | MAP | recall@100 | BM25, best simple analysis |")
    print("|---|---|---|---|---|---|")
    below = []
    for name in names or sets.SAME_LANGUAGE:
        read, aim = sets.SAME_LANGUAGE[name]
        records, questions = read()
        with Site(program, dated(records)) as site:
            figures, count = judge(site, questions)
        line(name, len(records), count, figures, f"{aim:.3f}")
        if figures[0] < aim:
            below.append(name)
    print(f"\nbelow the yardstick: {', '.join(below) or 'none'}")


def across_languages(program, every):
    """The paragraphs of one language at a time, so that only the glossary can bridge the gap."""
    print("| questions / paragraphs | documents / questions | without glossary: nDCG@10 | recall@100 | with: nDCG@10 | recall@100 |")
    print("|---|---|---|---|---|---|")
    for written in sets.XQUAD:
        records, _ = sets.xquad(written)
        with Site(program, dated(records)) as site:
            for asked in sets.XQUAD:
                if asked == written:
                    continue
                _, questions = sets.across(asked, written)
                questions = questions[::every]
                without, count = judge(site, questions, across="off")
                with_it, _ = judge(site, questions)
                print(f"| {asked} / {written} | {len(records)} / {count} | {without[0]:.3f} | {without[2]:.3f} "
                      f"| {with_it[0]:.3f} | {with_it[2]:.3f} |", flush=True)


def own_judgements(program):
    """search-index/judgements/<language>.tsv on the pieces of `content/`: words, series/slug, grade."""
    print("| language | questions | nDCG@10 | first hit right | recall@20 |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="observatory-judgements-") as folder:
        with Site(program, None, keep=folder, publish=ROOT / "content") as site:
            for path in sorted((ROOT / "search-index" / "judgements").glob("*.tsv")):
                questions = {}
                for row in path.read_text(encoding="utf-8").splitlines()[1:]:
                    words, piece, grade = row.split("\t")
                    questions.setdefault(words, {})[piece] = int(grade)
                gains, firsts, recalls = [], [], []
                for words, grades in questions.items():
                    keys = [hit["key"] for hit in site.search(words, limit=20)["hits"]]
                    found = [key.removeprefix("brief:").rsplit("/", 1)[0] for key in keys]
                    gains.append(scores.ndcg(found, grades, 10))
                    recalls.append(scores.recall(found, grades, 20))
                    firsts.append(bool(found) and grades.get(found[0], 0) > 0)
                print(f"| {path.stem} | {len(questions)} | {statistics.mean(gains):.3f} "
                      f"| {statistics.mean(firsts):.2f} | {statistics.mean(recalls):.2f} |", flush=True)


def check():
    """Our measures against pytrec_eval on made-up rankings."""
    import random

    import pytrec_eval
    chance = random.Random(7)
    for _ in range(200):
        names = [str(n) for n in range(150)]
        grades = {name: chance.randint(0, 4) for name in chance.sample(names, 30)}
        found = chance.sample(names, 100)
        theirs = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut_10", "map", "recall_100"}).evaluate(
            {"q": {name: 1000.0 - place for place, name in enumerate(found)}})["q"]
        ours = (scores.ndcg(found, grades, 10), scores.average_precision(found, grades), scores.recall(found, grades, 100))
        for mine, name in zip(ours, ("ndcg_cut_10", "map", "recall_100")):
            if abs(mine - theirs[name]) > 1e-6:
                sys.exit(f"{name}: {mine} here, {theirs[name]} there")
    print("200 rankings: equal to pytrec_eval in nDCG@10, MAP and recall@100")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--across", action="store_true", help="questions in one language, paragraphs in another")
    arguments.add_argument("--every", type=int, default=5, help="with --across: only every nth question")
    arguments.add_argument("--judgements", action="store_true", help="our own, on the pieces of content/")
    arguments.add_argument("--check", action="store_true", help="compare the measures with pytrec_eval")
    arguments.add_argument("sets", nargs="*", help=" ".join(sets.SAME_LANGUAGE))
    asked = arguments.parse_args()
    if asked.check:
        return check()
    if asked.judgements:
        return own_judgements(asked.program)
    if not sets.is_here():
        print(f"skipped: {sets.RETRIEVAL.name} is not here")
        return None
    if asked.across:
        return across_languages(asked.program, asked.every)
    return same_language(asked.program, asked.sets)


if __name__ == "__main__":
    main()
