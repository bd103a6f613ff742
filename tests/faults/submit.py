"""Lets the address battery submit addresses: GET /submit?url=… runs `observatory source add`.

    submit.py PROGRAM FOLDER PORT

A running `observatory serve` in the same folder reads what was added within a second.
"""

import http.server
import subprocess
import sys
import urllib.parse

PROGRAM, FOLDER, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Submit(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query, keep_blank_values=True)
        url = query.get("url", [""])[0]
        try:
            done = subprocess.run([PROGRAM, "source", "add", "--", url], cwd=FOLDER, timeout=20,
                                  capture_output=True, check=False)
            status, said = (201 if done.returncode == 0 else 400), done.stderr
        except ValueError as refused:  # a zero byte cannot be an argument
            status, said = 400, str(refused).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Submit).serve_forever()
