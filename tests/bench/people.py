#!/usr/bin/env python3
"""What people do at once, measured on a running program: sign-ins beside bare argon2, the first page of a
queue of 10,000, and 200 uploads of 10 MB at the same time.

    tests/bench/people.py PROGRAM FOLDER

PROGRAM is a release build; FOLDER is emptied. Only 127.0.0.1 is contacted. The figures stand in README.md.
"""

import asyncio
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import shutil
import sqlite3
import base64
import struct
import subprocess
import sys
import time
import urllib.parse
import uuid

PORT = 8941
ORIGIN = f"http://127.0.0.1:{PORT}"
PASSWORD = "quiet harbour lantern seventeen violins"


def env(folder):
    own = dict(os.environ)
    own.update(
        OBSERVATORY_STORE__URL=f"sqlite:{folder}/observatory.db",
        OBSERVATORY_STORE__FILES_FOLDER=f"{folder}/files",
        OBSERVATORY_SEARCH__FOLDER=f"{folder}/index",
        OBSERVATORY_MAIL__FOLDER=f"{folder}/mail",
        OBSERVATORY_FORESIGHT__FOLDER=f"{folder}/foresight",
        OBSERVATORY_WEB__BIND=f"127.0.0.1:{PORT}",
        OBSERVATORY_WEB__PUBLIC_ORIGIN=ORIGIN,
    )
    return own


class Visitor:
    """A browser with one cookie."""

    def __init__(self):
        self.cookie = None

    def ask(self, path, form=None, method=None, body=None, kind="application/x-www-form-urlencoded"):
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if form is not None:
            body = urllib.parse.urlencode(form)
        if body is not None:
            headers["Content-Type"] = kind
        link.request(method or ("GET" if body is None else "POST"), path, body, headers)
        answer = link.getresponse()
        text = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.split(";")[0]
        link.close()
        return answer.status, answer.getheader("location"), text.decode("utf-8", "replace")


def code(secret):
    step = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6)


def signed_in(program, folder, mail, roles):
    told = subprocess.run(
        [program, "user", "add", mail, "--roles", roles, "--name", "Bench"],
        env=env(folder), capture_output=True, text=True, check=True,
    )
    path = re.search(r"http://[^/]+(/\S+)", told.stdout).group(1)
    visitor = Visitor()
    _, to, _ = visitor.ask(path, {})
    if "/sign-in/code" in to:
        _, _, page = visitor.ask(to)
        secret = re.search(r'name=secret value="?(\w+)', page).group(1)
        visitor.ask("/en/sign-in/code", {"secret": secret, "code": code(secret), "next": "/en/desk"})
    assert visitor.ask("/en/desk")[0] == 200, mail
    return visitor


