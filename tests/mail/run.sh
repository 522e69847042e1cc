#!/usr/bin/env bash
# Reads emails of Provost with Python's email package: names, subjects, line lengths, both parts, and the headers to unsubscribe. Then sends them over SMTP.
#
#   tests/mail/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo run --quiet --package provost-mail --example emails | python3 tests/mail/read.py
tests/mail/smtp.sh
