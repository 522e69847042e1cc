#!/usr/bin/env bash
# Prints the environment of a deployment's functions as shell exports: names of tables, buckets and queues, addresses, public keys.
# With it and AWS credentials, the command line works on that deployment:
#
#   eval "$(infra/deploy/environment.sh provost)" && cargo run -- promote you@example.org rootAdmin
set -euo pipefail
stack=${1:?the name of the stack}
function=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id Accounts \
    --query StackResourceDetail.PhysicalResourceId --output text)
aws lambda get-function-configuration --function-name "$function" --query Environment.Variables --output json |
    jq -r 'to_entries[] | "export \(.key)=\(.value | @sh)"'
