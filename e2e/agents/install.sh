#!/usr/bin/env bash
# Installs the coding agents into the folder given, unless they are there already.
set -euo pipefail
cd "$(dirname "$0")"
folder=$1
if cmp -s package-lock.json "$folder/installed.json"; then exit 0; fi
command -v npm >/dev/null || { echo "Node.js 20.19 or newer with npm is missing"; exit 1; }
mkdir -p "$folder"
cp package.json package-lock.json .npmrc "$folder/"
fetch() { ( cd "$folder" && npm ci --no-audit --no-fund --loglevel=error ); }
# Registries have their moments.
fetch || fetch || fetch
cp package-lock.json "$folder/installed.json"
