#!/usr/bin/env bash
# Every hostile file through the real intake: the feeds, XML, JSON and all others as sources of a real
# observatory that harvests them over HTTP from this machine, the faults of the hostile server beside
# them; the documents through `observatory read`. Nothing may panic, hang or take the memory, and
# whatever is refused must be refused by name. Needs ../shared/hostile and python3.
#
#   tests/faults/hostile_intake.sh                        with a release build
#   PROGRAM=target/debug/observatory tests/faults/hostile_intake.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
pile=../shared/hostile
if [ ! -d "$pile" ]; then
  echo "skipped: $pile is not here"
  exit 0
fi
if [ -z "${PROGRAM:-}" ]; then
  cargo build --release --locked --quiet --package observatory
  PROGRAM=${CARGO_TARGET_DIR:-target}/release/observatory
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pile"
for archive in "$pile"/*.tar.zst; do
  zstd -dcq "$archive" | tar x -C "$work/pile"
done
uptime
python3 -B tests/faults/hostile_intake.py "$(realpath "$PROGRAM")" "$work" "$(realpath "$pile/tools/hostile_server.py")"
