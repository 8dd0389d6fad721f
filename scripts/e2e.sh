#!/usr/bin/env bash
# Starts the server on a small demonstration city, with a PostGIS of its own and
# a port that is free, and runs the browser tests against it.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(mktemp -d)
chmod 711 "$data" # PostgreSQL's own user must pass
log=build/e2e-server.log
ONEMAP_DATA=$data build/mapserver serve --demo --scale tiny --listen 127.0.0.1:0 >"$log" 2>&1 &
server=$!
stop() {
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$data"
}
trap stop EXIT
for _ in $(seq 600); do
  url=$(sed -nE 's/^ready (http:[^ ]+).*/\1/p' "$log")
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$log"; exit 1; }
  sleep 0.2
done
[ -n "$url" ] || { echo "the server was not ready in two minutes"; cat "$log"; exit 1; }
(export MAPSERVER="$PWD/build/mapserver" ONEMAP_DATA="$data"; cd web/ui && CI=true ONEMAP_URL=$url npm run --silent e2e) 2>&1 | tee build/e2e-test.log
