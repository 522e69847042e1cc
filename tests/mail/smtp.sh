#!/usr/bin/env bash
# Sends emails with Provost's SMTP transport to aiosmtpd on this machine, over TLS on both ports, and compares what arrives byte for byte; then tries wrong settings and refusals.
#
#   tests/mail/smtp.sh
#
# Without SENDER, which may name the example `smtp` that is built already, it builds one.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

tools=$(venv smtp aiosmtpd==1.4.6)
if [ -z "${SENDER:-}" ]; then
    cargo build --quiet --package provost-app --example smtp
    SENDER=${CARGO_TARGET_DIR:-target}/debug/examples/smtp
fi
cargo run --quiet --package provost-mail --example emails |
    "$tools/bin/python" -W ignore tests/mail/smtp.py "$SENDER"
