#!/usr/bin/env python3
"""The desk under attack: what is not published shows to nobody (leak_battery), headers, cookies, forms and
throttles hold (web_battery), and no word that anybody typed is ever executed (xss_check, with the
Content-Security-Policy taken off).

    tests/faults/desk.py PROGRAM [TOOLS]        TOOLS: ../shared/hostile/tools

The program is started here, on this machine alone; everything lies in a folder that is taken away at the end.
"""

import glob
import http.server
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "bench"))
import people as desk  # noqa: E402  the visitors of the bench

SECRETS = ["zqxalphadraft", "zqxbetasent", "zqxgammafile"]
ABSENT = ["zqxalphanever", "zqxbetanone", "zqxgammavoid"]
HERE = pathlib.Path(__file__).resolve().parent


def payloads(tools):
    with tempfile.TemporaryDirectory() as folder:
        pile = tools.parent / "html-payloads.tar.zst"
        subprocess.run(["tar", "--zstd", "-xf", pile, "-C", folder], check=True)
        lines = []
        for path in sorted(glob.glob(f"{folder}/**/*.jsonl", recursive=True)):
            for line in open(path, encoding="utf-8"):
                lines.append(str(json.loads(line).get("input", "")))
    return [line for line in lines if line.strip()]


def hidden(page):
    return {name: re.search(rf'name={name} value="?(\w+)', page).group(1) for name in ("base", "was")}


def piece(author, title, summary, text, name, file=None, send=True, words="None."):
    """A piece as its author hands it in, by forms."""
    status, to, page = author.ask("/en/submit", {"kind": "white-paper", "title": title, "language": "en"})
    assert status == 303, page
    own = re.search(r"pieces/([0-9a-f-]{36})", to).group(1)
    edit = f"/en/desk/pieces/{own}/edit"
    for step, form in enumerate([
        {"kind": "white-paper", "language": "en", "title": title, "summary": summary, "text": text},
        {"name-0": name, "affiliation-0": name, "orcid-0": "0000-0002-1825-0097", "ror-0": "05a28rw58"},
        {"licence": "cc-by", "interests": words, "ai-use": words},
    ], 1):
        _, _, page = author.ask(f"{edit}/{step}")
        author.ask(f"{edit}/{step}", {**hidden(page), **form, "go": "next"})
    if file:
        called, content = file
        body = (f'--b\r\nContent-Disposition: form-data; name="file"; filename="{called}"\r\n\r\n'
                f"{content}\r\n--b--\r\n").encode()
        author.ask(f"/en/desk/pieces/{own}/file", body=body, kind="multipart/form-data; boundary=b")
    if send:
        _, _, page = author.ask(f"{edit}/4")
        base = re.search(r"name=base value=(\d+)", page)
        assert base, page
        author.ask(f"/en/desk/pieces/{own}/send", {"base": base.group(1)})
    return own


def leaks(tools, folder, ids, cookies):
    desk_routes = [f"/en/desk/pieces/{{id}}{rest}" for rest in
                   ["", "/edit/1", "/edit/4", "/saves", "/file", "/reviews.csv", "/reviews.json"]]
    config = {
        "base": desk.ORIGIN, "secrets": SECRETS, "absent": ABSENT, "ids": ids, "public_word": "digital",
        "timing_runs": 60,
        "urls": ["/", "/en/", "/en/search?q={q}", "/fr/search?q=author:{q}", "/en/search.atom?q={q}",
                 "/en/search.csv?q={q}", "/api/v1/search?q={q}", "/en/suggest?q={p}", "/api/v1/suggest?q={p}",
                 "/en/academic-network", "/en/academic-network.atom", "/en/academic-network/{q}",
                 "/en/academic-network/{q}/v1", "/en/feed.atom", "/en/feed.json", "/sitemap.xml", "/robots.txt",
                 "/api/v1/briefs", "/api/v1/documents/brief:academic-network/{q}/en", "/en/trends",
                 "/en/people/0000-0002-1825-0097", "/en/institutions/05a28rw58", "/en/about/rights",
                 "/en/submit", "/en/desk", "/en/desk/queue", "/en/desk/mails", "/en/desk/log",
                 "/en/desk/people", "/en/desk/members", "/en/desk/account", "/en/review?key={q}",
                 "/en/sign-in/with/{q}", "/sign-in/back/{q}?code={q}&state={q}", "/en/radar/diff/{q}_now",
                 "/en/alerts/trends?trend={q}", *desk_routes],
        "login": {name: {"Cookie": cookie} for name, cookie in cookies.items()},
    }
    return run(tools / "leak_battery.py", folder, "leak", config)


def battery(tools, folder, ids, cookies):
    own = f"/en/desk/pieces/{ids[0]}"
    config = {
        "base": desk.ORIGIN, "host": "observatory.example", "corpus": "",
        "pages": ["/en/sign-in", "/en/submit", "/en/desk", "/en/about/rights", "/en/desk/queue", own,
                  "/en/academic-network", "/en/review?key=0", "/en/people/0000-0002-1825-0097"],
        "login": {"path": "/en/sign-in", "form": "mail={user}&password={pass}&next=", "user": "ada@bench.example",
                  "pass": desk.PASSWORD, "csrf_field": "csrf"},
        # The battery takes a page at the same address for a change by GET; of addresses that are a form and
        # its page the stories of crates/web hold that only their own pages send them.
        "mutating": [["POST", f"{own}/{act}", "base=1"] for act in
                     ["send", "withdraw", "discard", "message", "assign", "revoke", "decide", "undo",
                      "retract", "renew", "save", "file"]]
                    + [["POST", path, "a=b"] for path in
                       ["/en/desk/account/password", "/en/desk/account/end", "/en/desk/account/passkeys",
                        "/en/desk/account/connect", "/en/desk/account/disconnect",
                        "/en/desk/people", "/en/desk/domains", "/en/desk/queue"]],
        "next": ["/en/sign-in?next={u}", "/en/sign-in/code?next={u}", "/en/sign-in/with/nobody?next={u}"],
        "static": [f"{own}/{{p}}", "/en/academic-network/x/{p}"],
        "admin": ["/en/desk/people", "/en/desk/mails", "/en/desk/log"],
        "roles": cookies,
    }
    return run(tools / "web_battery.py", folder, "web", config)


