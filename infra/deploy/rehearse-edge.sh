#!/usr/bin/env bash
# Rehearses infra/deploy/edge.sh on an emulator of AWS on loopback:
#
#   infra/deploy/rehearse-edge.sh [--quick | --built] [--keep]      as infra/deploy/ministack.sh
#
# The template of CloudFront and WAF is deployed, the secret between CloudFront and the API is changed, and the API is opened again.
# The emulator does not carry requests from CloudFront to the API, so this sends what CloudFront would: the secret that its template
# holds, and the viewer's address.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/deploy/emulator.sh
begin "$@"
deploy_everything
direct=$url

# secret: what CloudFront sends now
secret() {
    local distribution
    distribution=$(aws cloudfront list-distributions --query 'DistributionList.Items[0].Id' --output text)
    aws cloudfront get-distribution-config --id "$distribution" \
        --query 'DistributionConfig.Origins.Items[0].CustomHeaders.Items[0].HeaderValue' --output text
}
# answers STATUS WHAT [SECRET]: what the API answers to a request that has this secret, or none
answers() {
    local got headers="header = \"x-viewer-address: 198.51.100.7\""
    [ $# -lt 3 ] || headers="$headers"$'\n'"header = \"x-origin-secret: $3\""
    got=$(printf '%s\n' "$headers" | curl --silent --output /dev/null --write-out '%{http_code}' --config - "$direct/api/health")
    [ "$got" = "$1" ] || fail "$2: GET /api/health answered $got, not $1"
    echo "$2: GET /api/health answers $got"
}
# edge OPTION…: edge.sh, and what the emulator leaves undone after the deployment in it
edge() {
    say "infra/deploy/edge.sh $stack $*"
    infra/deploy/edge.sh "$stack" "$@" > "$folder/edge.log" 2>&1 || { tail -40 "$folder/edge.log"; exit 1; }
    tail -1 "$folder/edge.log"
    finish_deployment
}

answers 200 "without CloudFront"
edge
first=$(secret)
answers 403 "around CloudFront"
answers 403 "with a guessed secret" "$(openssl rand -hex 32)"
answers 200 "through CloudFront" "$first"
edge --rotate
second=$(secret)
[ "$first" != "$second" ] || fail "CloudFront still sends the first secret"
answers 200 "through CloudFront, where the first secret is still sent" "$first"
answers 200 "through CloudFront, where the second is" "$second"
edge --finish
answers 403 "with the first secret" "$first"
answers 200 "through CloudFront" "$second"
edge --open
answers 200 "without CloudFront"
check_rights
