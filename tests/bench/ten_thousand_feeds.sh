#!/usr/bin/env bash
# Ten thousand feeds in one process: whether threads and memory grow with their number, whether hosts are
# served fairly, and whether one that is stuck delays anybody. Contacts 127.0.0.0/8 only.
#
#   tests/bench/ten_thousand_feeds.sh [PROGRAM] [FEEDS...]
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${1:-}
if [ -z "$program" ]; then
  cargo build --release --locked --quiet --package observatory
  program="${CARGO_TARGET_DIR:-target}/release/observatory"
fi
shift || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
uptime
ulimit -n "$(ulimit -Hn)"
python3 -B tests/bench/ten_thousand_feeds.py "$(realpath "$program")" "$work" "${@:-100 1000 10000}"
