#!/usr/bin/env bash
# Lets the last release read what this one writes: infra/releases/read-by-last-release.sh [ITEMS]
# ITEMS is an items.json; without it, the items of the working tree are recorded first. The last release is checked out
# and built in a temporary directory, its build output is kept in target/last-release.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
last=$(find infra/releases -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' | sort -V | tail -n 1)
[ -f "$last/commit" ] || { echo "read-by-last-release.sh: $last/commit is missing; it names the commit of the release." >&2; exit 1; }
commit=$(cat "$last/commit")
work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" 2>/dev/null || true; rm -rf "$work"' EXIT
if [ $# -gt 0 ]; then
    items=$(realpath "$1")
else
    mkdir "$work/recorded"
    RELEASE_FOLDER=$work/recorded cargo test --quiet --package provost-tests --test platform -- --ignored --exact contract::releases::record_items
    items=$work/recorded/items.json
fi
git worktree add --quiet --detach "$work/tree" "$commit"
example=shared/store/examples/read_items.rs
if [ ! -f "$work/tree/$example" ]; then
    mkdir -p "$work/tree/shared/store/examples"
    cp "$last/read_items.rs" "$work/tree/$example"
fi
cd "$work/tree"
echo "${last##*/} ($commit) reads $items:"
CARGO_TARGET_DIR=${LAST_RELEASE_TARGET:-$root/target/last-release} cargo run --quiet --locked --package provost-store --example read_items -- "$items"
