"""Publishers on port 80 of 45.67.89.11 to .18, inside the laboratory: /feed?hub=URL is a feed that names URL as
its hub, in a header and in the document."""

import html
import http.server
import threading
import urllib.parse


class Publisher(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        hub = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("hub", [""])[0]
        body = ("<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><id>urn:t</id>"
                f"<link rel='hub' href='{html.escape(hub, quote=True)}'/>"
                "<entry><id>urn:1</id><title>One</title></entry></feed>").encode("utf-8", "replace")
        self.send_response(200)
        self.send_header("Content-Type", "application/atom+xml")
        if hub.isascii() and hub.isprintable() and ">" not in hub:
            self.send_header("Link", f"<{hub}>; rel=\"hub\"")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


SERVERS = [http.server.ThreadingHTTPServer((f"45.67.89.{last}", 80), Publisher) for last in range(11, 19)]
for server in SERVERS[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
SERVERS[0].serve_forever()
