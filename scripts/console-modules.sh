#!/usr/bin/env bash
# Installs what the console is built and tested with into console/node_modules, if the lock file has changed since.
set -euo pipefail
cd "$(dirname "$0")/../console"
if [ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ]; then exit 0; fi
# A registry has its moments: tried again.
install() { npm ci --no-audit --no-fund --loglevel=error; }
install || install || install
