#!/usr/bin/env bash
# The address battery against a running site with the guard on, inside two network namespaces that
# have no way out. Needs root, iproute2, nftables, dnsutils, curl and ../shared/hostile.
#
#   tests/faults/ssrf.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=../shared/hostile/tools
if [ ! -d "$tools" ] || [ "$(id -u)" != 0 ]; then
  echo "skipped: needs root and $tools"
  exit 0
fi
for command in ip nft dig curl; do
  command -v "$command" >/dev/null || { echo "skipped: $command is missing"; exit 0; }
done
cargo build --release --locked --quiet --package observatory
program=$(realpath "${CARGO_TARGET_DIR:-target}/release/observatory")
tools=$(realpath "$tools")
here=$(realpath tests/faults)
work=$(mktemp -d)
cat >"$work/observatory.toml" <<SETTINGS
[store]
url = "sqlite:observatory.db"
files_folder = "files"
[search]
folder = "index"
[web]
bind = "0.0.0.0:8085"
public_origin = "http://10.77.0.2:8085"
SETTINGS
mkdir -p "$work/corpus"
LAB_CORPUS="$work/corpus" LAB_OUT="$work/lab" "$tools/netns_lab.sh" up "$work/lab"
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  LAB_OUT="$work/lab" "$tools/netns_lab.sh" down
  rm -rf "$work"
}
trap finish EXIT
(cd "$work" && exec "$tools/netns_lab.sh" run "$program" serve) >"$work/serve.log" 2>&1 &
pids+=($!)
"$tools/netns_lab.sh" run python3 "$here/submit.py" "$program" "$work" 8088 >"$work/submit.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  "$tools/netns_lab.sh" run curl -s -o /dev/null -m 1 http://10.77.0.2:8085/readyz &&
    "$tools/netns_lab.sh" run curl -s -o /dev/null -m 1 'http://10.77.0.2:8088/submit?url=x' && break
  sleep 0.1
done
"$tools/netns_lab.sh" run python3 "$tools/ssrf_battery.py" \
  --get 'http://10.77.0.2:8088/submit?url={url}' --wait 45 \
  --canary "$work/lab/canary.jsonl" --public "$work/lab/public.jsonl" --dns "$work/lab/dns.jsonl" \
  --read http://10.77.0.2:8085/en/sources --read http://10.77.0.2:8085/en/search
