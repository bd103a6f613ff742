#!/usr/bin/env bash
# First figures: from HTTP to searchable, size, memory, searches, weight of a brief. One run, this machine.
#
#   tests/bench/first.sh
#
# Needs ../shared/data (real feeds) and python3; with feedparser (it makes a virtual environment in
# tests/conformance/.venv) a Python pipeline over the same files runs beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."

archive=../shared/data/feeds/feeds-publishers.tar.xz
if [ ! -f "$archive" ]; then
  echo "skipped: $archive is not here"
  exit 0
fi
cargo build --release --locked --quiet --package observatory
venv=tests/conformance/.venv
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv" && "$venv/bin/pip" install --quiet feedparser
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xf "$archive" -C "$work"
find "$work" -name 'LICEN*' -delete
uptime
exec "$venv/bin/python" tests/bench/first.py "${CARGO_TARGET_DIR:-target}/release/observatory" "$work"
