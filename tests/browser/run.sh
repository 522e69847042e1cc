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
server=
stripe=
trap 'for one in $server $stripe; do kill "$one" 2> /dev/null || true; wait "$one" 2> /dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"
# Checkouts are on pages of a stand-in for Stripe.
node "$tools/stripe.mjs" > stripe &
stripe=$!
for _ in $(seq 40); do
    [ -s stripe ] && break
    sleep 0.1
done
mkdir -p -m 700 .provost/keys
(umask 077 && echo sk_test_browser > .provost/keys/stripe-api)
PORT=0 STRIPE_URL=$(cat stripe) PROVOST_ROOT_PASSWORD=Wintry-Harbour-2026 "$PROVOST" > log 2>&1 &
server=$!
for _ in $(seq 120); do
    grep -q 'Provost is ready' log 2> /dev/null && break
    sleep 0.5
done
url=$(sed -n 's/^Provost is ready at //p' log)
[ -n "$url" ] || { cat log >&2; exit 1; }
"$PROVOST" seed --users 60 > /dev/null
PORTAL=$url CHROMIUM=$CHROMIUM node "$tools/check.mjs"
