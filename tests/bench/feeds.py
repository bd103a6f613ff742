"""Feeds to searchable entries, and reading alone: called by feeds.sh with the programs and a folder of feeds."""

import json
import os
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse

import fastfeedparser
import feedparser

PROGRAMS, WORK, ENTRIES = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ROUNDS = 5
SHORT_ROUNDS = 9
HOSTS = 32


def files(folder):
    return sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def copies(feeds, number):
    """The same feeds once more under other paths, with ids and titles that no other copy has."""
    folder = os.path.join(WORK, "copies")
    for copy in range(number):
        mark = f"c{copy} ".encode()
        for path in files(feeds):
            body = read(path)
            if copy:
                for before in (rb"<title[^>]*>", rb"<guid[^>]*>", rb'"title"\s*:\s*"', rb'"id"\s*:\s*"'):
                    body = re.sub(before, lambda found: found.group(0) + mark, body)
            aim = os.path.join(folder, f"c{copy}", os.path.relpath(path, feeds))
            os.makedirs(os.path.dirname(aim), exist_ok=True)
            with open(aim, "wb") as out:
                out.write(body)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def served(folder, port):
    """nginx with the files, on HOSTS addresses of this machine: the harvest asks a host once at a time."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        sys.exit("nginx is not installed (Debian: nginx-light)")
    home = os.path.join(WORK, "nginx")
    os.makedirs(home)
    listen = "".join(f"listen 127.0.0.{host + 1}:{port}; " for host in range(HOSTS))
    with open(os.path.join(home, "nginx.conf"), "w") as out:
        out.write(f"""daemon off; worker_processes 1; pid {home}/pid; error_log stderr crit;
