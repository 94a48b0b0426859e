#!/usr/bin/env bash
# Runs fuzz targets for some seconds each, on seeds made from the crates' test data: bash fuzz/run.sh SECONDS [TARGET...]
# Needs cargo-fuzz and a nightly compiler. Leaves a line for each target; ends with an error if one found something.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?bash fuzz/run.sh SECONDS [TARGET...]}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')
python3 seeds.py corpus
status=0
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target"
  if cargo +nightly fuzz run --fuzz-dir . "$target" -- -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=2048 \
    >"corpus/$target.log" 2>&1; then
    echo "$target: no finding, $(grep -o 'Done [0-9]* runs in [0-9]* second' "corpus/$target.log" | tail -1)s"
  else
    echo "$target: a finding, see fuzz/corpus/$target.log"
    status=1
  fi
done
exit $status
