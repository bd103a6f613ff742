"""One run of the search bench: called by search.sh with the programs, a folder and a number."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "relevance"))
from site_of_records import Site, _free_port  # noqa: E402

TARGET, WORK, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
SECONDS = "10"


def folder_megabytes(folder):
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names) / 1e6


def index(records):
    """Import and index, with the peak memory of each."""
    data = os.path.join(WORK, "site")
    fresh = not os.path.isdir(data)
    os.makedirs(data, exist_ok=True)
    site = Site(os.path.join(TARGET, "observatory"), None, keep=data, records_file=records if fresh else None)
    if fresh:
        for name, (seconds, peak) in site.figures.items():
            print(f"{name}: {seconds:.1f} s = {COUNT / seconds:.0f} records/s, peak {peak:.0f} MB")
    print(f"index: {folder_megabytes(os.path.join(data, 'index')):.0f} MB")
    return site


def nginx(size):
    """nginx with one static file of so many bytes; None where it is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        print("nginx is not installed: no figure beside it")
        return None, None
    folder, port = os.path.join(WORK, "nginx"), _free_port()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "page"), "wb") as page:
        page.write(os.urandom(size))
    configuration = os.path.join(folder, "nginx.conf")
    with open(configuration, "w") as out:
        out.write(f"""daemon off; worker_processes 2; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
server {{ listen 127.0.0.1:{port}; root {folder}; keepalive_requests 32; }} }}
""")
    os.chmod(WORK, 0o755)
    process = subprocess.Popen([program, "-c", configuration, "-p", folder])
    time.sleep(0.5)
    return process, port


def load(port, paths):
    done = subprocess.run([os.path.join(TARGET, "observatory-peer"), "--load", f"127.0.0.1:{port}", SECONDS, paths],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main():
    records = os.path.join(WORK, "records.jsonl")
    with index(records) as site:
        peer = [os.path.join(TARGET, "observatory-peer"), records, f"127.0.0.1:{site.port}"]
        subprocess.run(peer + (["--databases"] if COUNT <= 100_000 else []), check=True, cwd=WORK)
        print(f"\npeak memory of the site after these searches: {site.peak_megabytes():.0f} MB")
        questions = os.path.join(WORK, "questions.txt")
        answer = load(site.port, questions)
        print(f"the site: {answer}")
        process, port = nginx(int(answer.split(" of ")[1].split()[0]))
        if process is not None:
            paths = os.path.join(WORK, "static.txt")
            with open(paths, "w") as out:
                out.write("/page\n")
            print(f"nginx, a static file of that size: {load(port, paths)}")
            process.terminate()
            process.wait(timeout=10)


if __name__ == "__main__":
    main()
