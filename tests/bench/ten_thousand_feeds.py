"""Ten thousand feeds in one process: called by ten_thousand_feeds.sh.

    ten_thousand_feeds.py PROGRAM FOLDER 'FEEDS...'

The same number of entries is spread over 100, 1,000 and 10,000 feeds. A tenth of the feeds live on one host, the rest five to a host; one host more, with ten feeds, accepts and
never answers.
"""

import asyncio
import collections
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time

PROGRAM, WORK = os.path.abspath(sys.argv[1]), sys.argv[2]
SIZES = [int(size) for words in sys.argv[3:] for size in words.split()]
STUCK, PER_HOST = 10, 5
# In all, however many feeds there are, so that what grows is the number of feeds alone.
ENTRIES = 30_000
# A run must be over by then.
SECONDS = 1500
WORDS = ("network satellite spectrum island broadband policy standard learning data security bridge council report "
         "measure region village school hospital fibre cable antenna latency trust").split()


def document(path, entries):
    chance = random.Random(path)
    items = []
    for entry in range(entries):
        text = " ".join(chance.choice(WORDS) for _ in range(80))
        items.append(f"<item><guid>{path}-{entry}</guid><title>{text[:60]}</title><description>{text}</description></item>")
    return f"<rss version='2.0'><channel><title>Feed {path}</title>{''.join(items)}</channel></rss>".encode()


def address(host):
    return f"127.{1 + host // 62500}.{host // 250 % 250}.{1 + host % 250}"


class Publishers:
    """Host 0 never answers, host 1 has a tenth of all feeds, the others have five each."""

    def __init__(self, port, entries):
        self.port, self.entries, self.first = port, entries, None
        self.open, self.peak = collections.Counter(), collections.Counter()
        self.answered, self.stuck = {}, 0

    async def start(self, hosts):
        for host in range(hosts):
            await asyncio.start_server(self.handler(host), address(host), self.port)

    def handler(self, host):
        async def serve(reader, writer):
            self.open[host] += 1
            self.peak[host] = max(self.peak[host], self.open[host])
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                self.first = self.first or time.perf_counter()
                if host == 0:
                    self.stuck += 1
                    await reader.read()
                    return
                path = head.split(b" ", 2)[1].decode()
                body = document(f"{host}{path}", self.entries)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
                self.answered[host, path] = time.perf_counter()
            except (ConnectionError, asyncio.IncompleteReadError, OSError):
                pass
            finally:
                self.open[host] -= 1
                writer.close()
        return serve


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def figures(pid):
    with open(f"/proc/{pid}/status") as status:
        said = status.read()
    of = lambda name: int(re.search(rf"{name}:\s+(\d+)", said).group(1))
    return of("Threads"), of("VmHWM") / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def run(feeds):
    folder = os.path.join(WORK, str(feeds))
    os.mkdir(folder)
    crowded = feeds // 10
    places = [(0, number) for number in range(STUCK)] + [(1, number) for number in range(crowded)]
    places += [(2 + number // PER_HOST, number % PER_HOST) for number in range(feeds - STUCK - crowded)]
    hosts = 1 + max(host for host, _ in places)
    publishers = Publishers(free_port(), max(1, ENTRIES // feeds))
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(publishers.start(hosts), loop).result()
    with open(os.path.join(folder, "observatory.toml"), "w") as settings:
        settings.write("[store]\nurl = \"sqlite:observatory.db\"\nfiles_folder = \"files\"\n[search]\nfolder = \"index\"\n"
                       "[mail]\nfolder = \"mail\"\n[foresight]\nfolder = \"foresight\"\n[ingest]\nallow_loopback = true\n"
                       f"[web]\nbind = \"127.0.0.1:{free_port()}\"\n")
    # The stuck host and the crowded one stand first: who is fair does not serve them first.
    with open(os.path.join(folder, "list.opml"), "w") as opml:
        opml.write("<opml version='2.0'><body>")
        for host, number in places:
            url = f"http://{address(host)}:{publishers.port}/{number}"
            opml.write(f"<outline type='rss' text='{host}-{number}' xmlUrl='{url}'/>")
        opml.write("</body></opml>")
    log = open(os.path.join(folder, "log"), "w")
    begun = time.perf_counter()
    subprocess.run([PROGRAM, "source", "import", "list.opml"], cwd=folder, check=True, stdout=log, stderr=log)
    registered = time.perf_counter() - begun
    wanted = feeds - STUCK
    process = subprocess.Popen([PROGRAM, "serve"], cwd=folder, stdout=log, stderr=log)
    threads = files = 0
    try:
        database = sqlite3.connect(f"file:{folder}/observatory.db?mode=ro", uri=True)
        fresh, end = 0, time.time() + SECONDS
        while fresh < wanted and time.time() < end and process.poll() is None:
            time.sleep(0.2)
            fresh = database.execute("select count(*) from sources where last_success is not null").fetchone()[0]
            now = figures(process.pid)
            threads, memory, files = max(threads, now[0]), now[1], max(files, now[2])
        seconds = time.perf_counter() - (publishers.first or time.perf_counter())
        if fresh < wanted:
            sys.exit(f"{fresh} of {wanted} after {seconds:.1f} s; see the log")
        entries = database.execute("select count(*) from entries").fetchone()[0]
    finally:
        process.terminate()
        process.wait()
        loop.call_soon_threadsafe(loop.stop)
    of = lambda wanted: sorted(at - publishers.first for (host, _), at in publishers.answered.items() if wanted(host))
    small, large = of(lambda host: host > 1), of(lambda host: host == 1)
    half = small[len(small) // 2]
    rate = lambda times: sum(at <= half for at in times) / len(times)
    print(f"{feeds} feeds on {hosts} hosts (registered in {registered:.1f} s): {wanted} fresh {seconds:.1f} s after the first request "
          f"({wanted / seconds:.0f}/s), {entries} entries; at most {threads} threads, {files} open files, {memory:.0f} MB", flush=True)
    print(f"  the small hosts were done after {small[-1]:.1f} s (half of their feeds after {half:.1f} s, when {rate(large):.0%} of the "
          f"crowded host's were); the crowded host after {large[-1]:.1f} s; most connections to a host at a time: "
          f"{max(publishers.peak.values())}; the stuck host was asked {publishers.stuck} times meanwhile", flush=True)
    return threads, memory


def main():
    ends = [run(feeds) for feeds in SIZES]
    if len(ends) > 1:
        (few, small), (many, large) = ends[0], ends[-1]
        print(f"{SIZES[-1] / SIZES[0]:.0f} times the feeds: {many / few:.2f} times the threads, {large / small:.2f} times the memory")


main()
# The host that never answers is left where it is.
sys.stdout.flush()
os._exit(0)
