#!/usr/bin/env bash
# Weir beside nginx and HAProxy in one run: CPU time per request, requests a second, latency, memory.
# Needs wrk, nginx and haproxy (Debian packages); installs them where it may.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
for tool in wrk nginx haproxy; do command -v $tool >/dev/null || [ -x /usr/sbin/$tool ] || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "missing: ${missing[*]} (Debian packages of these names)"; exit 1; }
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cargo build --release --quiet --package weir
exec python3 bench/run.py "${CARGO_TARGET_DIR:-target}/release/weir" "$@"
