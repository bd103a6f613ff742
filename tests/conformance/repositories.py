#!/usr/bin/env python3
"""Reads the recorded answers of repositories with other clients, and writes what they find.

OAI-PMH: sickle, over HTTP against a server on this machine that gives the recorded answers.
arXiv: feedparser. Crossref: Python's json. OPML: lxml, which recovers from what is not well-formed.
Writes repository_counts.tsv and repository_languages.tsv, which a test of tests/suite compares with ours.
Makes its own environment (.venv beside this file) and runs itself in it.
"""
import collections
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import venv

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
NEEDED = ["sickle==0.7.0", "feedparser==6.0.14", "lxml"]


def ensure_environment() -> None:
    python = HERE / ".venv" / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == (HERE / ".venv").resolve():
        return
    if not python.exists():
        venv.create(HERE / ".venv", with_pip=True)
    have = subprocess.run([python, "-c", "import sickle, feedparser, lxml"], capture_output=True)
    if have.returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDED], check=True)
    sys.exit(subprocess.run([python, __file__, *sys.argv[1:]]).returncode)


def index(folder: pathlib.Path) -> list[dict]:
    lines = (folder / "index.tsv").read_text().splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def decoded(text: str) -> str:
    """Percent signs resolved as often as there are some: recorded clients wrote tokens as they came."""
    while (once := urllib.parse.unquote_plus(text)) != text:
        text = once
    return text


def arguments(url: str) -> tuple:
    query = urllib.parse.urlsplit(url).query
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return tuple(sorted((name, decoded(value)) for name, _, value in pairs))


class Replay(http.server.BaseHTTPRequestHandler):
    answers: dict = {}

    def do_GET(self):
        found = self.answers.get(arguments(self.path))
        self.send_response(200 if found else 404)
        self.send_header("content-type", found[1] if found else "text/plain")
        self.end_headers()
        if found:
            self.wfile.write(found[0].read_bytes())

    def log_message(self, *_):
        pass


def oai(folder: pathlib.Path, counts: list, languages: list) -> None:
    from sickle import Sickle

    repositories = collections.defaultdict(list)
    for row in index(folder):
        repositories[row["file"].rsplit("-", 1)[0]].append(row)
    for name, rows in repositories.items():
        Replay.answers = {arguments(row["url"]): (folder / row["file"], row["content_type"]) for row in rows}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replay)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Sickle(f"http://127.0.0.1:{server.server_port}/oai", encoding="utf-8")
        first = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(rows[0]["url"]).query))
        first.pop("verb")
        seen, deleted, spoken = 0, 0, collections.Counter()
        empty, keys = 0, set()
        for record in client.ListRecords(**first):
            seen += 1
            keys.add(record.header.identifier)
            if record.deleted:
                deleted += 1
                continue
            said = record.metadata or {}
            words = [text for field in ("title", "description", "abstract") for text in said.get(field, [])]
            if not any(text and text.strip() for text in words):
                empty += 1
            texts = [text.strip() for text in said.get("language", []) if text and text.strip()]
            if texts:
                spoken["; ".join(" ".join(text.split()) for text in texts)[:100]] += 1
        counts.append(("oai", name, seen, deleted, empty, len(keys)))
        languages += [(name, text, number) for text, number in sorted(spoken.items())]
        server.shutdown()


def arxiv(folder: pathlib.Path, counts: list) -> None:
    import feedparser

    for row in index(folder):
        feed = feedparser.parse((folder / row["file"]).read_bytes())
        errors = sum("/api/errors" in entry.id for entry in feed.entries)
        total = int(feed.feed.get("opensearch_totalresults", 0))
        counts.append(("arxiv", row["file"], len(feed.entries) - errors, errors, total, ""))


def crossref(folder: pathlib.Path, counts: list) -> None:
    for row in index(folder):
        try:
            answer = json.loads((folder / row["file"]).read_bytes())
        except ValueError:
            continue
        if not isinstance(answer, dict) or "message-type" not in answer:
            continue
        if answer.get("status") == "failed":
            counts.append(("crossref", row["file"], 0, 1, 0, ""))
        elif answer["message-type"] == "work-list":
            items = answer["message"]["items"]
            empty = sum(not any(text.strip() for text in work.get("title", []) + [work.get("abstract", "")])
                        for work in items)
            numbers = {work.get("DOI", "").lower() for work in items}
            counts.append(("crossref", row["file"], len(items), 0, empty, len(numbers)))


def opml(folder: pathlib.Path, counts: list) -> None:
    from lxml import etree

    for path in sorted(folder.rglob("*.opml")):
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(recover=True, no_network=True))
        urls = [url for outline in root.iter("outline") for name, url in outline.items() if name.lower() == "xmlurl"]
        try:
            etree.fromstring(path.read_bytes())
            broken = 0
        except etree.XMLSyntaxError:
            broken = 1
        counts.append(("opml", str(path.relative_to(folder)), len(urls), broken, len(set(urls)), ""))


def main() -> None:
    counts: list = []
    languages: list = []
    with tempfile.TemporaryDirectory() as name:
        for archive in ("scholarly/oai-pmh-responses", "scholarly/arxiv-api-atom",
                        "scholarly/crossref-api-responses", "feeds/opml-lists"):
            subprocess.run(["tar", "xf", DATA / f"{archive}.tar.xz", "-C", name], check=True)
        folder = pathlib.Path(name)
        oai(folder / "oai-pmh-responses", counts, languages)
        arxiv(folder / "arxiv-api-atom", counts)
        crossref(folder / "crossref-api-responses", counts)
        opml(folder / "opml-lists", counts)
    write("repository_counts.tsv", ("set", "name", "records", "deleted", "empty", "keys"), counts)
    write("repository_languages.tsv", ("name", "language", "records"), languages)
    for kind in ("oai", "arxiv", "crossref", "opml"):
        rows = [row for row in counts if row[0] == kind]
        print(kind, len(rows), "answers:", sum(row[2] for row in rows), sum(row[3] for row in rows))


def write(name: str, head: tuple, rows: list) -> None:
    lines = ["\t".join(map(str, row)) + "\n" for row in (head, *rows)]
    (HERE / name).write_text("".join(lines))


ensure_environment()
main()
