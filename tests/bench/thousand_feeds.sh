#!/usr/bin/env bash
# A thousand feeds on as many hosts of this machine, a tenth of which misbehave: how long until all that
# behave are fresh, alone and beside the others. Contacts 127.0.0.0/8 only.
#
#   tests/bench/thousand_feeds.sh [FEEDS] [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${2:-}
if [ -z "$program" ]; then
  cargo build --release --locked --quiet --package observatory
  program="${CARGO_TARGET_DIR:-target}/release/observatory"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
uptime
ulimit -n "$(ulimit -Hn)"
python3 tests/bench/thousand_feeds.py "$(realpath "$program")" "$work" "${1:-1000}"
