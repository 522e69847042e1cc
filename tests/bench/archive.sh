#!/bin/sh
# What an export costs: peak memory over archives of 64 MiB, 256 MiB and 1 GiB (goal: a slope of at most 1 MiB per GiB),
# and throughput against `zip | age` on the same bytes in the same run (needs zip, age and age-keygen; left out without them).
#
#   tests/bench/archive.sh            builds with the release profile first
#   tests/bench/archive.sh --built    takes target/release/examples/archive_bytes as it is
set -eu
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
archive=$target/release/examples/archive_bytes
[ "${1:-}" = --built ] || cargo build --quiet --release -p provost-archive --example archive_bytes

field() { printf '%s\n' "$2" | sed -n "s/.*$1=\([0-9.]*\).*/\1/p"; }

failed=0
echo "Peak memory"
for kind in "" --stored; do
    first= last=
    for mib in 64 256 1024; do
        # shellcheck disable=SC2086
        told=$("$archive" --mib $mib $kind 2>&1)
        rss=$(field peak_rss_kib "$told")
        [ -n "$first" ] || first=$rss
        last=$rss
        printf '  %-8s %5s MiB: peak RSS %6s KiB, held at most %s bytes, %s s\n' \
            "${kind:---deflate}" "$mib" "$rss" "$(field most_held_bytes "$told")" "$(field seconds "$told")"
    done
    awk -v a="$first" -v b="$last" -v kind="${kind:---deflate}" 'BEGIN {
        slope = (b - a) / 1024 / (960 / 1024)
        printf "  %-8s slope %.2f MiB per GiB: %s\n", kind, slope, slope <= 1 ? "within the goal of 1" : "ABOVE the goal of 1"
        exit slope > 1
    }' || failed=1
done

for tool in zip age age-keygen; do
    command -v $tool >/dev/null || { echo "Throughput: left out, there is no $tool"; exit $failed; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
age-keygen -o "$work/key" 2>/dev/null
recipient=$(age-keygen -y "$work/key")
"$archive" --mib 256 --plain "$work/bytes.bin"
cat "$work/bytes.bin" >/dev/null

seconds() { # of the best of three runs: to exclude other load
    best=
    for _ in 1 2 3; do
        start=$(date +%s%N)
        "$@"
        end=$(date +%s%N)
        took=$((end - start))
        if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
    done
    echo "$best" | awk '{ printf "%.3f", $1 / 1e9 }'
}
ours() { "$archive" --input "$work/bytes.bin" --recipient "$recipient" --output "$work/ours.age" "$@" 2>/dev/null; }
theirs() { (cd "$work" && zip -q "$1" - bytes.bin | age -r "$recipient" >theirs.age); }

echo "Throughput on the same 256 MiB, best of three"
for level in -6 -0; do
    kind=
    [ $level = -6 ] || kind=--stored
    # shellcheck disable=SC2086
    a=$(seconds ours $kind)
    b=$(seconds theirs $level)
    sizes="$(wc -c <"$work/ours.age") and $(wc -c <"$work/theirs.age") bytes"
    awk -v a="$a" -v b="$b" -v level=$level -v sizes="$sizes" 'BEGIN {
        printf "  level %s: ours %.3f s (%.0f MiB/s), zip | age %.3f s (%.0f MiB/s), ratio %.2f; %s\n", level, a, 256 / a, b, 256 / b, b / a, sizes
    }'
done

# The standard tools open the archives.
age -d -i "$work/key" -o "$work/ours.zip" "$work/ours.age"
if command -v unzip >/dev/null; then unzip -tq "$work/ours.zip"; fi
exit $failed
