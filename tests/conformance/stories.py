"""Measures how well one story is told once: real texts, through the real intake.

    cargo build --bin observatory && python3 tests/conformance/stories.py

Pairs are built from the data beside the project (`../shared/data`), served from this machine, harvested by the
program, and what it folded is read from its database. A pair is two entries of different feeds (or of one) of which
it is known, without looking at what the program does, whether they tell the same:

- `gdacs`: the disaster alerts of one week, and those of its last day as a second feed; once as they are, once with
  other ids and without links, so that only the words are left. All alerts are written from a few forms.
- `paths`: one site in five language paths. Two posts of one path are the same where difflib finds their words to
  be the same, and another work where they are translated; what lies between is left out, and so are posts without
  text.
- `cross`: papers of arXiv that stand in two categories, among as many others, without their numbers; in the second
  category every fourth is as it is, every fourth has a line below, another title behind, or has lost its last
  sentence.

For each set it prints the pairs that are the same, those of them that were folded (recall), and the pairs that were
folded and are the same (precision).
"""
import collections, csv, difflib, hashlib, html, http.server, io, itertools, lzma, os, pathlib, re, sqlite3
import subprocess, sys, tarfile, tempfile, threading
import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target")) / "debug" / "observatory"


def packed(name):
    """The files of an archive by name."""
    with tarfile.open(DATA / name) as archive:
        return {pathlib.Path(m.name).name: archive.extractfile(m).read() for m in archive if m.isfile()}


def items(text):
    """The items of an RSS feed."""
    for item in ET.fromstring(text).iter("item"):
        say = lambda name: (item.findtext(name) or "").strip()
        yield dict(id=say("guid") or say("link"), link=say("link"), title=say("title"), text=say("description"),
                   date=say("pubDate"))


def feed(name, entries):
    """Entries as an RSS feed."""
    out = [f"<rss version='2.0'><channel><title>{name}</title>"]
    for e in entries:
        link = f"<link>{escape(e['link'])}</link>" if e["link"] else ""
        date = f"<pubDate>{e['date']}</pubDate>" if e["date"] else ""
        out.append(f"<item><guid isPermaLink='false'>{escape(e['id'])}</guid>{link}<title>{escape(e['title'])}</title>"
                   f"{date}<description>{escape(e['text'])}</description></item>")
    return "".join(out) + "</channel></rss>"


def words(text):
    return re.findall(r"\w+", re.sub(r"<[^>]+>", " ", html.unescape(text)).lower())


