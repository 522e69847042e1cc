#!/usr/bin/env bash
# Opens the portal in Chromium: the main job by mouse, every page in both themes and two widths with axe-core, and forms without scripts.
#
#   tests/browser/run.sh                  what .ci/run calls
#   SCREENSHOTS=DIR tests/browser/run.sh  also writes a picture of every page
#
# Without PROVOST, which may name a binary that is built already, it builds one.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"

if [ -z "${PROVOST:-}" ]; then
    cargo build --quiet -p provost
    PROVOST=${CARGO_TARGET_DIR:-target}/debug/provost
fi
PROVOST=$(realpath "$PROVOST")
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
[ -n "$CHROMIUM" ] || { echo "please install chromium" >&2; exit 1; }

tools=$root/target/tools/browser
mkdir -p "$tools"
cp tests/browser/package.json "$tools/"
(cd "$tools" && npm install --no-audit --no-fund --silent)
cp tests/browser/*.mjs "$tools/"

folder=$(mktemp -d)
trap 'kill "$server" 2> /dev/null || true; wait "$server" 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
PORT=0 PROVOST_ROOT_PASSWORD=Wintry-Harbour-2026 "$PROVOST" > log 2>&1 &
server=$!
for _ in $(seq 120); do
    grep -q 'Provost is ready' log && break
    sleep 0.5
done
url=$(sed -n 's/^Provost is ready at //p' log)
[ -n "$url" ] || { cat log >&2; exit 1; }
"$PROVOST" seed --users 60 > /dev/null
PORTAL=$url CHROMIUM=$CHROMIUM node "$tools/check.mjs"
