#!/usr/bin/env bash
# Records what a release deploys, so that the next one can be compared with it: infra/releases/record.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/../.."
version=${1:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "usage: infra/releases/record.sh VERSION, such as 0.2.0" >&2; exit 2; }
folder=infra/releases/$version
[ ! -e "$folder" ] || { echo "record.sh: $folder is there already; a release does not change." >&2; exit 1; }
mkdir "$folder"
git rev-parse HEAD > "$folder/commit"
cp infra/data.yaml "$folder/data.yaml"
{
    echo "# The template's parameters in this release."
    awk '/^Parameters:/ { on = 1 } /^Conditions:/ { on = 0 } on' template.yaml
} > "$folder/parameters.yaml"
# One stored item of every kind, which later releases must read.
RELEASE_FOLDER=$PWD/$folder cargo test --quiet --package provost-tests --test platform -- --ignored --exact contract::releases::record_items
echo "Recorded $folder; commit it with the release."
