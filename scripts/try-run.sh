#!/usr/bin/env bash
# Does what the README's "Start" says, with `make run` in a temporary folder and on free ports: runs the three printed lines as
# they are printed, starts again, and provokes what a start refuses. Says how long the first start took. Ends with 1 at the first fault.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v curl >/dev/null || { echo "curl is missing"; exit 1; }
work=$(mktemp -d)
chmod 755 "$work"
pid=
finish() {
  if [ -n "$pid" ]; then kill -TERM -- "-$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; for file in "$work"/out "$work"/err; do [ -f "$file" ] && { echo "--- ${file##*/}"; tail -30 "$file"; }; done; exit 1; }
read -r gateway admin sample < <(python3 -c "
import socket
s=[socket.create_server(('127.0.0.1',0)) for _ in range(3)]
print(*(x.getsockname()[1] for x in s))")
ports="--listen 127.0.0.1:$gateway --admin 127.0.0.1:$admin --quickstart-listen 127.0.0.1:$sample"

start() { # until the fourth line to paste is printed
  : >"$work/out"
  set -m
  make --no-print-directory run RUN_ARGS="--data $work/data $ports" >"$work/out" 2>&1 &
  pid=$!
  set +m
  tail -n +1 -f --pid="$pid" "$work/out" 2>/dev/null | grep -m4 '^  curl ' >"$work/lines" || true
  [ "$(wc -l <"$work/lines")" = 4 ] || fail "make run did not print four lines"
  key=$(sed -n 's/^key *//p' "$work/out")
}

stop() { # as Ctrl-C does
  kill -INT -- "-$pid"
  wait "$pid" || true
  pid=
  grep -q '^draining' "$work/out" || fail "it did not end in good order"
}

# The printed line, and what its answer is checked by: a Python expression over the answer's text.
answers() { # number, expression
  local line; line=$(sed -n "$1p" "$work/lines")
  eval "$line" >"$work/answer" 2>"$work/err" || fail "this line fails: $line"
  python3 -c "
import json, sys
text = open(sys.argv[1]).read()
assert $2, text" "$work/answer" || fail "a strange answer to: $line"
  echo "ok  line $1 answers"
}

api() { # method, path, body: as the signed-in administrator
  local head=(-sS -f -b "$work/jar" -c "$work/jar" -H "origin: http://127.0.0.1:$admin" -H 'content-type: application/json')
  curl "${head[@]}" -H "x-csrf-token: ${csrf:-}" -X "$1" ${3:+-d "$3"} "http://127.0.0.1:$admin/api/v1/$2" || fail "$1 $2"
}
token_of() { python3 -c 'import json,sys; print(json.load(sys.stdin)["csrf_token"])'; }

# A start that must end at once, with a clear line and nothing else of weir's.
refuses() { # name, word, command...
  local name=$1 word=$2; shift 2
  if timeout 60 "$@" >"$work/out" 2>"$work/err"; then fail "it started: $name"; elif [ $? = 124 ]; then fail "it hangs: $name"; fi
  grep -v -E '^(make|building the console|embedded |vite|dist/| *(Finished|Compiling|Fresh) )' "$work/err" >"$work/said" || true
  { [ "$(wc -l <"$work/said")" = 1 ] && grep -q -- "$word" "$work/said"; } || fail "$name is not told in one clear line"
  echo "ok  $name: $(sed "s|$work|…|g" "$work/said")"
}

began=$(date +%s)
start
echo "ok  make run prints its lines after $(($(date +%s) - began)) s"
answers 1 "json.loads(text)"
answers 2 "json.loads(text)['product']['id'] == 'prd-1' and json.loads(text)['alsoLikedPrice']"
answers 3 "json.loads(text)['choices'][0]['message']['content']"
answers 4 "text.rstrip().endswith('data: [DONE]') and text.count('data: {') > 2"
first_key=$key
link=$(sed -n 's/^set-up *\([^ ]*\).*/\1/p' "$work/out")
curl -sS -f "$link" | grep -q '<div id="root">' || fail "the printed link shows no console"
csrf=$(api POST setup "{\"token\":\"${link##*=}\",\"name\":\"Ann\",\"email\":\"ann@example.com\",\"password\":\"correct horse battery\"}" | token_of)
api POST teams/default/plans '{"kind":"Plan","name":"try-run","spec":{}}' >/dev/null
binary=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release/weir
refuses "a port that is taken" "cannot listen on 127.0.0.1:$admin" make --no-print-directory run RUN_ARGS="--data $work/other $ports"
refuses "a folder that is in use" "used by another process" "$binary" serve --quickstart --data "$work/data" --listen 127.0.0.1:0 --admin 127.0.0.1:0
stop
echo "ok  it stops in good order"

start
[ "$key" = "$first_key" ] || fail "the second start printed another key"
grep -q '^set-up' "$work/out" && fail "the second start wants to be set up again"
answers 1 "json.loads(text)"
csrf=$(api POST session '{"email":"ann@example.com","password":"correct horse battery"}' | token_of)
api GET teams/default/plans/try-run >/dev/null
api GET calls | python3 -c 'import json,sys; assert len(json.load(sys.stdin)["items"]) >= 3' || fail "calls of before are gone"
stop
echo "ok  a second start keeps key, documents and calls"

python3 -c "
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store: store.execute('PRAGMA user_version = 99')" "$work/data/weir.db"
refuses "data of a newer version" "newer version" make --no-print-directory run RUN_ARGS="--data $work/data $ports"
mkdir -m 000 "$work/closed"
cp "$binary" "$work/weir"
nobody=()
[ "$(id -u)" = 0 ] && nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
refuses "a folder that cannot be read" "closed.*Permission denied" "${nobody[@]}" "$work/weir" serve --quickstart --data "$work/closed" --listen 127.0.0.1:0 --admin 127.0.0.1:0
printf 'kind: Route\nname: [\n' >"$work/broken.yaml"
refuses "a broken configuration" "broken.yaml:2:" "$binary" serve --config "$work/broken.yaml" --data "$work/other" --listen 127.0.0.1:0 --admin 127.0.0.1:0
echo "try-run: all is as the README says"
