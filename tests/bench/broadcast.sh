#!/bin/sh
# A broadcast to 10,001 users whose worker is killed twenty times, before and after its calls in turns: nobody gets two emails, nobody is skipped. It takes four to six minutes with the development profile.
#
#   tests/bench/broadcast.sh
set -eu
cd "$(dirname "$0")/../.."
exec cargo test --workspace --test broadcasts -- --ignored --nocapture twenty_kills_of_ten_thousand
