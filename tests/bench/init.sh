#!/usr/bin/env bash
# Size of the release binaries, and instructions from their start to their first request for work.
#
#   tests/bench/init.sh [FUNCTION …]     sessions and mail-worker unless named
#
# Needs valgrind (Debian: valgrind) and the binaries under target/lambda, which
#   cargo lambda build --release --x86-64 --package fn-sessions --package fn-mail-worker
# makes. Instructions are counted, not timed, so the figure is the same on a busy machine. The table is given an https address
# that refuses the connection: the set-up of TLS and the attempt to connect are in the figure, the handshake is not.
set -euo pipefail
cd "$(dirname "$0")/../.."
functions=("$@")
[ ${#functions[@]} -gt 0 ] || functions=(sessions mail-worker)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A runtime that never has work: the first question for it ends the measurement.
cat > "$work/runtime.py" <<'PY'
import http.server, os, signal, sys
class Runtime(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        os.kill(int(open(sys.argv[1]).read()), signal.SIGTERM)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Runtime)
print(server.server_port, flush=True)
server.serve_forever()
PY

printf '%-16s %12s %14s\n' function 'size (MB)' 'instructions'
for function in "${functions[@]}"; do
    binary=target/lambda/$function/bootstrap
    [ -x "$binary" ] || { echo "$binary is missing; build it first (see the head of this script)" >&2; exit 1; }
    : > "$work/pid"
    exec 3< <(exec python3 "$work/runtime.py" "$work/pid")
    runtime=$!
    read -r port <&3
    env -i PATH="$PATH" AWS_LAMBDA_RUNTIME_API=127.0.0.1:"$port" AWS_LAMBDA_FUNCTION_NAME="$function" AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 \
        AWS_LAMBDA_FUNCTION_VERSION=1 AWS_LAMBDA_LOG_STREAM_NAME=x AWS_LAMBDA_LOG_GROUP_NAME=x \
        AWS_REGION=eu-north-1 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_ENDPOINT_URL_DYNAMODB=https://127.0.0.1:9 \
        TABLE_ACCOUNTS=a TABLE_ORGANISATIONS=a TABLE_OPERATIONS=a TABLE_CATALOGUE=a TABLE_AUDIT=a BUCKET_FILES=b BUCKET_EXPORTS=b QUEUE_MAIL=q QUEUE_EXPORT=q QUEUE_DELETION=q QUEUE_BULK=q \
        PUBLIC_URL=https://provost.example MAIL_TRANSPORT=ses MAIL_FROM=a@provost.example KEYS_PARAMETER_PREFIX=/provost/keys PUBLIC_KEYS='{"keys":[]}' \
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" > "$work/out" 2>&1 &
    echo $! > "$work/pid"
    wait $! 2>/dev/null || true
    kill "$runtime" 2>/dev/null || true
    exec 3<&-
    instructions=$(grep -oE 'Collected *: *[0-9]+' "$work/out" | grep -oE '[0-9]+' || true)
    [ -n "$instructions" ] || { echo "$function did not ask for work:" >&2; tail -5 "$work/out" >&2; exit 1; }
    size=$(stat -c %s "$binary")
    printf '%-16s %12s %14s\n' "$function" "$(awk "BEGIN { printf \"%.2f\", $size / 1e6 }")" "$instructions"
done
