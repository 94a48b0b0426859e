#!/usr/bin/env bash
# Where Weir's instructions go: callgrind over a fixed number of requests, the most expensive functions first.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { [ "$(id -u)" = 0 ] && apt-get install -y -qq valgrind >/dev/null; }
cargo build --release --quiet --package weir
exec python3 bench/run.py "${CARGO_TARGET_DIR:-target}/release/weir" --profile
