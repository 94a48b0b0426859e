#!/usr/bin/env bash
# Runs the end-to-end checks: foreign clients against the real binary, all on loopback and free ports.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${WEIR_TEST_CACHE:-$HOME/.cache/weir/e2e}
venv=$cache/venv
if ! [ -x "$venv/bin/python" ]; then
  command -v python3 >/dev/null || { echo "Python 3 is missing"; exit 1; }
  mkdir -p "$cache"
  python3 -m venv "$venv" || { echo "python3-venv is missing"; exit 1; }
fi
if ! cmp -s e2e/requirements.txt "$venv/requirements.txt"; then
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r e2e/requirements.txt
  cp e2e/requirements.txt "$venv/requirements.txt"
fi
if ! command -v nginx >/dev/null && ! [ -x /usr/sbin/nginx ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx) >/dev/null 2>&1 || true
  fi
fi
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || { echo "nginx is missing: install it, the checks use it as an upstream"; exit 1; }
cargo build --quiet --locked --package weir
target=${CARGO_TARGET_DIR:-target}
exec "$venv/bin/python" e2e/main.py "$target/debug/weir"
