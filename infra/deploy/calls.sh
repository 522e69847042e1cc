# Calling a deployment from outside: for scripts that are given its URL as their first argument. Sourced, not run.
# shellcheck shell=bash disable=SC2034
url=${1%/}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The access token that calls are made with; none when it is empty.
token=

step() { printf '\n-- %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; [ -s "$work/body" ] && cat "$work/body" >&2; exit 1; }

# call STATUS METHOD PATH [BODY]: the answer's body; fails on any other status. STATUS may be a pattern, such as 20?
call() {
    local want=$1 method=$2 path=$3 got
    local arguments=(--silent --show-error --max-time 60 --request "$method" --output "$work/body" --dump-header "$work/headers" --write-out '%{http_code}')
    [ -z "$token" ] || arguments+=(--header "authorization: Bearer $token")
    [ $# -lt 4 ] || arguments+=(--header 'content-type: application/json' --data "$4")
    case $path in http*) ;; *) path=$url$path ;; esac
    got=$(curl "${arguments[@]}" "$path")
    # shellcheck disable=SC2053
    [[ $got == $want ]] || fail "$method ${path%%\?*} answered $got, not $want"
    cat "$work/body"
}
header() { tr -d '\r' < "$work/headers" | sed -n "s/^$1: //Ip" | tail -1; }

# wait_for SECONDS PATH FIELD VALUE BAD: asks until the field has the value; fails when it has one of the BAD
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
