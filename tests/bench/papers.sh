#!/usr/bin/env bash
# How fast and how well PDFs are read, beside pdftotext (poppler-utils) in the same run, as ratios.
#
#   tests/bench/papers.sh [PROGRAM]
#
# Needs ../shared/data/documents, pdftotext and pdfinfo. Without PROGRAM, a release build is made and measured.
set -euo pipefail
cd "$(dirname "$0")/../.."

documents=../shared/data/documents
if [ ! -d "$documents" ]; then
  echo "skipped: $documents is not here"
  exit 0
fi
if ! command -v pdftotext > /dev/null; then
  echo "skipped: pdftotext is not here (apt-get install poppler-utils)"
  exit 0
fi
program=${1:-}
if [ -z "$program" ]; then
  cargo build --release --locked --quiet --package observatory
  program=${CARGO_TARGET_DIR:-target}/release/observatory
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for set in jose-papers pdfbox-text-groundtruth docling-groundtruth; do
  tar xf "$documents/$set.tar.xz" -C "$work"
done
uptime
python3 tests/bench/papers.py "$program" "$work"
