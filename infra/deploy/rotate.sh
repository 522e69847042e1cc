#!/usr/bin/env bash
# Rotates a signing key of a deployment without signing users out, in three steps with a wait between them:
#
#   infra/deploy/rotate.sh STACK KEY begin     creates the next key and publishes its public half
#   infra/deploy/rotate.sh STACK KEY switch    signs with the next key; at least 10 minutes after begin
#   infra/deploy/rotate.sh STACK KEY finish    no longer accepts the old key; see below for when
#
# KEY is session, link, receipt or audit. Finish session 20 minutes after the switch (a token lives ten, functions read a key every five), and
# link when the longest link has expired: the grace period of a deletion, 14 days unless the settings say otherwise. A receipt or a
# checkpoint of the audit log is checked years later, so finishing receipt or audit keeps the old public key and only forgets the name
# of the next one.
#
# After a leak, run the three steps at once. All users sign in again, and links in emails no longer work.
#
# Each step deploys the parameters, not new code. Needs what infra/deploy/deploy.sh needs; the parameters are in deployments/STACK.yaml.
set -euo pipefail
cd "$(dirname "$0")/../.."
usage() { echo "usage: infra/deploy/rotate.sh STACK session|link|receipt|audit begin|switch|finish" >&2; exit 2; }
[ $# = 3 ] || usage
stack=$1 key=$2 step=$3
case $key in session | link | receipt | audit) ;; *) usage ;; esac
parameters=deployments/$stack.yaml
[ -s "$parameters" ] || { echo "rotate.sh: $parameters is missing. infra/deploy/deploy.sh --stack $stack writes it." >&2; exit 1; }
prefix=$(jq -r '.KeysParameterPrefix // empty' "$parameters")

umask 077
private=$(mktemp)
trap 'rm -f "$private"' EXIT
# copy FROM TO: a key from one parameter to another, never as an argument of a process
copy() {
    aws ssm get-parameter --name "$prefix/$1" --with-decryption --output json |
        jq --arg name "$prefix/$2" '{Name: $name, Type: "SecureString", Overwrite: true, Value: .Parameter.Value}' > "$private"
    aws ssm put-parameter --cli-input-json "file://$private" --output text > /dev/null
}
has_next() { [ -n "$(aws ssm get-parameters --names "$prefix/$key-next" --query 'Parameters[].Name' --output text)" ]; }
deploy() { infra/deploy/deploy.sh --stack "$stack" --parameters-only; }

case $step in
begin)
    ! has_next || { echo "rotate.sh: a rotation of $key has begun already; switch or finish it first." >&2; exit 1; }
    openssl genpkey -algorithm ed25519 -outform DER | openssl base64 -A |
        jq -Rs --arg name "$prefix/$key-next" '{Name: $name, Type: "SecureString", Overwrite: false, Value: .}' > "$private"
    aws ssm put-parameter --cli-input-json "file://$private" --output text > /dev/null
    deploy
    echo "The next $key key is published. Wait ten minutes, so that every verifier has it, then: infra/deploy/rotate.sh $stack $key switch"
    ;;
switch)
    has_next || { echo "rotate.sh: there is no next key; begin first." >&2; exit 1; }
    copy "$key-next" "$key"
    echo "Functions sign with the new $key key within five minutes. Then: infra/deploy/rotate.sh $stack $key finish"
    ;;
finish)
    has_next || { echo "rotate.sh: there is no rotation of $key to finish." >&2; exit 1; }
    live=$(infra/deploy/keys.sh "$prefix")
    current=$(jq -r --arg key "$key" '[.keys[] | select(.kid | startswith($key + "-"))] | unique_by(.kid) | map(.kid) | join(" ")' <<< "$live")
    case $current in *' '*) echo "rotate.sh: the next key does not sign yet; switch first." >&2; exit 1 ;; esac
    aws ssm delete-parameter --name "$prefix/$key-next"
    if [ "$key" != receipt ] && [ "$key" != audit ]; then
        jq --arg key "$key" --arg current "$current" \
            '.PublicKeys |= (fromjson | .keys |= map(select((.kid | startswith($key + "-") | not) or .kid == $current)) | tojson)' \
            "$parameters" > "$parameters.new" && mv "$parameters.new" "$parameters"
    fi
    deploy
    echo "The old $key key is no longer accepted."
    ;;
*) usage ;;
esac
