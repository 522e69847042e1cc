#!/usr/bin/env bash
# Checks what the platform sends to Stripe and accepts from it against Stripe's own packages: every recorded request has parameters of
# the npm package `stripe`, and the Python package `stripe` signs and verifies webhooks as the platform does. The records are in
# functions/billing/tests/data; the tests of fn-billing fail when they are not current.
#
#   functions/billing/tests/official/check.sh
#
# Needs Node 18 or newer with npm, and Python 3.11.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../../.." && pwd)
cd "$root"
. infra/lint/venv.sh
data=functions/billing/tests/data
work=target/stripe-check
mkdir -p "$work"
cp functions/billing/tests/official/{package.json,package-lock.json,tsconfig.json} "$work/"
python3 functions/billing/tests/official/parameters.py "$data/requests.json" > "$work/requests.ts"
(
    cd "$work"
    npm ci --silent --no-audit --no-fund
    npx tsc
    version=$(sed -n "s/.*ApiVersion = '\(.*\)'.*/\1/p" node_modules/stripe/cjs/apiVersion.js)
    grep -q "\"$version\"" "$root/shared/app/src/stripe.rs" || { echo "the package speaks $version, which is not the pinned version"; exit 1; }
)
echo "requests: $(grep -c '^export' "$work/requests.ts") have parameters of Stripe's types"
tools=$(venv stripe stripe==16.1.0)
"$tools/bin/python" functions/billing/tests/official/signatures.py "$data/signed.json"
