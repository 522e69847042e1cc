#!/usr/bin/env bash
# Makes the private keys of a deployment in SSM, once, and prints the public halves as a JSON Web Key Set: the value of the template's
# parameter PublicKeys. Run again it changes nothing and prints the same set.
#
#   infra/deploy/keys.sh [PREFIX]        PREFIX defaults to /provost/keys, as in template.yaml; needs the AWS CLI and openssl
#
# session, link and receipt are Ed25519 keys in PKCS#8 PEM; cursor is 32 random bytes in base64, which sign and open the lists' cursors.
set -euo pipefail
prefix=${1:-/provost/keys}

read_key() { aws ssm get-parameter --name "$prefix/$1" --with-decryption --query Parameter.Value --output text 2>/dev/null; }
keep_key() { aws ssm put-parameter --name "$prefix/$1" --type SecureString --value "$2" --no-overwrite --output text > /dev/null; }
base64url() { basenc --base64url --wrap=0 | tr -d '='; }

[ -n "$(read_key cursor)" ] || keep_key cursor "$(openssl rand -base64 32)"

keys=()
for name in session link receipt; do
    [ -n "$(read_key "$name")" ] || keep_key "$name" "$(openssl genpkey -algorithm ed25519)"
    # The last 32 bytes of the DER form are the public key itself; the key's id is the thumbprint of RFC 7638.
    x=$(read_key "$name" | openssl pkey -pubout -outform DER | tail -c 32 | base64url)
    kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url)
    keys+=("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"use\":\"sig\",\"kid\":\"$kid\",\"purpose\":\"$name\",\"x\":\"$x\"}")
done
(IFS=,; echo "{\"keys\":[${keys[*]}]}")
