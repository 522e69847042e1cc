#!/usr/bin/env bash
# Creates the private keys of a deployment in SSM, once, and prints the public halves as a JSON Web Key Set: the value of the
# template's parameter PublicKeys. Running it again changes nothing and prints the same set.
#
#   infra/deploy/keys.sh [PREFIX]        PREFIX defaults to /provost/keys, as in template.yaml
#
# session, link, receipt and audit are Ed25519 keys, base64 of PKCS#8; cursor and storage are 32 random bytes in base64,
# which seal the cursors of lists and the secrets of storage buckets.
# Stripe's two keys come from Stripe; README.md beside this file says how to store them.
# Needs the AWS CLI, jq and OpenSSL 1.1.1 or newer. No key is ever an argument of a process, where other users could read it.
set -euo pipefail
prefix=${1:-/provost/keys}

command -v jq > /dev/null || { echo "keys.sh: please install jq." >&2; exit 1; }
openssl genpkey -algorithm ed25519 > /dev/null 2>&1 || {
    echo "keys.sh: this openssl has no Ed25519 ($(openssl version)). Install OpenSSL 1.1.1 or newer; on macOS: brew install openssl, and put it first in PATH." >&2
    exit 1
}

read_key() { aws ssm get-parameter --name "$prefix/$1" --with-decryption --query Parameter.Value --output text; }
exists() { [ -n "$(aws ssm get-parameters --names "$prefix/$1" --query 'Parameters[].Name' --output text)" ]; }
umask 077
input=$(mktemp)
trap 'rm -f "$input"' EXIT
# keep_key NAME: stores the key from standard input. The AWS CLI reads its input twice, so a pipe does not work.
keep_key() {
    jq -Rs --arg name "$prefix/$1" '{Name: $name, Type: "SecureString", Overwrite: false, Value: rtrimstr("\n")}' > "$input"
    aws ssm put-parameter --cli-input-json "file://$input" --output text > /dev/null
}

exists cursor || openssl rand -base64 32 | keep_key cursor
exists storage || openssl rand -base64 32 | keep_key storage

keys=
# A next key exists while one is being rotated (rotate.sh): its public half is published before it signs.
for parameter in session session-next link link-next receipt receipt-next audit audit-next; do
    name=${parameter%-next}
    if [ "$parameter" != "$name" ]; then
        exists "$parameter" || continue
    fi
    exists "$parameter" || openssl genpkey -algorithm ed25519 -outform DER | openssl base64 -A | keep_key "$parameter"
    # The last 32 bytes of the public key's DER form are the point. The key's id is its purpose and the beginning of the point's SHA-256.
    x=$(read_key "$parameter" | openssl base64 -d -A | openssl pkey -inform DER -pubout -outform DER | tail -c 32 | openssl base64 -A)
    kid=$name-$(printf '%s' "$x" | openssl base64 -d -A | openssl dgst -sha256 -r | cut -c 1-12)
    x=$(printf '%s' "$x" | tr '+/' '-_' | tr -d '=')
    keys="$keys${keys:+,}{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"kid\":\"$kid\",\"x\":\"$x\"}"
done
echo "{\"keys\":[$keys]}"
