#!/usr/bin/env bash
# Every test: Rust, console, and foreign clients against the real binary. Finds or installs what it needs,
# starts services on free ports in a temporary folder, stops them, and sums up.
set -uo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

say() { printf '\n== %s\n' "$*"; }

# Adds a suite's figures: lines of "N passed" and "N failed" in the file, and one failure if it broke off.
count() { # file, exit code
  local p f
  p=$(awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^passed/) n += $(i - 1) } END { print n + 0 }' "$1")
  f=$(awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^failed/) n += $(i - 1) } END { print n + 0 }' "$1")
  if [ "$2" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
  passed=$((passed + p))
  failed=$((failed + f))
}

say "Rust"
timeout 2400 cargo test --workspace --locked --no-fail-fast >"$work/rust" 2>&1
code=$?
grep -E '^test result|^error|panicked|FAILED|^failures' "$work/rust" | grep -v ' 0 passed; 0 failed' || true
[ "$code" -eq 0 ] || tail -60 "$work/rust"
grep '^test result' "$work/rust" >"$work/figures" || true
count "$work/figures" "$code"

if [ -f console/package.json ]; then
  say "Console"
  if command -v npm >/dev/null; then
    ( scripts/console-modules.sh && cd console && npm run --silent check && npm run --silent lint && npm test --silent ) >"$work/console" 2>&1
    code=$?
    tail -15 "$work/console"
    sed 's/\x1b\[[0-9;]*m//g' "$work/console" | grep -E '^ *Tests ' >"$work/figures" || true
    count "$work/figures" "$code"
  else
    echo "Node.js 20.19 or newer with npm is missing: the console is not tested"
    failed=$((failed + 1))
  fi
fi

say "Foreign clients against the binary"
timeout 1500 e2e/run.sh >"$work/e2e" 2>&1
code=$?
cat "$work/e2e"
grep -E '^e2e: ' "$work/e2e" >"$work/figures" || true
count "$work/figures" "$code"

printf '\ntests: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
