#!/usr/bin/env python3
"""How well documents are read: the facts of the JOSE papers against their Crossref records, the texts of the
PDFBox and docling sets against the texts that come with them, and how the Word documents of POI end.

    cargo build -p observatory
    python3 tests/conformance/documents.py [--hostile] [--worst 10]

The documents lie beside the project (../shared/data/documents) and are not part of it."""
import argparse, collections, glob, json, os, re, statistics, subprocess, sys, tempfile, unicodedata
import xml.etree.ElementTree as ET

from texts import f1, plain, words

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DATA = os.path.join(ROOT, "..", "shared", "data", "documents")


def read(reader, path, timeout=30):
    """What the reader says: (paper or None, how it ended)."""
    try:
        done = subprocess.run(reader + [path], capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, "hung"
    try:
        said = json.loads(done.stdout)
    except ValueError:
        return None, f"crashed ({done.returncode})"
    if "unreadable" in said:
        return None, said["unreadable"]["reason"]
    return said["paper"], "read"


def text_of(paper):
    parts = [[part["margin"], part["heading"] or "", part["text"]] for part in paper["parts"]]
    return "\n".join("\n".join(part) for part in parts)


def bare(text):
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text.lower() if c.isalnum())


def crossref(path):
    article = ET.parse(path).getroot()
    for element in article.iter():
        element.tag = element.tag.split("}")[-1]
    article = article.find(".//journal_article")
    date = article.find("publication_date")
    day = "-".join(f"{int(date.findtext(part)):02}" for part in ("year", "month", "day"))
    people = article.findall("contributors/person_name")
    return {
        "title": re.sub(r"\s+", " ", "".join(article.find("titles/title").itertext())),
        "authors": [(p.findtext("given_name") or "", p.findtext("surname") or "") for p in people],
        "date": day,
        "doi": article.findtext("doi_data/doi"),
    }


def jose(reader, folder, kind):
    """Field by field: how many papers tell what their record tells."""
    right, wrong, total = collections.Counter(), collections.defaultdict(list), 0
    sure = collections.Counter()
    for path in sorted(glob.glob(f"{folder}/jose-papers/*/{kind}", recursive=True)):
        record = glob.glob(os.path.join(folder, "jose-papers", path.split("jose-papers/")[1].split("/")[0],
                                        "*crossref.xml"))
        truth, (paper, end) = crossref(record[0]), read(reader, path)
        total += 1
        name = os.path.basename(path)
        if paper is None:
            for field in ("title", "authors", "date", "doi", "abstract"):
                wrong[field].append((name, end))
            continue
        title = (paper["title"] or {}).get("value", "")
        authors = [author["value"] for author in paper["authors"]]
        names = [bare(author) for author in authors]
        date = (paper["date"] or {}).get("value", "")
        dois = [i["value"]["value"] for i in paper["identifiers"] if i["value"]["scheme"] == "doi"]
        surnames = [bare(surname) for _, surname in truth["authors"]]
        same = len(names) == len(surnames) and all(s in n for n, s in zip(names, surnames))
        for field, held, said in (
            ("title", bare(title) == bare(truth["title"]), title),
            ("authors", same, "; ".join(authors)[:150]),
            ("date", date == truth["date"], f"{date} for {truth['date']}"),
            ("doi", dois[:1] == [truth["doi"].lower()], dois),
            ("abstract", bool(paper["summary"]), ""),
        ):
            if held:
                right[field] += 1
            else:
                wrong[field].append((name, said))
        for field, fact in (("title", paper["title"]), ("date", paper["date"])):
            if fact:
                sure[f"{field} {fact['confidence']}"] += 1
    print(f"JOSE {kind}: {total} papers;", ", ".join(
        f"{field} {right[field]}" for field in ("title", "authors", "date", "doi", "abstract")), dict(sure))
    for field, cases in wrong.items():
        for name, said in cases[:ARGS.worst]:
            print(f"    {field} of {name}: {said}")


def texts(reader, name, cases):
    """Word F1 of each document that has an expected text."""
    scores, ends = [], collections.Counter()
    for path, expected in cases:
        paper, end = read(reader, path)
        ends[end] += 1
        wanted = words(expected)
        found = words(text_of(paper)) if paper else collections.Counter()
        scores.append((f1(found, wanted), os.path.basename(path), end))
    scores.sort()
    values = [score for score, _, _ in scores]
    print(f"{name}: {len(values)} documents, word F1 median {statistics.median(values):.3f}, "
          f"mean {statistics.mean(values):.3f}; {dict(ends)}")
    for score, path, end in scores[:ARGS.worst]:
        print(f"    {score:.3f} {path} ({end})")


def groundtruth(folder, kind):
    base = f"{folder}/docling-groundtruth/{kind}"
    for path in sorted(glob.glob(f"{base}/sources/**/*.{kind}", recursive=True)):
        stem = os.path.splitext(os.path.basename(path))[0]
        found = glob.glob(f"{base}/groundtruth/**/{glob.escape(stem)}*.md", recursive=True)
        found = [f for f in found if os.path.basename(f) in (f"{stem}.md", f"{stem}.{kind}.md")]
        if found:
            yield path, plain(open(found[0], encoding="utf-8").read())


def hostile(reader, folder):
    """How the reading of broken and malicious documents ends: nothing may hang or crash."""
    ends, bad = collections.Counter(), []
    for pile in ("pdf", "docx", "zip", "xml", "generated"):
        archive = os.path.join(ROOT, "..", "shared", "hostile", f"{pile}.tar.zst")
        os.makedirs(f"{folder}/hostile", exist_ok=True)
        subprocess.run(["tar", "xf", archive, "-C", f"{folder}/hostile"], check=True)
    for path in sorted(glob.glob(f"{folder}/hostile/**/*", recursive=True)):
        if os.path.isfile(path):
            _, end = read(reader, path)
            ends[end] += 1
            if end == "hung" or end.startswith("crashed"):
                bad.append((os.path.relpath(path, folder), end))
    print(f"hostile: {sum(ends.values())} files: {dict(ends.most_common())}")
    for path, end in bad:
        print(f"    {path}: {end}")


def main():
    reader = ARGS.reader.split()
    if ARGS.hostile:
        with tempfile.TemporaryDirectory() as folder:
            hostile(reader, folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        for archive in glob.glob(f"{DATA}/*.tar.xz"):
            subprocess.run(["tar", "xf", archive, "-C", folder], check=True)
        jose(reader, folder, "*.pdf")
        jose(reader, folder, "**/*.jats")
        box = sorted(glob.glob(f"{folder}/pdfbox-text-groundtruth/*.pdf"))
        texts(reader, "PDFBox", [(p, open(p + ".txt", encoding="utf-8", errors="replace").read()) for p in box])
        for kind in ("pdf", "docx", "html"):
            texts(reader, f"docling {kind}", list(groundtruth(folder, kind)))
        ends = collections.Counter()
        for path in sorted(glob.glob(f"{folder}/poi-docx/**/*.docx", recursive=True)):
            _, end = read(reader, path)
            ends[end] += 1
            if end != "read":
                print(f"    {os.path.basename(path)}: {end}")
        print(f"POI: {sum(ends.values())} documents of Word: {dict(ends)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", default=os.path.join(ROOT, "target/debug/observatory") + " read --json")
    parser.add_argument("--hostile", action="store_true", help="run the piles of hostile documents instead")
    parser.add_argument("--worst", type=int, default=10)
    ARGS = parser.parse_args()
    if not os.path.isdir(DATA):
        sys.exit("skipped: ../shared/data/documents is not here")
    main()
