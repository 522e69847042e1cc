#!/usr/bin/env bash
# Removes a deployment.
#
#   infra/deploy/remove.sh STACK                              removes functions, API and alarms; keeps tables, buckets, queues and keys
#   infra/deploy/remove.sh STACK --delete-all-data-of STACK   removes them too, for good: the name is repeated to prevent mistakes
#
# The second form also works after the first. Messages that wait in a queue are lost with it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
usage() { echo "usage: infra/deploy/remove.sh STACK [--delete-all-data-of STACK]" >&2; exit 2; }
case $# in
1) everything= ;;
3) { [ "$2" = --delete-all-data-of ] && [ "$3" = "$1" ]; } || usage; everything=yes ;;
*) usage ;;
esac
stack=$1
record=deployments/$stack.kept.json
say() { printf '\n== %s\n' "$*"; }
resources() { aws cloudformation list-stack-resources --stack-name "$1" --output json 2> /dev/null; }

# The kept resources are listed before the stack that knows them is deleted.
if data=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id Data --query StackResourceDetail.PhysicalResourceId --output text 2> /dev/null); then
    say "what will be kept"
    mkdir -p deployments
    resources "$data" | jq --arg stack "$data" '{dataStack: $stack,
        tables: [.StackResourceSummaries[] | select(.ResourceType == "AWS::DynamoDB::Table") | .PhysicalResourceId],
        buckets: [.StackResourceSummaries[] | select(.ResourceType == "AWS::S3::Bucket") | .PhysicalResourceId]}' > "$record"
    if [ -s "deployments/$stack.restore.json" ]; then
        jq --slurpfile restore "deployments/$stack.restore.json" '.tables += [$restore[0] | .accounts, .organisations, .operations | .target]' "$record" > "$record.new"
        mv "$record.new" "$record"
    fi
    jq . "$record"
    say "remove the stack $stack"
    aws cloudformation update-termination-protection --stack-name "$stack" --no-enable-termination-protection > /dev/null 2>&1 || true
    aws cloudformation delete-stack --stack-name "$stack"
    aws cloudformation wait stack-delete-complete --stack-name "$stack"
    echo "The stack $stack is gone."
fi
if [ -z "$everything" ]; then
    echo "Its tables, buckets, queues and keys are kept; $record lists them."
    echo "To delete them for good: infra/deploy/remove.sh $stack --delete-all-data-of $stack"
    exit
fi

[ -s "$record" ] || { echo "remove.sh: $record is missing, so nothing says which tables and buckets belong to $stack. Delete them in the console." >&2; exit 1; }
say "delete the tables"
for table in $(jq -r '.tables[]' "$record"); do
    aws dynamodb describe-table --table-name "$table" > /dev/null 2>&1 || continue
    aws dynamodb update-table --table-name "$table" --no-deletion-protection-enabled > /dev/null
    until [ "$(aws dynamodb describe-table --table-name "$table" --query Table.TableStatus --output text)" = ACTIVE ]; do sleep 2; done
    aws dynamodb delete-table --table-name "$table" > /dev/null
    echo "$table"
done
say "delete the buckets, with every version of every object"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for bucket in $(jq -r '.buckets[]' "$record"); do
    aws s3api head-bucket --bucket "$bucket" > /dev/null 2>&1 || continue
    while :; do
        aws s3api list-object-versions --bucket "$bucket" --max-items 500 --output json |
            jq '{Objects: [((.Versions // []) + (.DeleteMarkers // []))[] | {Key, VersionId}], Quiet: true}' > "$work/objects"
        [ "$(jq '.Objects | length' "$work/objects")" != 0 ] || break
        aws s3api delete-objects --bucket "$bucket" --delete "file://$work/objects" > /dev/null
    done
    aws s3api delete-bucket --bucket "$bucket"
    echo "$bucket"
done
say "delete what is left of the data stack: its queues"
data=$(jq -r .dataStack "$record")
aws cloudformation delete-stack --stack-name "$data"
aws cloudformation wait stack-delete-complete --stack-name "$data"
say "delete the keys"
prefix=$(jq -r '.KeysParameterPrefix // empty' "deployments/$stack.yaml" 2> /dev/null || true)
for parameter in $(aws ssm get-parameters-by-path --path "${prefix:-/$stack/keys}" --query 'Parameters[].Name' --output text); do
    aws ssm delete-parameter --name "$parameter"
    echo "$parameter"
done
rm -f "$record" "deployments/$stack.restore.json"
echo "Nothing of $stack is left, except receipts and archives that you keep elsewhere. deployments/$stack.yaml is yours to delete."
