# Calling a deployment from outside: for scripts that are given its URL as their first argument. Sourced, not run.
# shellcheck shell=bash disable=SC2034
url=${1%/}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The access token of the calls; none when it is empty.
token=

# The three below use openssl, since base64, basenc and sha256sum take other options, or are missing, on systems without GNU tools.
# sha256 FILE: its digest in hexadecimal
sha256() { openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1; }
# base64_of FILE: one line
base64_of() { openssl base64 -A -in "$1"; }
# base64url_decode TEXT: the bytes of unpadded base64url (RFC 7515, appendix C)
base64url_decode() {
    local text=$1
    while [ $((${#text} % 4)) -ne 0 ]; do text="$text="; done
    printf '%s' "$text" | tr '_-' '/+' | openssl base64 -d -A
}

step() { printf '\n-- %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; [ -s "$work/body" ] && cat "$work/body" >&2; exit 1; }

# call STATUS METHOD PATH [BODY]: prints the response body; fails on any other status. STATUS may be a pattern, such as 20?
call() {
    local want=$1 method=$2 path=$3 got
    local arguments=(--silent --show-error --max-time 60 --request "$method" --output "$work/body" --dump-header "$work/headers" --write-out '%{http_code}')
    if [ -n "$token" ]; then
        (umask 077; printf 'authorization: Bearer %s\n' "$token" > "$work/authorization")
        arguments+=(--header "@$work/authorization")
    fi
    [ $# -lt 4 ] || arguments+=(--header 'content-type: application/json' --data @-)
    case $path in http*) ;; *) path=$url$path ;; esac
    # Body and token are passed by standard input and file: other users can read the arguments of a process.
    got=$(printf '%s' "${4:-}" | curl "${arguments[@]}" "$path")
    # shellcheck disable=SC2053
    [[ $got == $want ]] || fail "$method ${path%%\?*} answered $got, not $want"
    cat "$work/body"
}
# header NAME: the value of a header of the last response; NAME in lower case
header() { tr -d '\r' < "$work/headers" | awk -v name="$1" 'tolower(substr($0, 1, length(name) + 2)) == name ": " { value = substr($0, length(name) + 3) } END { print value }'; }

# wait_for SECONDS PATH FIELD VALUE BAD: polls until the field has the value; fails when it has one of BAD
wait_for() {
    local until=$((SECONDS + $1)) now
    while :; do
        now=$(call 200 GET "$2" | jq -r ".$3")
        [ "$now" != "$4" ] || return 0
        [[ ! " $5 " == *" $now "* ]] || fail "$2: $3 is $now"
        [ $SECONDS -lt $until ] || fail "$2: $3 is still $now after $1 s"
        sleep 1
    done
}

sign_in() { call 200 POST /api/sessions/login "$(jq -n --arg email "$1" --arg password "$2" '{email: $email, password: $password}')" | jq -r .accessToken; }
