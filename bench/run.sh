#!/usr/bin/env bash
# bench/run.sh [proxies|flows|ai|scale|soak]...: Weir beside nginx and HAProxy (CPU time per request, requests a second, latency, memory); flows;
# every dialect before every provider, beside LiteLLM and Portkey; with 100,000 documents (start, changes, memory); under MINUTES
# of steady load (memory). Without a word: all but the last.
# Needs wrk, nginx and haproxy (Debian packages), for the peers Python and Node.js; installs what is missing where it may.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
for tool in wrk nginx haproxy; do command -v $tool >/dev/null || [ -x /usr/sbin/$tool ] || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "missing: ${missing[*]} (Debian packages of these names)"; exit 1; }
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cargo build --release --quiet --package weir
binary="${CARGO_TARGET_DIR:-target}/release/weir"
[ $# -gt 0 ] || set -- proxies flows ai scale
for part in "$@"; do
  case $part in
    proxies) python3 bench/run.py "$binary" ;;
    ai)
      cargo build --release --quiet --package bench-tool
      python3 bench/ai.py "$binary" "${binary%weir}bench-tool"
      ;;
    flows)
      cargo build --release --quiet --package bench-tool
      python3 bench/flows.py "$binary" "${binary%weir}bench-tool"
      ;;
    scale) python3 bench/scale.py "$binary" ;;
    soak) python3 bench/soak.py "$binary" "${MINUTES:-10}" ;;
    *) echo "proxies, flows, ai, scale or soak, not $part"; exit 1 ;;
  esac
done
