#!/usr/bin/env bash
# A reader who searches while others ask everything of the hostile query pile: their waiting times beside
# those on the same site with nobody else there.
#
#   KEEP=folder tests/bench/search.sh        makes a site of 100,000 records
#   tests/bench/bystander.sh folder
#
# Needs ../shared/hostile, python3 and zstd.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:?the folder of a site that tests/bench/search.sh has kept}
if [ ! -f ../shared/hostile/query.tar.zst ]; then
  echo "skipped: ../shared/hostile is not here"
  exit 0
fi
cargo build --release --locked --quiet --package observatory
target=$(realpath "${CARGO_TARGET_DIR:-target}")/release
pile=$(mktemp -d)
trap 'rm -rf "$pile"' EXIT
for part in query generated text; do
  tar --zstd -xf "../shared/hostile/$part.tar.zst" -C "$pile"
done
uptime
python3 -B tests/bench/bystander.py "$target" "$folder" "$pile" "$(realpath ../shared/hostile/tools/query_dos.py)"
