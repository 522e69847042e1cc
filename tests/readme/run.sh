#!/usr/bin/env bash
# Runs every block of README.md as a reader would paste it, and compares its output with the page.
#
#   tests/readme/run.sh             what .ci/run calls; about a minute
#   tests/readme/run.sh --update    writes the output into the page
#
# Needs curl, jq, age, unzip, openssl and Python 3. Without PROVOST, which may name a binary that is built already, it builds one.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
if [ -z "${PROVOST:-}" ]; then
    cargo build --quiet -p provost
    PROVOST=${CARGO_TARGET_DIR:-target}/debug/provost
fi
exec python3 tests/readme/run.py --binary "$PROVOST" "$@"
