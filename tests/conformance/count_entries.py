#!/usr/bin/env python3
"""Counts the entries that feedparser finds in the real feeds beside the project.

Writes `entry_counts.tsv` (set, file, count), which a test of `crates/ingest` compares with ours.
Needs feedparser (see README.md); reads ../shared/data/feeds, writes nothing of it into the project.
"""
import pathlib
import subprocess
import tempfile

import feedparser

HERE = pathlib.Path(__file__).resolve().parent
FEEDS = HERE.parents[2] / "shared" / "data" / "feeds"


def main() -> None:
    rows = []
    for name in ("feeds-clean", "feeds-publishers"):
        with tempfile.TemporaryDirectory() as folder:
            archive = FEEDS / f"{name}.tar.xz"
            subprocess.run(["tar", "xf", archive, "-C", folder], check=True)
            root = pathlib.Path(folder) / name
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                count = len(feedparser.parse(path.read_bytes()).entries)
                rows.append((name, str(path.relative_to(root)), str(count)))
    text = "".join("\t".join(row) + "\n" for row in [("set", "file", "count"), *rows])
    (HERE / "entry_counts.tsv").write_text(text)
    total = sum(int(count) for _, _, count in rows)
    print(f"feedparser {feedparser.__version__}: {len(rows)} files, {total} entries")


main()
