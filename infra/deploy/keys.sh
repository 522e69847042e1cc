#!/usr/bin/env bash
# Makes the private keys of a deployment in SSM, once, and prints the public halves as a JSON Web Key Set: the value of the template's
# parameter PublicKeys. Run again it changes nothing and prints the same set.
#
#   infra/deploy/keys.sh [PREFIX]        PREFIX defaults to /provost/keys, as in template.yaml; needs the AWS CLI and openssl
#
# session, link and receipt are Ed25519 keys, base64 of PKCS#8; cursor is 32 random bytes in base64, which seal the lists' cursors.
# Stripe's two are not made but given by Stripe; README.md beside this file says how they come in.
set -euo pipefail
prefix=${1:-/provost/keys}

read_key() { aws ssm get-parameter --name "$prefix/$1" --with-decryption --query Parameter.Value --output text 2>/dev/null; }
keep_key() { aws ssm put-parameter --name "$prefix/$1" --type SecureString --value "$2" --no-overwrite --output text > /dev/null; }

[ -n "$(read_key cursor)" ] || keep_key cursor "$(openssl rand -base64 32)"

keys=()
for name in session link receipt; do
    [ -n "$(read_key "$name")" ] || keep_key "$name" "$(openssl genpkey -algorithm ed25519 -outform DER | base64 --wrap=0)"
    # The last 32 bytes of the public key's DER form are the point. The key's id is its purpose and the beginning of the point's SHA-256.
    point=$(mktemp)
    read_key "$name" | base64 --decode | openssl pkey -inform DER -pubout -outform DER | tail -c 32 > "$point"
    kid=$name-$(sha256sum "$point" | cut -c 1-12)
    x=$(basenc --base64url --wrap=0 "$point" | tr -d '=')
    rm "$point"
    keys+=("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"kid\":\"$kid\",\"x\":\"$x\"}")
done
(IFS=,; echo "{\"keys\":[${keys[*]}]}")
