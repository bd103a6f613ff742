#!/bin/sh
# How long the detection of trends takes and how much memory, with made-up abstracts of 150 words:
# everything counted at once, a picture, a thousand documents more and another picture.
#
#   tests/bench/foresight.sh [COUNT …]     100,000 where nothing is said; 1000000 needs some minutes
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p observatory-trends --example load
target=$(cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
uptime
for count in "${@:-100000}"; do
    "$target/release/examples/load" "$count"
done
