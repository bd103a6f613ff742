"""Pages a second and word F1 of `observatory read-paper` and of pdftotext, on the same PDFs. Called by papers.sh.

A PDF counts where a text is expected of it: PDFBox (its .txt), docling (its Markdown), JOSE (its JATS, where
there is one). JOSE papers without JATS count for the speed only. Both readers are a process for each file,
take it from the standard input and write to the standard output; the figures are medians of three rounds."""
import collections, glob, json, os, re, statistics, subprocess, sys, time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance"))
from texts import f1, plain, words  # noqa: E402

ROUNDS = 3


def of_jats(path):
    """What an article in JATS shows: its titles, its abstract, its body. References are written by style."""
    article = ET.parse(path).getroot()
    shown = [article.find(".//title-group"), article.find(".//abstract"), article.find("body")]
    return "\n".join(" ".join(part.itertext()) for part in shown if part is not None)


def cases(work):
    """(set, PDF, expected text or None)."""
    for pdf in sorted(glob.glob(f"{work}/pdfbox-text-groundtruth/*.pdf")):
        yield "PDFBox", pdf, open(pdf + ".txt", encoding="utf-8", errors="replace").read()
    for pdf in sorted(glob.glob(f"{work}/docling-groundtruth/pdf/sources/*.pdf")):
        expected = pdf.replace("/sources/", "/groundtruth/")[:-4] + ".md"
        if os.path.exists(expected):
            yield "docling", pdf, plain(open(expected, encoding="utf-8").read())
    for pdf in sorted(glob.glob(f"{work}/jose-papers/*/*.pdf")):
        jats = glob.glob(os.path.join(os.path.dirname(pdf), "**", "*.jats"), recursive=True)
        yield "JOSE", pdf, of_jats(jats[0]) if jats else None


def pages(pdf):
    told = subprocess.run(["pdfinfo", pdf], capture_output=True).stdout.decode(errors="replace")
    found = re.search(r"^Pages:\s*(\d+)", told, re.M)
    return int(found.group(1)) if found else 0


def timed(command, pdf):
    """What a reader says of a file, and how many seconds that took."""
    with open(pdf, "rb") as file:
        begun = time.perf_counter()
        done = subprocess.run(command, stdin=file, capture_output=True, timeout=60)
        return done.stdout, time.perf_counter() - begun


def text_of(answer):
    """The text of an answer of read-paper; nothing where it says why there is none."""
    paper = json.loads(answer or b"{}").get("paper")
    parts = paper["parts"] if paper else []
    return "\n".join("\n".join([p["margin"], p["heading"] or "", p["text"]]) for p in parts)


def main():
    program, work = sys.argv[1:3]
    readers = {
        "observatory": ([program, "read-paper"], text_of),
        "pdftotext": (["pdftotext", "-q", "-", "-"], lambda answer: answer.decode(errors="replace")),
    }
    scores = {name: collections.defaultdict(list) for name in readers}
    seconds = {name: collections.defaultdict(lambda: [0.0] * ROUNDS) for name in readers}
    counts, worst = collections.Counter(), []
    for kind, pdf, expected in cases(work):
        number = pages(pdf)
        if number == 0:
            continue
        counts[kind] += number
        both = {}
        for name, (command, text) in readers.items():
            for turn in range(ROUNDS):
                answer, took = timed(command, pdf)
                seconds[name][kind][turn] += took
            both[name] = f1(words(text(answer)), words(expected)) if expected is not None else None
            if expected is not None:
                scores[name][kind].append(both[name])
        if expected is not None:
            worst.append((both["observatory"] - both["pdftotext"], kind, os.path.basename(pdf), both))
    print("| set | pages | files with text | F1 ours, mean (median) | F1 pdftotext | ratio of means "
          "| pages/s ours | pdftotext | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind in [*counts, "all"]:
        kinds = list(counts) if kind == "all" else [kind]
        total = sum(counts[k] for k in kinds)
        row = []
        for name in readers:
            found = [score for k in kinds for score in scores[name][k]]
            took = statistics.median(sum(turns) for turns in zip(*(seconds[name][k] for k in kinds)))
            row.append((statistics.mean(found), statistics.median(found), total / took, len(found)))
        (ours, ours_median, fast, files), (theirs, theirs_median, peer, _) = row
        print(f"| {kind} | {total} | {files} | {ours:.3f} ({ours_median:.3f}) | {theirs:.3f} "
              f"({theirs_median:.3f}) | {ours / theirs:.3f} | {fast:.0f} | {peer:.0f} | {fast / peer:.2f} |")
    print("furthest behind:")
    for behind, kind, name, both in sorted(worst)[:8]:
        print(f"  {behind:+.3f} {kind} {name}: {both['observatory']:.3f} against {both['pdftotext']:.3f}")


main()
