#!/usr/bin/env bash
# Runs the end-to-end checks: foreign clients against the real binary, all on loopback and free ports.
# With words, only the checks whose names contain one of them.
set -euo pipefail
cd "$(dirname "$0")/.."
# What fetches is tried again: registries have their moments.
persistently() { "$@" || "$@" || "$@"; }
cache=${WEIR_TEST_CACHE:-$HOME/.cache/weir/e2e}
venv=$cache/venv
if ! [ -x "$venv/bin/python" ]; then
  command -v python3 >/dev/null || { echo "Python 3 is missing"; exit 1; }
  mkdir -p "$cache"
  python3 -m venv "$venv" || { echo "python3-venv is missing"; exit 1; }
fi
if ! cmp -s e2e/requirements.txt "$venv/requirements.txt"; then
  persistently "$venv/bin/pip" install --quiet --disable-pip-version-check -r e2e/requirements.txt
  cp e2e/requirements.txt "$venv/requirements.txt"
fi
node=$cache/node
if ! cmp -s e2e/node/package-lock.json "$node/installed.json"; then
  command -v npm >/dev/null || { echo "Node.js 20.19 or newer with npm is missing"; exit 1; }
  mkdir -p "$node"
  cp e2e/node/package.json e2e/node/package-lock.json e2e/node/.npmrc "$node/"
  # The SDKs want a newer Node.js than the console's build: it comes along as a package.
  ( cd "$node" && persistently npm ci --no-audit --no-fund --loglevel=error )
  cp e2e/node/package-lock.json "$node/installed.json"
fi
if ! command -v nginx >/dev/null && ! [ -x /usr/sbin/nginx ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx) >/dev/null 2>&1 || true
  fi
fi
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || { echo "nginx is missing: install it, the checks use it as an upstream"; exit 1; }
WEIR_E2E_CHROMIUM=$(scripts/chromium.sh)
scripts/console-modules.sh
scripts/console.sh >/dev/null
cargo build --quiet --locked --package weir
target=${CARGO_TARGET_DIR:-target}
export WEIR_E2E_CHROMIUM WEIR_E2E_NODE=$node
exec "$venv/bin/python" e2e/main.py "$target/debug/weir" "$@"