def memory(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024


def bare_argon2(seconds=5):
    """Hashes a second of one core, with the same costs, by the reference implementation in C."""
    try:
        from argon2.low_level import Type, hash_secret_raw
    except ImportError:
        return None
    made, begun = 0, time.time()
    while time.time() - begun < seconds:
        hash_secret_raw(PASSWORD.encode(), os.urandom(16), 2, 19456, 1, 32, Type.ID)
        made += 1
    return made / (time.time() - begun)


def sign_ins(folder, count=60, at_once=4):
    """Sign-ins by password a second; the limits of tries are lifted between them, as time would."""
    from concurrent.futures import ThreadPoolExecutor

    def one(_):
        visitor = Visitor()
        status, to, _ = visitor.ask(
            "/en/sign-in", {"mail": "ada@bench.example", "password": PASSWORD, "next": ""}
        )
        return status == 303 and "desk" in to

    done, busy = 0, 0.0
    while done < count:
        with sqlite3.connect(f"{folder}/observatory.db", timeout=30) as database:
            database.execute("DELETE FROM tries")
        begun = time.time()
        with ThreadPoolExecutor(at_once) as pool:
            right = list(pool.map(one, range(8)))
        busy += time.time() - begun
        assert all(right), right
        done += len(right)
    return done / busy


def fill(folder, count=10_000):
    """Submissions as the program writes them, put straight into its tables."""
    now = int(time.time() * 1000)
    draft = json.dumps({
        "kind": "white-paper", "language": "en", "title": "T", "summary": "S", "text": "x" * 2000,
        "attachment": None, "authors": [], "licence": "cc-by", "interests": "", "ai_use": "",
        "changes": "",
    })
    with sqlite3.connect(f"{folder}/observatory.db", timeout=30) as database:
        owner = database.execute("SELECT id FROM people WHERE mail = 'ada@bench.example'").fetchone()[0]
        rows = []
        for number in range(count):
            at = now - number * 1000
            rows.append((str(uuid.uuid4()), f"2025-{number:05}", owner, "ada@bench.example", "en",
                         "received", at, at, at, at, 1, 1, "", 0, draft, f"Piece {number}",
                         "white-paper", "en"))
        database.executemany(
            "INSERT INTO submissions (id, number, owner, mail, language, stage, since, created, "
            "touched, sent, revision, round, device, sequence, draft, title, kind, piece_language) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)


def queue(editor, count=200):
    took = []
    for _ in range(count):
        begun = time.time()
        status, _, page = editor.ask("/en/desk/queue")
        took.append((time.time() - begun) * 1000)
        assert status == 200 and page.count("data-row") == 30
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)]


async def upload(cookie, piece, size, gate):
    """One file in one request, as the form sends it, in small writes."""
    head = (b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
            b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\n")
    foot = b"\r\n--b--\r\n"
    length = len(head) + size + len(foot)
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write((f"POST /en/desk/pieces/{piece}/file HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
                  f"Origin: {ORIGIN}\r\nSec-Fetch-Site: same-origin\r\nContent-Length: {length}\r\n"
                  "Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n\r\n").encode())
    writer.write(head)
    await writer.drain()
    await gate.wait()
    block = os.urandom(64 * 1024)
    left = size
    while left > 0:
        writer.write(block[: min(left, len(block))])
        await writer.drain()
        left -= len(block)
    writer.write(foot)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return b" 303 " in answer.split(b"\r\n", 1)[0]


async def uploads(author, count=200, size=10_000_000):
    pieces = []
    for number in range(count):
        _, to, _ = author.ask("/en/submit", {"kind": "white-paper", "title": f"F {number}", "language": "en"})
        pieces.append(re.search(r"pieces/([0-9a-f-]{36})", to).group(1))
    gate = asyncio.Event()
    jobs = [asyncio.create_task(upload(author.cookie, piece, size, gate)) for piece in pieces]
    await asyncio.sleep(1)
    begun = time.time()
    gate.set()
    done = await asyncio.gather(*jobs)
    return sum(done), time.time() - begun


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bare = bare_argon2()
    server = subprocess.Popen([program, "serve"], env=env(folder), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                if Visitor().ask("/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        editor = signed_in(program, folder, "editor@bench.example", "editor")
        ada = signed_in(program, folder, "ada@bench.example", "researcher")
        status, _, page = ada.ask("/en/desk/account/password", {"new-password": PASSWORD})
        assert status == 303, page
        rate = sign_ins(folder)
        cores = os.cpu_count()
        print(f"sign-ins by password: {rate:.1f}/s on {cores} cores")
        if bare:
            print(f"bare argon2 (C, one core): {bare:.1f}/s; ratio to all cores {rate / (bare * cores):.2f}")
        fill(folder)
        median, late = queue(editor)
        print(f"queue of 10,000, first page over HTTP: p50 {median:.1f} ms, p95 {late:.1f} ms")
        before = memory(server.pid)
        done, seconds = asyncio.run(uploads(ada))
        print(f"200 uploads of 10 MB at once: {done} done in {seconds:.1f} s, "
              f"peak {memory(server.pid):.0f} MB (before: {before:.0f} MB)")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
