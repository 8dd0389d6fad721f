#!/usr/bin/env bash
# Runs every test; `make test` calls it after installing and building. Prints
# the skipped tests at the end. Any failure makes it fail, but all parts run.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=true # a database or browser test may not be skipped here
mkdir -p build
failed=()
part() {
  local name=$1
  shift
  printf '\n== %s\n' "$name"
  "$@" || failed+=("$name")
}

go_tests() {
  build/mapserver postgis run -- go test -race -v ./... >build/go-test.log 2>&1
  local status=$?
  grep -E '^(ok|FAIL|panic:|---? ?FAIL|\?)|^ +--- FAIL|DATA RACE' build/go-test.log | grep -v 'no test files' || true
  if [ $status -ne 0 ]; then
    grep -nE -B2 -A25 -- '--- FAIL|DATA RACE|^panic:' build/go-test.log | head -200
  fi
  go_passed=$(grep -cE '^ *--- PASS' build/go-test.log)
  go_failed=$(grep -cE '^ *--- FAIL' build/go-test.log)
  return $status
}

ui_tests() {
  (cd web/ui && npm test) 2>&1 | tee build/ui-test.log
}

part "lint" make --no-print-directory lint
part "Go tests" go_tests
part "page unit tests" ui_tests
part "browser tests" scripts/e2e.sh

printf '\n== skipped\n'
# A test's log lines follow the last "=== RUN" or "=== NAME" line with its name.
skipped=$(awk '
  /^=== (RUN|NAME|CONT)/ { name = $3 }
  /^ +[^ ]+\.go:[0-9]+: / { line = $0; sub(/^ +[^ ]+\.go:[0-9]+: /, "", line); reason[name] = line }
  /^ *--- SKIP: / { for (i = 1; i <= NF; i++) if ($i == "SKIP:") print $(i + 1) ": " reason[$(i + 1)] }
' build/go-test.log | sort -u)
[ -z "$skipped" ] || echo "$skipped"
grep -hE '# SKIP' build/e2e-test.log 2>/dev/null
n_skipped=$(printf '%s' "$skipped" | grep -c .)

printf '\n== result\n'
echo "Go: ${go_passed:-0} passed, ${go_failed:-0} failed, $n_skipped skipped"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[*]}"
  exit 1
fi
echo "all parts passed"
