#!/usr/bin/env bash
# Searches on real scholarly records: the site over HTTP beside raw tantivy, SQLite FTS5 and PostgreSQL
# full text, then answers a second with 64 connections beside nginx with a static file of that size.
#
#   tests/bench/search.sh             100,000 records, with the databases
#   tests/bench/search.sh 1000000     a million: repeated with varied text, without the databases
#
# Needs ../shared/data, python3 and nginx (Debian: nginx-light); PostgreSQL where it is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
count=${1:-100000}
if [ ! -d ../shared/data/scholarly ]; then
  echo "skipped: ../shared/data/scholarly is not here"
  exit 0
fi
cargo build --release --locked --quiet --package observatory --package observatory-peer
target=$(realpath "${CARGO_TARGET_DIR:-target}")/release
work=${KEEP:-$(mktemp -d)}
mkdir -p "$work"
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
uptime
if [ ! -f "$work/records.jsonl" ]; then
  python3 -B tests/bench/records.py "$work/records.jsonl" "$count"
fi
python3 -B tests/bench/search.py "$target" "$work" "$count"
