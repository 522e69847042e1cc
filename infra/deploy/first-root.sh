#!/usr/bin/env bash
# Creates a root administrator of a deployment: registers the address like any user and promotes the account from the command line.
#
#   infra/deploy/first-root.sh STACK URL EMAIL
#
# The password comes from PROVOST_ROOT_PASSWORD; without it a new one is generated and shown once. An address that has an account already
# keeps its password and is only promoted.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# = 3 ] || { echo "usage: infra/deploy/first-root.sh STACK URL EMAIL" >&2; exit 2; }
stack=$1 url=${2%/} email=$3

made=
if [ -z "${PROVOST_ROOT_PASSWORD:-}" ]; then
    PROVOST_ROOT_PASSWORD=Aa1-$(openssl rand -hex 12)
    made=yes
fi
export PROVOST_ROOT_PASSWORD

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
# The body is passed by standard input: other users can read the arguments of a process.
status=$(EMAIL=$email jq -n '{email: env.EMAIL, password: env.PROVOST_ROOT_PASSWORD, firstName: "Root", lastName: "Administrator", dateOfBirth: "1980-01-01", billingCountry: "NO"}' |
    curl --silent --show-error --max-time 60 --output "$answer" --write-out '%{http_code}' --header 'content-type: application/json' --data @- "$url/api/users/register")
case $status in
201) ;;
409) made=; echo "This address has an account already; it keeps its password." ;;
*) echo "Registering failed with status $status:" >&2; cat "$answer" >&2; exit 1 ;;
esac
(
    variables=$(infra/deploy/environment.sh "$stack")
    eval "$variables"
    cargo run --quiet -- promote "$email" rootAdmin
)
if [ "$made" ]; then
    printf '\n  root account   %s\n  password       %s   (shown this once)\n\n' "$email" "$PROVOST_ROOT_PASSWORD"
fi
