#!/usr/bin/env bash
# Prints where Chromium is; installs it by the system's package manager if it may, else says what is missing.
set -euo pipefail
find_it() { for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v "$name" && return; done; return 1; }
find_it && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >"$log" 2>&1 || tail -3 "$log" >&2
  find_it && exit 0
fi
echo "Chromium is missing: install the package chromium, the console is tested in it" >&2
exit 1
