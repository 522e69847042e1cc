#!/bin/sh
# Asks the user index, PostgreSQL with trigram indexes and SQLite with FTS5 the same ten queries about the same users, one after the other, compares the answers, and prints CPU times and bytes. Needs PostgreSQL with pg_trgm (Debian's `postgresql`) and Python 3; the database is a cluster of its own in a temporary folder.
#
#   tests/bench/compare.sh [--built] [USERS]    100,000 users unless others are named
set -eu
cd "$(dirname "$0")/../.."
directory=${CARGO_TARGET_DIR:-target}/release/examples/directory
if [ "${1:-}" = --built ]; then
    shift
else
    cargo build --quiet --release -p provost-search --example directory
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$directory" compare "${1:-100000}" "$work"
tests/bench/compare.py "$work"
