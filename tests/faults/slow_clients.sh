#!/usr/bin/env bash
# Slow and abusive readers against a running site on this machine; the site must answer throughout.
# Needs ../shared/hostile and python3.
#
#   tests/faults/slow_clients.sh [CONNECTIONS] [FILE-DESCRIPTORS]
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=../shared/hostile/tools/slow_clients.py
if [ ! -f "$tool" ]; then
  echo "skipped: $tool is not here"
  exit 0
fi
connections=${1:-1500}
descriptors=${2:-20000}
cargo build --release --locked --quiet --package observatory
program=$(realpath "${CARGO_TARGET_DIR:-target}/release/observatory")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
work=$(mktemp -d)
(ulimit -n "$descriptors"; exec "$program" demo --data "$work/data" --bind "127.0.0.1:$port") >"$work/log" 2>&1 &
site=$!
# shellcheck disable=SC2064 # the values of now
trap "kill $site 2>/dev/null; wait $site 2>/dev/null || true; rm -rf '$work'" EXIT
for _ in $(seq 600); do grep -q 'Ctrl-C stops' "$work/log" && break; sleep 0.1; done
status=0
for attack in ${ATTACKS:-idle partial-line header h2-preface body read pipeline chunk bigheader bigbody gzipbody multipart range}; do
  python3 "$tool" --url "http://127.0.0.1:$port/en/demystifying-digital/itu-101" --attack "$attack" \
    --conns "$connections" --secs 45 --pid "$site" --post /en/search \
    --canary-url "http://127.0.0.1:$port/healthz" || status=1
done
exit $status
