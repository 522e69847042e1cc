#!/bin/sh
# What the user index costs with 10,000, 100,000 and 1,000,000 users: bytes, memory, and the CPU time of loading, of queries, of a rebuild and of a compaction. With --simulation also 20,000 random interleavings of writers, compactions, rebuilds and readers (some minutes).
#
#   tests/bench/directory.sh            builds with the release profile first
#   tests/bench/directory.sh --built    takes target/release/examples/directory as it is
#   tests/bench/directory.sh --simulation
set -eu
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
if [ "${1:-}" = --simulation ]; then
    exec cargo test -p provost-search --test protocol -- --ignored
fi
directory=$target/release/examples/directory
[ "${1:-}" = --built ] || cargo build --quiet --release -p provost-search --example directory

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for users in 10000 100000 1000000; do
    "$directory" build $users "$work/$users"
    "$directory" serve "$work/$users"
    rm -rf "${work:?}/$users"
done