def run(tool, folder, name, config):
    path = folder / f"{name}.json"
    path.write_text(json.dumps(config))
    done = subprocess.run([sys.executable, tool, "--config", path], capture_output=True, text=True, check=False)
    print(f"{name}: {done.stdout.strip()[-3000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


class Viewer(http.server.BaseHTTPRequestHandler):
    """Gives a page of the desk as its editor sees it, without the policy that would stop a script."""

    editor = None

    def do_GET(self):
        status, _, page = type(self).editor.ask(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        try:
            self.wfile.write(page.encode())
        except OSError:
            pass  # the browser had enough of it

    def log_message(self, *_):
        pass


def executions(tools, folder, editor, ids, slugs):
    Viewer.editor = editor
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Viewer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    pages = [f"/en/desk/pieces/{own}" for own in ids]
    pages += ["/en/desk/queue?stage=published", "/en/desk/queue?stage=declined", "/en/desk/people",
              "/en/desk/log", "/en/desk/mails", "/ar/desk/queue?stage=published",
              "/en/people/0000-0002-1825-0097", "/en/institutions/05a28rw58", "/en/academic-network",
              "/en/search?q=payload&kind=brief"]
    pages += [f"/en/academic-network/{slug}" for slug in slugs]
    listed = folder / "urls"
    listed.write_text("".join(f"{base}{page}\n" for page in pages))
    done = subprocess.run([sys.executable, tools / "xss_check.py", "--urls", listed, "--allow", base, "--out",
                           folder / "xss.json"], capture_output=True, text=True, check=False)
    print(f"xss, {len(pages)} pages: {done.stdout.strip()[-2500:]}{done.stderr[-1500:]}")
    server.shutdown()
    return done.returncode == 0


def hostile(author, editor, lines):
    """Pieces made of payloads: published, declined, with messages of them."""
    ids, size = [], 150
    for at in range(0, len(lines), size):
        part = lines[at : at + size]
        text = "payload\n\n" + "\n\n".join(part)
        name = f"payload {part[0]}"[:110]
        own = piece(author, f"payload {part[1]}"[:110], f"payload {part[2]}"[:290], text[:400_000], name,
                    (f"{part[3][:60]}.md".replace('"', ""), "payload " + part[4]), words=f"payload {part[5]}"[:1900])
        author.ask(f"/en/desk/pieces/{own}/message", {"words": "\n\n".join(part)[:7000]})
        editor.ask(f"/en/desk/pieces/{own}/message", {"words": "\n\n".join(part[10:])[:7000]})
        verdict = "decline" if at == 0 else "accept"
        editor.ask(f"/en/desk/pieces/{own}/decide", {"verdict": verdict, "reasons": "\n\n".join(part)[:9000]})
        ids.append(own)
    return ids


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    tools = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else HERE.parents[2] / "shared/hostile/tools")
    if not tools.is_dir():
        print(f"skipped: {tools} is not there")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server = subprocess.Popen([program, "serve"], env=desk.env(folder), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            time.sleep(3)
            editor = desk.signed_in(program, folder, "editor@bench.example", "editor,admin")
            ada = desk.signed_in(program, folder, "ada@bench.example", "researcher")
            other = desk.signed_in(program, folder, "other@bench.example", "researcher,reviewer")
            reader = desk.signed_in(program, folder, "reader@bench.example", "reader")
            status, _, page = ada.ask("/en/desk/account/password", {"new-password": desk.PASSWORD})
            assert status == 303, page
            words = "enough words to be sent. " * 12
            draft = piece(ada, SECRETS[0], SECRETS[0], SECRETS[0] + words, SECRETS[0], send=False)
            sent = piece(ada, SECRETS[1], SECRETS[1], SECRETS[1] + words, SECRETS[1],
                         (f"{SECRETS[2]}.md", SECRETS[2] + words))
            ids = [draft, sent]
            cookies = {"reader": reader.cookie, "researcher2": other.cookie}
            good = leaks(tools, folder, ids, cookies)
            good &= executions(tools, folder, editor, *published(ada, editor, tools))
            good &= battery(tools, folder, ids, cookies)
        finally:
            server.terminate()
            server.wait()
    sys.exit(0 if good else 1)


def published(author, editor, tools):
    ids = hostile(author, editor, payloads(tools))
    slugs = set()
    for _ in range(60):
        _, _, page = editor.ask("/en/academic-network")
        slugs = set(re.findall(r'href="/en/academic-network/([a-z0-9-]+)"', page))
        if len(slugs) >= len(ids) - 1:
            break
        time.sleep(0.5)
    print(f"{len(ids)} pieces of payloads, {len(slugs)} published")
    return ids, sorted(slugs)


if __name__ == "__main__":
    main()