events {{ worker_connections 512; }}
http {{ access_log off; default_type application/octet-stream; types {{ text/xml xml rss rdf; application/json json; }}
client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u;
scgi_temp_path {home}/s; server {{ {listen}root {folder}; }} }}
""")
    os.chmod(WORK, 0o755)
    process = subprocess.Popen([program, "-c", os.path.join(home, "nginx.conf"), "-p", home])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    return process


def opml(folder, port):
    """The list of sources, as an operator would import it."""
    path = os.path.join(WORK, "sources.opml")
    with open(path, "w", encoding="utf-8") as out:
        out.write("<opml version='2.0'><body>\n")
        for number, file in enumerate(files(folder)):
            place = urllib.parse.quote(os.path.relpath(file, folder))
            out.write(f"<outline text='Feed {number}' xmlUrl='http://127.0.0.{number % HOSTS + 1}:{port}/{place}'/>\n")
        out.write("</body></opml>\n")
    return path


def ours(feeds):
    """Entries, seconds from the start of `observatory ingest` to its end, peak in MB, seconds of processor."""
    port = free_port()
    data = os.path.join(WORK, "data")
    environment = dict(os.environ, OBSERVATORY_STORE__URL=f"sqlite:{data}/observatory.db",
                       OBSERVATORY_STORE__FILES_FOLDER=f"{data}/files", OBSERVATORY_SEARCH__FOLDER=f"{data}/index",
                       OBSERVATORY_INGEST__ALLOW_LOOPBACK="true")
    os.makedirs(data)
    program = os.path.join(PROGRAMS, "observatory")
    nginx = served(feeds, port)
    try:
        added = subprocess.run([program, "source", "import", opml(feeds, port)], env=environment, cwd=WORK,
                               capture_output=True, text=True)
        if added.returncode:
            sys.exit(added.stderr[-3000:])
        with open(os.path.join(WORK, "log"), "w+") as log:
            begun = time.perf_counter()
            process = subprocess.Popen([program, "ingest", "--quiet"], env=environment, cwd=WORK, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            if process.returncode:
                sys.exit(log.read()[-3000:])
    finally:
        nginx.terminate()
        nginx.wait()
    told = subprocess.run([program, "index", "status", "--json"], env=environment, cwd=WORK, capture_output=True, text=True)
    return json.loads(told.stdout)["documents"], seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def pipeline(paths):
    """feedparser into SQLite FTS5 in a file, without HTTP, one transaction a feed: what many readers do."""
    begun = time.perf_counter()
    entries = 0
    database = sqlite3.connect(os.path.join(WORK, "peer.db"))
    database.execute("create virtual table entry using fts5(title, body)")
    for path in paths:
        feed = feedparser.parse(path)
        rows = [(e.get("title", ""), e.get("summary", "")) for e in feed.entries]
        with database:
            database.executemany("insert into entry values (?, ?)", rows)
        entries += len(rows)
    return entries, time.perf_counter() - begun


def once(parse, bodies):
    """Entries, feeds that could not be read, and the seconds it took."""
    entries = failed = 0
    begun = time.perf_counter()
    for body in bodies:
        try:
            entries += len(parse(body).entries)
        except Exception:  # noqa: BLE001 - a feed that this reader refuses
            failed += 1
    return entries, failed, time.perf_counter() - begun


def often(parse, bodies):
    """The same with the seconds of the middle round: as often as ours, where a round is as short as ours."""
    rounds = [once(parse, bodies)]
    while len(rounds) < SHORT_ROUNDS and rounds[0][2] < 1:
        rounds.append(once(parse, bodies))
    return *rounds[0][:2], statistics.median(seconds for _, _, seconds in rounds)


def ours_alone(feeds):
    """Entries, bytes, of how many the language is sure, entries split; seconds of the middle round to read them, for
    the languages of that, and to split the feeds into entries whose texts nobody cleans."""
    told = subprocess.run([os.path.join(PROGRAMS, "examples", "read_feeds"), feeds, str(SHORT_ROUNDS)],
                          capture_output=True, text=True, check=True).stdout.split()
    return [*map(int, told[:4]), *(statistics.median(map(float, told[first::3])) for first in (4, 5, 6))]


def reading_alone(feeds):
    """Readers one after the other, several times: the speed of a shared machine changes between two minutes."""
    bodies = [read(path) for path in files(feeds)]
    ratios = {feedparser: [], fastfeedparser: []}
    for number in range(ROUNDS):
        entries, size, told, split, seconds, language, splitting = ours_alone(feeds)
        if not number:
            print(f"reading alone, {len(bodies)} feeds of {size / 1e6:.1f} MB in memory, one thread; {entries} entries kept "
                  f"of {split}, sure of the language of {told}:")
        print(f"  observatory (safe HTML, text, language) {seconds:.3f} s = {entries / seconds:.0f} entries/s, "
              f"{size / 1e6 / seconds:.1f} MB/s; without telling the language {seconds - language:.3f} s; "
              f"splitting into entries, nothing cleaned {splitting:.4f} s", end="")
        for reader, found in ratios.items():
            peer_entries, failed, peer_seconds = often(reader.parse, bodies)
            found.append([peer_seconds / ours for ours in (seconds, seconds - language, splitting)])
            print(f"; {reader.__name__} {peer_seconds:.3f} s ({peer_entries} entries, {failed} feeds refused)", end="")
        print()
    for reader, found in ratios.items():
        whole, without, splitting = (statistics.median(side) for side in zip(*found))
        version = getattr(reader, "__version__", "?")
        # By time: each reads the same bytes, and counts what it calls an entry.
        print(f"  ratio to {reader.__name__} {version}, middle of {ROUNDS}: {whole:.1f}, without telling the language "
              f"{without:.1f}, splitting alone {splitting:.1f}")
    return entries


def main():
    feeds = os.path.join(WORK, "feeds-publishers")
    our_entries = reading_alone(feeds)
    folder = copies(feeds, -(-ENTRIES // our_entries))
    entries, seconds, peak, processor = ours(folder)
    rate = entries / seconds
    print(f"HTTP to searchable: {entries} entries of {len(files(folder))} feeds in {seconds:.2f} s = {rate:.0f} entries/s "
          f"({processor:.1f} s of processor for everything, start included), peak {peak:.0f} MB")
    peer_entries, peer_seconds = pipeline(files(folder))
    peer_rate = peer_entries / peer_seconds
    print(f"  feedparser {feedparser.__version__} into SQLite FTS5, without HTTP: {peer_entries} entries in "
          f"{peer_seconds:.1f} s = {peer_rate:.0f} entries/s; ratio {rate / peer_rate:.1f}")


main()
