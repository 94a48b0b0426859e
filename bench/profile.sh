#!/usr/bin/env bash
# Where Weir's instructions go: callgrind over requests of one kind, the most expensive functions first. Without a word: a plain
# one. bench/profile.sh DIALECT ANSWER: a chat of this dialect and this answer of the mock's, such as `gemini anthropic-long`.
# bench/profile.sh PATH: a call of this path of those that flows are measured by: `/run/wide` (10 steps), `/run/chain` (5), `/run/one`, or
# `/api/1`, which is the plain call of a step.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { [ "$(id -u)" = 0 ] && apt-get install -y -qq valgrind >/dev/null; }
folder="${CARGO_TARGET_DIR:-target}/release"
cargo build --release --quiet --package weir --package bench-tool
[ $# -gt 0 ] || exec python3 bench/run.py "$folder/weir" --profile
[ $# -gt 1 ] || exec python3 bench/flows.py "$folder/weir" "$folder/bench-tool" "$1"
exec python3 bench/ai.py "$folder/weir" "$folder/bench-tool" "$1" "$2"
