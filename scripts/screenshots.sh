#!/usr/bin/env bash
# Starts the quickstart, sends it some traffic, and takes a picture of every page of the console, light and dark.
# MINUTES=10 makes the traffic last, so that charts have something to show.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-console/shots}
chromium=$(scripts/chromium.sh)
scripts/console-modules.sh
scripts/console.sh
cargo build --quiet --package weir
binary=${CARGO_TARGET_DIR:-target}/debug/weir
work=$(mktemp -d)
read -r a b c < <(python3 -c "
import socket
s=[socket.create_server(('127.0.0.1',0)) for _ in range(3)]
print(*(x.getsockname()[1] for x in s))")
"$binary" serve --quickstart --data "$work/data" --listen "127.0.0.1:$a" --admin "127.0.0.1:$b" --quickstart-listen "127.0.0.1:$c" >"$work/log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q 'try, in another' "$work/log"; do kill -0 $pid; done
key=$(sed -n 's/^key *//p' "$work/log")
token=$(sed -n 's/.*token=\([^ ]*\).*/\1/p' "$work/log")
python3 e2e/traffic.py "http://127.0.0.1:$a" "$key" "${MINUTES:-0}"
node console/e2e/screenshots.mjs "http://127.0.0.1:$b" "$out" --token "$token" --gateway "http://127.0.0.1:$a" --key "$key" --chromium "$chromium"
echo "pictures are in $out"
