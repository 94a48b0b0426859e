#!/usr/bin/env bash
# Builds the console into crates/console/dist, from which the binary embeds it. Does nothing if that is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=crates/console/dist/.stamp
sources=$(find console -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/shots/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sources" ]; then exit 0; fi
command -v npm >/dev/null || { echo "the console needs Node.js 20.19 or newer with npm; install them, or build without it: cargo build --release"; exit 1; }
echo "building the console"
scripts/console-modules.sh
( cd console && npm run --silent build )
echo "$sources" > "$stamp"
