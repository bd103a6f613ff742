#!/usr/bin/env bash
# The address battery against a running site with the guard on, inside two network namespaces that have no
# way out: each address as a feed, as a repository (OAI-PMH), as a document, in a list (OPML), and as the
# hub of a feed, where it is also put to the address at which hubs reach us. Needs root, iproute2, nftables,
# dnsutils, curl and ../shared/hostile.
#
#   tests/faults/ssrf.sh [feed] [oai] [document] [opml] [hub]     with a release build
#   PROGRAM=target/debug/observatory tests/faults/ssrf.sh hub
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
if [ -z "${PROGRAM:-}" ]; then
  cargo build --release --locked --quiet --package observatory
  PROGRAM=${CARGO_TARGET_DIR:-target}/release/observatory
fi
program=$(realpath "$PROGRAM")
tools=$(realpath "$tools")
here=$(realpath tests/faults)
work=$(mktemp -d)
lab() { LAB_OUT="$work/lab" "$tools/netns_lab.sh" "$@"; }
pids=()
end_door() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
  lab down
}
finish() {
  [ "${#pids[@]}" = 0 ] || end_door
  rm -rf "$work"
}
trap finish EXIT

# Each door has a store of its own, and a resolver that has answered nobody yet.
door() {
  local door=$1 folder=$work/$1
  mkdir -p "$folder" "$work/corpus"
  cat >"$folder/observatory.toml" <<SETTINGS
[store]
url = "sqlite:observatory.db"
files_folder = "files"
[search]
folder = "index"
[web]
bind = "0.0.0.0:8085"
public_origin = "http://observatory.evil.test"
SETTINGS
  LAB_CORPUS="$work/corpus" lab up "$work/lab"
  # Publishers whose feeds name a hub, so that no host has all of them.
  for last in 11 12 13 14 15 16 17 18; do ip -n obs-net addr add "45.67.89.$last/32" dev v1; done
  (exec "$tools/netns_lab.sh" net python3 -B "$here/hubs.py") >"$work/hubs.log" 2>&1 &
  pids+=($!)
  (cd "$folder" && exec "$tools/netns_lab.sh" run "$program" serve) >"$folder/serve.log" 2>&1 &
  pids+=($!)
  "$tools/netns_lab.sh" run python3 -B "$here/submit.py" "$program" "$folder" 8088 >"$folder/submit.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do
    lab run curl -s -o /dev/null -m 1 http://10.77.0.2:8085/readyz &&
      lab run curl -s -o /dev/null -m 1 'http://10.77.0.2:8088/submit?url=x' &&
      lab run curl -s -o /dev/null -m 1 http://45.67.89.18/ && break
    sleep 0.1
  done
  echo "== as $door"
  local ended=0
  lab run python3 -B "$tools/ssrf_battery.py" \
    --get "http://10.77.0.2:8088/submit?door=$door&url={url}" --wait 60 \
    --canary "$work/lab/canary.jsonl" --public "$work/lab/public.jsonl" --dns "$work/lab/dns.jsonl" \
    --read http://10.77.0.2:8085/en/sources --read http://10.77.0.2:8085/en/search || ended=1
  lab run python3 -B "$here/submit.py" --seen "$folder"
  end_door
  return "$ended"
}
doors=("$@")
[ "${#doors[@]}" -gt 0 ] || doors=(feed oai document opml hub)
failed=0
for name in "${doors[@]}"; do door "$name" || failed=1; done
exit "$failed"
