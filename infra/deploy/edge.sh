#!/usr/bin/env bash
# Puts CloudFront with AWS WAF in front of a deployment, and changes the secret between the two.
#
#   infra/deploy/edge.sh STACK                        a new secret, infra/edge.yaml in us-east-1 as STACK-edge, the deployment closed around it
#   infra/deploy/edge.sh STACK --domain admin.example.org --certificate arn:aws:acm:us-east-1:…
#   infra/deploy/edge.sh STACK --rotate               another secret, without rejecting requests in between
#   infra/deploy/edge.sh STACK --finish               remove the older secrets, once CloudFront sends the newest everywhere
#   infra/deploy/edge.sh STACK --open                 accept requests that bypass CloudFront
#
# deployments/STACK.yaml gets the digests; the secret is only in the edge stack. No secret is an argument of a process.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
stack=${1:?the name of the stack}; shift
action=begin domain="" certificate=""
while [ $# -gt 0 ]; do
    case $1 in
    --rotate) action=rotate; shift ;;
    --finish) action=finish; shift ;;
    --open) action=open; shift ;;
    --domain) domain=${2:?a domain name}; shift 2 ;;
    --certificate) certificate=${2:?an ARN}; shift 2 ;;
    *) echo "edge.sh: unknown option $1. See the head of the script." >&2; exit 2 ;;
    esac
done
parameters=deployments/$stack.yaml
[ -s "$parameters" ] || { echo "edge.sh: there is no $parameters. Deploy first: infra/deploy/deploy.sh --stack $stack --mail-from …" >&2; exit 1; }
digests=$(jq -r '.OriginDigests // empty' "$parameters")
deploy() { infra/deploy/deploy.sh --stack "$stack" --parameters-only "$@"; }
digest() { openssl dgst -sha256 -r | cut -d' ' -f1; }

case $action in
open)
    deploy --set OriginDigests= --set ViewerAddressHeader= --set CountryHeader=
    exit ;;
finish)
    deploy --set "OriginDigests=${digests##*,}"
    exit ;;
rotate)
    [ -n "$digests" ] || { echo "edge.sh: there is no secret yet. Run infra/deploy/edge.sh $stack." >&2; exit 1; }
    [[ $digests != *,* ]] || { echo "edge.sh: two secrets are accepted already. Run infra/deploy/edge.sh $stack --finish first." >&2; exit 1; } ;;
begin)
    [ -z "$digests" ] || { echo "edge.sh: there is a secret already. To change it: infra/deploy/edge.sh $stack --rotate." >&2; exit 1; } ;;
esac

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl rand -hex 32 | tr -d '\n' > "$work/secret"
new=$(digest < "$work/secret")
api=$(aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='ApiUrl'].OutputValue" --output text)

# The API accepts the new secret before CloudFront sends it.
[ $action = begin ] || deploy --set "OriginDigests=$digests,$new"
jq -n --rawfile secret "$work/secret" --arg api "${api#https://}" --arg domain "$domain" --arg certificate "$certificate" --arg action $action '
    [{ParameterKey: "ApiDomain", ParameterValue: $api}, {ParameterKey: "OriginSecret", ParameterValue: $secret}]
    + if $action == "begin" then [{ParameterKey: "Domain", ParameterValue: $domain}, {ParameterKey: "Certificate", ParameterValue: $certificate}]
      else [{ParameterKey: "Domain", UsePreviousValue: true}, {ParameterKey: "Certificate", UsePreviousValue: true},
            {ParameterKey: "RequestsPerFiveMinutes", UsePreviousValue: true}] end' > "$work/parameters.json"
edge() { aws cloudformation "$1" --region us-east-1 --stack-name "$stack-edge" "${@:2}"; }
if [ $action = begin ]; then
    edge create-stack --template-body file://infra/edge.yaml --parameters "file://$work/parameters.json" --output text
    aws cloudformation wait stack-create-complete --region us-east-1 --stack-name "$stack-edge"
else
    edge update-stack --template-body file://infra/edge.yaml --parameters "file://$work/parameters.json" --output text
    aws cloudformation wait stack-update-complete --region us-east-1 --stack-name "$stack-edge"
    echo "CloudFront sends the new secret. In ten minutes: infra/deploy/edge.sh $stack --finish"
    exit
fi
url=$(edge describe-stacks --query "Stacks[0].Outputs[?OutputKey=='Url'].OutputValue" --output text)
# Requests without the secret are rejected only now, when CloudFront sends it.
deploy --public-url "$url" --set "OriginDigests=$new" --set ViewerAddressHeader=X-Viewer-Address --set CountryHeader=CloudFront-Viewer-Country
echo "The API is reached at $url and nowhere else."
