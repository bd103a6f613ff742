"""First figures of the observatory: called by first.sh with the program and a folder of feeds."""

import http.client
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse

PROGRAM, WORK = sys.argv[1], sys.argv[2]
QUERIES = {
    "en": ["internet", "artificial intelligence", "\"machine learning\"", "data protection", "satellite -weather",
           "open source", "security OR privacy", "accessibility", "network", "standards"],
    "fr": ["réseau", "données personnelles", "logiciel libre", "sécurité", "intelligence artificielle"],
    "es": ["datos", "tecnología", "gobierno digital", "seguridad", "inteligencia artificial"],
    "ru": ["интернет", "безопасность", "данные", "искусственный интеллект", "сети"],
    "ar": ["الإنترنت", "الذكاء الاصطناعي", "البيانات", "الأمن", "الشبكات"],
    "zh": ["互联网", "人工智能", "数据", "安全", "网络"],
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names)


def peak_megabytes(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) / 1024


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def python_pipeline(folder):
    """feedparser into SQLite FTS5, file by file, without HTTP: what many readers do."""
    import feedparser

    begun = time.perf_counter()
    entries = 0
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table entry using fts5(title, body)")
    for root, _, names in os.walk(folder):
        for name in names:
            feed = feedparser.parse(os.path.join(root, name))
            rows = [(e.get("title", ""), e.get("summary", "")) for e in feed.entries]
            database.executemany("insert into entry values (?, ?)", rows)
            entries += len(rows)
    database.commit()
    return entries, time.perf_counter() - begun, feedparser.__version__


def get(connection, path, encoding="identity"):
    connection.request("GET", path, headers={"Accept-Encoding": encoding})
    response = connection.getresponse()
    body = response.read()
    head = sum(len(name) + len(value) + 4 for name, value in response.getheaders()) + 17
    return response.status, body, head


def main():
    port = free_port()
    data = os.path.join(WORK, "demo")
    feeds = os.path.join(WORK, "feeds-publishers")
    log = open(os.path.join(WORK, "log"), "w+")
    site = subprocess.Popen(
        [PROGRAM, "demo", "--recordings", feeds, "--data", data, "--bind", f"127.0.0.1:{port}"],
        stderr=log, stdout=log)
    try:
        end = time.time() + 120
        while time.time() < end and site.poll() is None:
            log.seek(0)
            if "Ctrl-C stops" in log.read():
                break
            time.sleep(0.05)
        log.seek(0)
        said = log.read()
        found = re.search(r"(\d+) entries from HTTP to searchable in ([\d.]+) s", said)
        if not found:
            sys.exit(said)
        entries, seconds = int(found.group(1)), float(found.group(2))
        rate = entries / seconds
        print(f"HTTP to searchable: {entries} entries in {seconds:.2f} s = {rate:.0f} entries/s")
        peer_entries, peer_seconds, version = python_pipeline(feeds)
        peer_rate = peer_entries / peer_seconds
        print(f"  beside feedparser {version} into SQLite FTS5 in memory, without HTTP: "
              f"{peer_entries} entries in {peer_seconds:.2f} s = {peer_rate:.0f} entries/s; ratio {rate / peer_rate:.1f}")

        connection = http.client.HTTPConnection("127.0.0.1", port)
        times = []
        pool = [(language, words) for language, all_words in QUERIES.items() for words in all_words]
        for number in range(200):
            language, words = pool[number % len(pool)]
            query = urllib.parse.urlencode({"q": words})
            begun = time.perf_counter()
            status, _, _ = get(connection, f"/{language}/search?{query}")
            times.append((time.perf_counter() - begun) * 1000)
            if status != 200:
                sys.exit(f"{status} for {words}")
        print(f"200 searches over HTTP, one after the other, with snippets and counts: "
              f"p50 {percentile(times, 0.5):.2f} ms, p99 {percentile(times, 0.99):.2f} ms, max {max(times):.2f} ms")

        index = folder_bytes(os.path.join(data, "index"))
        database = sum(os.path.getsize(os.path.join(data, name)) for name in os.listdir(data) if "observatory.db" in name)
        print(f"index: {index / 1024:.0f} kB = {index / entries:.0f} bytes an entry (pieces included); "
              f"database: {database / entries:.0f} bytes an entry")
        print(f"peak memory of the process after the harvest and the searches: {peak_megabytes(site.pid):.0f} MB")

        for language in ["en", "ar", "zh", "fr", "ru", "es"]:
            path = f"/{language}/future-vision/learning-at-the-edge"
            status, body, head = get(connection, path, "br")
            _, plain, _ = get(connection, path)
            print(f"brief {language}: {status}, {len(body)} bytes brotli + {head} header = "
                  f"{(len(body) + head) / 1000:.1f} kB, {len(plain)} unpacked")
    finally:
        site.terminate()
        site.wait()


main()
