#!/usr/bin/env bash
# Proves that clients can be generated from openapi.json alone: makes one for TypeScript and one for Python, and lets both do the main
# job on a local stack. What is generated stays under target/clients.
#
#   tests/clients/run.sh
#
# Without PROVOST, which may name a binary that is built already, it builds one. Needs Node 18 or newer with npm, and Python 3.11.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

if [ -z "${PROVOST:-}" ]; then
    cargo build --quiet -p provost
    PROVOST=${CARGO_TARGET_DIR:-target}/debug/provost
fi
work=target/clients
mkdir -p "$work"

echo "== Python: openapi-python-client"
tools=$(venv clients openapi-python-client==0.29.1)
"$tools/bin/openapi-python-client" generate --path openapi.json --output-path "$work/python" --overwrite > "$work/python.log" 2>&1 ||
    { tail -40 "$work/python.log"; exit 1; }
# Bodies that are a file or a form are all that the generator may leave out.
if grep '^Unsupported content type' "$work/python.log" | grep -vE 'image/|text/csv|application/x-ndjson'; then exit 1; fi

echo "== TypeScript: openapi-typescript and openapi-fetch"
rm -rf "$work/typescript"
cp -R tests/clients/typescript "$work/typescript"
(
    cd "$work/typescript"
    npm ci --silent --no-audit --no-fund
    npx openapi-typescript ../../../openapi.json --output api.d.ts > /dev/null
    npx tsc
)

"$tools/bin/python" tests/clients/run.py --binary "$PROVOST" --python "$work/python" --typescript "$work/typescript/main.js"
