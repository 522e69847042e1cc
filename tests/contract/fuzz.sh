#!/usr/bin/env bash
# Tests the running platform against openapi.json: schemathesis sends valid and invalid requests, as four kinds of caller.
#
#   tests/contract/fuzz.sh                                        what .ci/run calls; about three minutes
#   tests/contract/fuzz.sh --examples 200                         a longer look at every operation
#   tests/contract/fuzz.sh --caller root --only 'POST /api/nodes' one caller, one operation
#
# Without PROVOST, which may name a binary that is built already, it builds one.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

# What it generates depends on all three; the same versions and the same seed send the same requests.
tools=$(venv contract schemathesis==4.32.5 hypothesis==6.170.15 jsonschema_rs==0.60.3)
if [ -z "${PROVOST:-}" ]; then
    cargo build --quiet -p provost
    PROVOST=${CARGO_TARGET_DIR:-target}/debug/provost
fi
exec "$tools/bin/python" tests/contract/fuzz.py --binary "$PROVOST" "$@"
