"""One run of the bystander bench: called by bystander.sh with the programs, a site, the pile and its tool."""

import http.client
import multiprocessing
import os
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "relevance"))
from site_of_records import Site  # noqa: E402

TARGET, FOLDER, PILE, TOOL = sys.argv[1:5]
WORDS = ["digital", "satellite networks", "machine translation", "language models", "spectrum",
         "neural network training", "\"speech recognition\"", "privacy data"]
IDLE_SECONDS, EVERY_SECONDS = 60, 0.1


def ask(port, words):
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/en/search?q=" + urllib.parse.quote(words))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, (time.perf_counter() - begun) * 1000


def bystander(port, stop, out):
    """Ordinary searches, ten a second, in a process of its own: the attacker's Python must not count."""
    waits, failures, number = [], 0, 0
    while not stop.is_set():
        begun = time.perf_counter()
        status, wait = ask(port, WORDS[number % len(WORDS)])
        waits.append(wait)
        failures += status != 200
        number += 1
        stop.wait(max(0.0, EVERY_SECONDS - (time.perf_counter() - begun)))
    out.put((sorted(waits), failures))


def watched(port, work):
    stop, out = multiprocessing.Event(), multiprocessing.Queue()
    process = multiprocessing.Process(target=bystander, args=(port, stop, out))
    process.start()
    work()
    stop.set()
    waits, failures = out.get(timeout=60)
    process.join(timeout=60)
    at = lambda share: waits[min(len(waits) - 1, int(len(waits) * share))]  # noqa: E731
    return len(waits), at(0.5), at(0.99), waits[-1], failures


def attack(site):
    site_at = f"http://127.0.0.1:{site.port}"
    done = subprocess.run(
        [sys.executable, "-B", TOOL, "--url", site_at + "/en/search?q={q}",
         "--url", site_at + "/api/v1/search?q={q}", "--param-url", site_at + "/en/search?q=ai&{kv}",
         "--corpus", PILE, "--budget-ms", "250", "--jobs", "2", "--pid", str(site.process.pid)],
        capture_output=True, text=True, check=False)
    print("\n".join(line[:400] for line in done.stdout.splitlines()[:8]))


def main():
    with Site(os.path.join(TARGET, "observatory"), None, keep=os.path.join(FOLDER, "site")) as site:
        for words in WORDS * 5:
            ask(site.port, words)
        idle = watched(site.port, lambda: time.sleep(IDLE_SECONDS))
        busy = watched(site.port, lambda: attack(site))
    print("\n| a bystander's searches | n | p50 ms | p99 ms | max ms | failures |\n|---|---|---|---|---|---|")
    for name, (count, middle, late, last, failures) in (("alone", idle), ("beside the pile", busy)):
        print(f"| {name} | {count} | {middle:.1f} | {late:.1f} | {last:.1f} | {failures} |")
    print(f"\np99 beside the pile is {busy[2] / idle[2]:.2f} times that alone")


if __name__ == "__main__":
    main()
