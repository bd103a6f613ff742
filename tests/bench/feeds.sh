#!/usr/bin/env bash
# Feeds: from HTTP to searchable beside a Python pipeline, and reading alone beside two readers of feeds.
#
#   tests/bench/feeds.sh            20,000 entries and more
#   tests/bench/feeds.sh 2000       fewer
#
# Needs ../shared/data (real feeds) and python3; feedparser and fastfeedparser come into a virtual
# environment in tests/conformance/.venv. PROGRAMS=folder takes programs that were built before.
set -euo pipefail
cd "$(dirname "$0")/../.."

archive=../shared/data/feeds/feeds-publishers.tar.xz
if [ ! -f "$archive" ]; then
  echo "skipped: $archive is not here"
  exit 0
fi
if [ -z "${PROGRAMS:-}" ]; then
  cargo build --release --locked --quiet --package observatory
  cargo build --release --locked --quiet --package observatory-ingest --example read_feeds
  PROGRAMS=${CARGO_TARGET_DIR:-target}/release
fi
venv=tests/conformance/.venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import feedparser, fastfeedparser' 2>/dev/null ||
  "$venv/bin/pip" install --quiet feedparser fastfeedparser
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xf "$archive" -C "$work"
find "$work" -name 'LICEN*' -delete
uptime
"$venv/bin/python" -B tests/bench/feeds.py "$PROGRAMS" "$work" "${1:-20000}"
