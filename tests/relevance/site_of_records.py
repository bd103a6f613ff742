"""A site of its own for one collection: records imported, index built, answers over HTTP."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """Imports `records`, builds the index and serves it on loopback until it is closed."""

    def __init__(self, program, records, keep=None, source="collection", publish=None,
                 records_file=None):
        self.folder = keep or tempfile.mkdtemp(prefix="observatory-relevance-")
        self.keep = keep is not None
        self.program = os.path.abspath(program)
        self.environment = dict(
            os.environ,
            OBSERVATORY_STORE__URL=f"sqlite:{self.folder}/observatory.db",
            OBSERVATORY_STORE__FILES_FOLDER=f"{self.folder}/files",
            OBSERVATORY_SEARCH__FOLDER=f"{self.folder}/index",
        )
        # What was run before serving: seconds and peak memory in megabytes.
        self.figures = {}
        if records is not None:
            records_file = os.path.join(self.folder, "records.jsonl")
            with open(records_file, "w", encoding="utf-8") as out:
                for record in records:
                    out.write(json.dumps(record, ensure_ascii=False) + "\n")
        if records_file is not None:
            self._run("import", records_file, "--source", source, "--name", "Collection")
            self._run("index", "build")
        if publish is not None:
            self.environment["OBSERVATORY_CONTENT__FOLDER"] = str(publish)
            self._run("publish")
            self._run("index", "build")
        self.port = _free_port()
        self.environment["OBSERVATORY_WEB__PUBLIC_ORIGIN"] = f"http://127.0.0.1:{self.port}"
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(
            [self.program, "serve", "--bind", f"127.0.0.1:{self.port}"],
            env=self.environment, stdout=self.log, stderr=self.log, cwd=self.folder)
        self._wait()
        self.connection = None

    def _run(self, *arguments):
        begun = time.perf_counter()
        with open(os.path.join(self.folder, "output"), "w+") as output:
            process = subprocess.Popen([self.program, *arguments], env=self.environment, cwd=self.folder,
                                       stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                raise SystemExit(f"{' '.join(arguments)}: {process.returncode}\n{output.read()[-2000:]}")
        self.figures[arguments[0]] = (time.perf_counter() - begun, usage.ru_maxrss / 1024)

    def _wait(self):
        """Until the site answers and its index has taken everything."""
        end = time.time() + 600
        while time.time() < end and self.process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/readyz")
                answer = connection.getresponse()
                body = answer.read().decode()
                lag = re.search(r'"index_lag":\s*(\d+)', body)
                if answer.status == 200 and (lag is None or lag.group(1) == "0"):
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.log.seek(0)
        raise SystemExit(f"the site does not answer:\n{self.log.read()}")

    def get(self, path):
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                self.connection.request("GET", path)
                answer = self.connection.getresponse()
                body = answer.read()
                if answer.getheader("connection", "").lower() == "close":
                    self.connection.close()
                    self.connection = None
                return answer.status, body
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise

    def search(self, words, language=None, limit=100, **more):
        query = {"q": words, "limit": limit, **more}
        if language:
            query["lang"] = language
        status, body = self.get("/api/v1/search?" + urllib.parse.urlencode(query))
        if status != 200:
            raise SystemExit(f"{status} for {words}: {body[:300]!r}")
        return json.loads(body)

    def peak_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) / 1024

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        self.log.close()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
