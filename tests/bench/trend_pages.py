"""How long the pages of trends take, over HTTP on this machine, on the site of the demo.

  python3 -B tests/bench/trend_pages.py PROGRAM

The list and the page of each trend are asked one after the other, in each of the six languages; the first round, in
which nothing is kept ready yet, is told apart. The answer is asked as it is, not compressed.
"""

import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PROGRAM = sys.argv[1]
LANGUAGES = ["ar", "zh", "en", "fr", "ru", "es"]


def asked(port, path):
    begun = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        body = answer.read()
    return (time.perf_counter() - begun) * 1000, body.decode()


def wait(port, process):
    end = time.time() + 120
    while time.time() < end and process.poll() is None:
        try:
            if 'href="/en/trends/' in asked(port, "/en/trends")[1]:
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.2)
    sys.exit("the demo shows no trend")


def main():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([PROGRAM, "demo", "--quiet", "--data", f"{folder}/demo", "--bind",
                                    f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(port, process)
            found = set(re.findall(r'href="/en(/trends/[a-z0-9-]+)"', asked(port, "/en/trends")[1]))
            lists = [f"/{language}/trends" for language in LANGUAGES]
            pages = [f"/{language}{trend}" for language in LANGUAGES for trend in sorted(found)]
            for name, paths in (("the list", lists), ("a trend", pages)):
                for number in range(3):
                    waits = sorted(asked(port, path)[0] for path in paths)
                    print(f"{name}, round {number + 1}: n {len(waits)}, p50 {statistics.median(waits):.1f} ms, "
                          f"p95 {waits[int(len(waits) * 0.95)]:.1f} ms, max {waits[-1]:.1f} ms")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


main()
