#!/bin/sh
# Fuzzes the parsers of the directory, one target after the other, with the stable compiler: its coverage counters and a C++ compiler for libFuzzer are all that is needed. Fails at the first input that panics, hangs or needs more than 512 MiB, which is kept in artifacts/.
#
#   shared/search/fuzz/run.sh                   ten minutes for each target
#   shared/search/fuzz/run.sh 60 cursor object  a minute for each of two
set -eu
cd "$(dirname "$0")"
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- expression parameters selection import cursor object

host=$(rustc -vV | sed -n 's/^host: //p')
counters='-Cpasses=sancov-module -Ccodegen-units=1 -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares'
# Flags do not apply to build scripts if a target is named.
RUSTFLAGS="--cfg fuzzing $counters" cargo build --quiet --release --target "$host"
folder=${CARGO_TARGET_DIR:-target}/$host/release

for target; do
    mkdir -p "corpus/$target" "artifacts/$target"
    echo "$target: $seconds seconds"
    "$folder/$target" "corpus/$target" -artifact_prefix="artifacts/$target/" \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=512 \
        -print_final_stats=1 2>"artifacts/$target/log" || {
        tail -40 "artifacts/$target/log"
        exit 1
    }
    sed -n 's/^stat::number_of_executed_units: /  executions: /p; /DONE/p' "artifacts/$target/log"
done
