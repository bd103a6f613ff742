"""The hostile pile through the intake: called by hostile_intake.sh with the program, a folder and the server."""

import collections
import concurrent.futures
import http.server
import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

PROGRAM, WORK, SERVER = os.path.abspath(sys.argv[1]), *sys.argv[2:4]
PILE = os.path.join(WORK, "pile")
# Hosts that serve: the harvest asks each of them one thing at a time.
HOSTS = 16
FAULT_HOSTS = 24
# A harvest of everything must be done by then, and one document.
HARVEST_SECONDS = 1800
DOCUMENT_SECONDS = 60
# More than this is a blow-up: the largest answer may have 10 MiB.
MEMORY_MB = 600
# What may stand in a file that has nothing to do with feeds is asked for as a feed all the same.
TYPES = {".json": "application/json", ".html": "text/html", ".pdf": "application/pdf", ".svg": "image/svg+xml",
         ".xml": "text/xml", ".rss": "application/rss+xml", ".atom": "application/atom+xml"}
DOCUMENTS = ("pdf/", "docx/", "zip/", "generated/", "markdown/", "svg/", "html5lib/")
BAD = ("panicked", "memory allocation of", "stack overflow", "SIGSEGV", "SIGABRT")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = os.path.join(PILE, urllib.parse.unquote(urllib.parse.urlsplit(self.path).path.lstrip("/")))
        try:
            with open(path, "rb") as file:
                body = file.read()
        except OSError:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(os.path.splitext(path)[1], "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # It stops reading at its limit.

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def files():
    found = [os.path.join(root, name) for root, _, names in os.walk(PILE) for name in names]
    return sorted(os.path.relpath(path, PILE) for path in found)


def serve(port):
    for host in range(HOSTS):
        server = http.server.ThreadingHTTPServer((f"127.0.1.{host + 1}", port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()


def faults(port):
    """The hostile server on several hosts, and what it can do."""
    servers = [subprocess.Popen([sys.executable, "-B", SERVER, "--bind", f"127.0.2.{host + 1}", "--port", str(port)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for host in range(FAULT_HOSTS)]
    end = time.time() + 60
    while time.time() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.2.1:{port}/", timeout=5) as answer:
                said = answer.read().decode()
            break
        except OSError:
            time.sleep(0.2)
    else:
        sys.exit("the hostile server does not answer")
    names = re.findall(r"^/?([a-z0-9][a-z0-9.-]*)", said, re.M)
    return servers, names


def run(*arguments, check=True, timeout=120):
    done = subprocess.run([PROGRAM, *arguments], env=ENVIRONMENT, cwd=WORK, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode not in (0, 1):
        sys.exit(f"{arguments}: {done.returncode}\n{done.stderr[-2000:]}")
    return done


def harvest(problems):
    port, fault_port = free_port(), free_port()
    serve(port)
    servers, names = faults(fault_port)
    lines = [f"http://127.0.1.{number % HOSTS + 1}:{port}/{urllib.parse.quote(path)}" for number, path in enumerate(files())]
    lines += [f"http://127.0.2.{number % FAULT_HOSTS + 1}:{fault_port}/{name}" for number, name in enumerate(names)]
    path = os.path.join(WORK, "sources.opml")
    with open(path, "w", encoding="utf-8") as out:
        out.write("<opml version='2.0'><body>\n")
        for number, line in enumerate(lines):
            out.write(f"<outline text='S{number}' xmlUrl='{line.replace('&', '&amp;')}'/>\n")
        out.write("</body></opml>\n")
    print(run("source", "import", path).stderr.strip().splitlines()[-1])
    repositories = [("oai", f) for f in files() if f.startswith("xml/")] + [("crossref", f) for f in files() if f.startswith("json/")]
    addresses = [(kind, f"http://127.0.1.{number % HOSTS + 1}:{port}/{urllib.parse.quote(file)}?as={kind}")
                 for number, (kind, file) in enumerate(repositories)]
    addresses += [("oai", f"http://127.0.2.{number % FAULT_HOSTS + 1}:{fault_port}/{name}?as=oai")
                  for number, name in enumerate(names) if name.startswith("oai-")]
    for number, (kind, url) in enumerate(addresses):
        wish = ["--query", "x"] if kind == "crossref" else []
        run("source", "add", url, "--kind", kind, "--name", f"R{number}", *wish)
    begun = time.perf_counter()
    with open(os.path.join(WORK, "log"), "w+") as log:
        process = subprocess.Popen([PROGRAM, "ingest", "--quiet"], env=ENVIRONMENT, cwd=WORK, stdout=log, stderr=log)
        timer = threading.Timer(HARVEST_SECONDS, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        log.seek(0)
        said = log.read()
    for server in servers:
        server.terminate()
    if process.returncode not in (0, 1):
        problems.append(f"the harvest ended with {process.returncode} after {seconds:.0f} s: {said[-1500:]}")
    problems += [f"{word}: {line}" for line in said.splitlines() for word in BAD if word in line]
    sources = [json.loads(line) for line in run("source", "list", "--json").stdout.splitlines()]
    ends, entries = collections.Counter(), 0
    for source in sources:
        failure = source["last_failure"]
        entries += source["entries"] or 0
        if source["last_attempt"] is None:
            problems.append(f"never read: {source['url']}")
        elif failure is None:
            ends["read" if not source["problems"] else "read, with what was left out named"] += 1
        else:
            reason = failure["reason"]
            ends[reason] += 1
            if reason == "parser-failed" or not failure["detail"]:
                problems.append(f"{source['url']}: {failure}")
    peak = usage.ru_maxrss / 1024
    if peak > MEMORY_MB:
        problems.append(f"peak memory {peak:.0f} MB")
    print(f"harvest: {len(sources)} sources ({len(lines) - len(names)} files, {len(names)} faults, {len(addresses)} as repositories), "
          f"{entries} entries kept, {seconds:.0f} s, peak {peak:.0f} MB")
    print(f"  {dict(ends.most_common())}")


def limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(path):
    """How the reading of one document ends."""
    begun = time.perf_counter()
    try:
        done = subprocess.run([PROGRAM, "read", "--json", os.path.join(PILE, path)], env=ENVIRONMENT, cwd=WORK, preexec_fn=limits,
                              capture_output=True, timeout=DOCUMENT_SECONDS)
    except subprocess.TimeoutExpired:
        return path, "hung", DOCUMENT_SECONDS
    try:
        said = json.loads(done.stdout)
        end = said["unreadable"]["reason"] if "unreadable" in said else "read"
    except (ValueError, KeyError):
        end = f"crashed ({done.returncode}): {done.stderr[-300:]!r}"
    return path, end, time.perf_counter() - begun


def documents(problems):
    ends, slowest = collections.Counter(), (0, "")
    wanted = [path for path in files() if path.startswith(DOCUMENTS)]
    begun = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, end, seconds in pool.map(read, wanted):
            ends[end.split(":")[0]] += 1
            slowest = max(slowest, (seconds, path))
            if end == "hung" or end.startswith("crashed"):
                problems.append(f"{path}: {end}")
    print(f"documents: {len(wanted)} files in {time.perf_counter() - begun:.0f} s, the slowest {slowest[0]:.1f} s ({slowest[1]})")
    print(f"  {dict(ends.most_common())}")


ENVIRONMENT = dict(os.environ, OBSERVATORY_STORE__URL=f"sqlite:{WORK}/data/observatory.db",
                   OBSERVATORY_STORE__FILES_FOLDER=f"{WORK}/data/files", OBSERVATORY_SEARCH__FOLDER=f"{WORK}/data/index",
                   OBSERVATORY_INGEST__ALLOW_LOOPBACK="true")


def main():
    os.makedirs(os.path.join(WORK, "data"), exist_ok=True)
    problems = []
    harvest(problems)
    documents(problems)
    for problem in problems:
        print(f"PROBLEM {problem}")
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