def folded(feeds, rounds):
    """Harvests the feeds and returns which entries (feed, id) stand in one story."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = feeds[self.path[1:]].encode()
            self.send_response(200)
            self.send_header("content-type", "application/rss+xml; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, OBSERVATORY_INGEST__ALLOW_LOOPBACK="true", OBSERVATORY_DATABASE_URL=f"sqlite:{folder}/o.db",
                   OBSERVATORY_STORE__FILES_FOLDER=f"{folder}/files", OBSERVATORY_SEARCH__FOLDER=f"{folder}/index")
        run = lambda *a: subprocess.run([PROGRAM, "--quiet", *a], env=env, check=True, stdout=subprocess.DEVNULL)
        for slug in feeds:
            run("source", "add", f"http://127.0.0.1:{server.server_port}/{slug}", "--slug", slug)
        for _ in range(rounds):
            run("ingest")
        db = sqlite3.connect(f"{folder}/o.db")
        rows = db.execute("SELECT sources.slug, item_key, COALESCE(story, entries.id), reason FROM entries JOIN sources "
                          "ON sources.id = source_id LEFT JOIN story_members ON entry = entries.id").fetchall()
    server.shutdown()
    stories = collections.defaultdict(list)
    for slug, key, story, _ in rows:
        stories[story].append((slug, key))
    reasons = collections.Counter(reason for *_, reason in rows if reason)
    pairs = {frozenset(pair) for members in stories.values() for pair in itertools.combinations(members, 2)}
    return pairs, {(slug, key) for slug, key, *_ in rows}, reasons


def report(name, feeds, same, unjudged=frozenset(), rounds=1, kinds=None):
    told, kept, reasons = folded(feeds, rounds)
    same = {pair for pair in same if pair <= kept}
    told -= unjudged
    right = told & same
    recall, precision = len(right) / max(len(same), 1), len(right) / max(len(told), 1)
    print(f"| {name} | {len(kept)} | {len(same)} | {len(right)} | {recall:.3f} | {len(told - same)} | {precision:.3f} | "
          + ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())) + " |")
    for kind, of_kind in sorted((kinds or {}).items()):
        of_kind = {pair for pair in of_kind if pair <= kept}
        print(f"|   {kind} | | {len(of_kind)} | {len(told & of_kind)} | {len(told & of_kind) / max(len(of_kind), 1):.3f} | | | |")
    if "--wrong" in sys.argv:
        for pair in sorted(map(sorted, told - same)):
            print("  not the same:", pair)
        for pair in sorted(map(sorted, same - told)):
            print("  not folded:", pair)


def gdacs():
    week = list(items(packed("feeds/feeds-clean.tar.xz")["gdacs-rss.xml"]))
    when = lambda e: parsedate_to_datetime(e["date"]).timestamp()
    day = [e for e in week if when(e) > max(map(when, week)) - 24 * 3600]
    same = {frozenset([("week", e["id"]), ("day", e["id"])]) for e in day}
    report("gdacs, with links", dict(week=feed("week", week), day=feed("day", day)), same)
    bare = [dict(e, id="x" + e["id"], link="") for e in week]
    same = {frozenset([("week", e["id"]), ("again", "x" + e["id"])]) for e in week}
    report("gdacs, only words", dict(week=feed("week", week), again=feed("again", bare)), same)


def paths():
    files = packed("feeds/feeds-clean.tar.xz")
    feeds = {path: files[f"innersource-{path}.rss.xml"].decode() for path in ["en", "fr", "es", "ru", "zh"]}
    by_path = collections.defaultdict(list)
    for path, text in feeds.items():
        for item in items(text):
            by_path[re.sub(r"https?://[^/]+/(?:(?:fr|es|ru|zh)/)?", "", item["link"])].append((path, item))
    same, unjudged = set(), set()
    for posts in by_path.values():
        for (a, left), (b, right) in itertools.combinations(posts, 2):
            pair = frozenset([(a, left["id"]), (b, right["id"])])
            one, two = words(left["text"]), words(right["text"])
            ratio = difflib.SequenceMatcher(None, one, two, autojunk=False).ratio()
            if min(len(one), len(two)) < 8 or 0.5 < ratio < 0.9:
                unjudged.add(pair)
            elif ratio >= 0.9:
                same.add(pair)
    report("paths", feeds, same, unjudged)


def cross():
    def papers(category):
        with tarfile.open(DATA / "scholarly/arxiv-tables.tar") as archive:
            raw = lzma.decompress(archive.extractfile(f"arxiv-tables/{category}.tsv.xz").read()).decode()
        csv.field_size_limit(10_000_000)
        return {row["arxiv_id"]: row for row in csv.DictReader(io.StringIO(raw), delimiter="\t")}

    one, two = papers("cs.DL"), papers("cs.CY")
    order = lambda ids: sorted(ids, key=lambda id: hashlib.sha256(id.encode()).digest())
    both = order(set(one) & set(two))[:700]
    alone = [order(set(a) - set(b))[:700] for a, b in [(one, two), (two, one)]]
    clean = lambda text: re.sub(r"[^\x20-\uffff]", " ", text).strip()
    entry = lambda row, id: dict(id=id, link="", title=clean(row["title"]), text=clean(row["abstract"]), date="")
    changes = {
        "as it is": lambda e: e,
        "a line below": lambda e: dict(e, text=e["text"] + " Read the full text on the site of the publisher."),
        "a title behind": lambda e: dict(e, title=e["title"] + " | Papers of the week"),
        "last sentence lost": lambda e: dict(e, text=re.sub(r"[^.]+\.?$", "", e["text"]) or e["text"]),
    }
    left = [entry(one[id], id) for id in both + alone[0]]
    right, same, kinds = [], set(), collections.defaultdict(set)
    for number, id in enumerate(both + alone[1]):
        kind = list(changes)[number % 4]
        right.append(dict(changes[kind](entry(two[id], id)), id="cy-" + id))
        if id in one:
            pair = frozenset([("dl", id), ("cy", "cy-" + id)])
            same.add(pair)
            kinds[kind].add(pair)
    report("cross", dict(dl=feed("dl", left), cy=feed("cy", right)), same, rounds=3, kinds=kinds)


if __name__ == "__main__":
    print("| set | entries | same | folded of these | recall | folded wrongly | precision | reasons |\n"
          "|---|---|---|---|---|---|---|---|")
    for measure in [gdacs, paths, cross]:
        measure()
