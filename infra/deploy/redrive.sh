#!/usr/bin/env bash
# Sends the messages of a dead-letter queue to their queue again, once the cause is gone: infra/deploy/redrive.sh STACK QUEUE
#
# QUEUE is mail, export, deletion or bulk. Workers first check whether a message is still needed, so sending one twice does no harm.
set -euo pipefail
[ $# = 2 ] || { echo "usage: infra/deploy/redrive.sh STACK mail|export|deletion|bulk" >&2; exit 2; }
stack=$1
case $2 in
mail | export | deletion | bulk) name=$(printf '%s' "$2" | cut -c 1 | tr '[:lower:]' '[:upper:]')$(printf '%s' "$2" | cut -c 2-) ;;
*) echo "redrive.sh: QUEUE is mail, export, deletion or bulk, not $2." >&2; exit 2 ;;
esac
# Version 1 of the AWS CLI does not read AWS_ENDPOINT_URL for queues.
sqs() { aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} sqs "$@"; }
data=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id Data --query StackResourceDetail.PhysicalResourceId --output text)
url() { aws cloudformation describe-stack-resource --stack-name "$data" --logical-resource-id "$1" --query StackResourceDetail.PhysicalResourceId --output text; }
queue=$(url "${name}Queue") dead=$(url "${name}DeadLetters")
count() { sqs get-queue-attributes --queue-url "$dead" --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages --output text; }

echo "The dead-letter queue of $2 holds $(count) messages."
arn=$(sqs get-queue-attributes --queue-url "$dead" --attribute-names QueueArn --query Attributes.QueueArn --output text)
if [ -z "${AWS_ENDPOINT_URL:-}" ]; then
    sqs start-message-move-task --source-arn "$arn" > /dev/null
    until [ "$(sqs list-message-move-tasks --source-arn "$arn" --query 'Results[0].Status' --output text)" != RUNNING ]; do sleep 2; done
    sqs list-message-move-tasks --source-arn "$arn" --query 'Results[0]' --output json | jq -r '"\(.Status): \(.ApproximateNumberOfMessagesMoved) messages moved."'
    exit
fi
# Emulators have no tasks that move messages, so each is sent and then deleted: stopping the script in between leaves one message twice.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
moved=0
while sqs receive-message --queue-url "$dead" --max-number-of-messages 1 --output json > "$work/received" && [ -s "$work/received" ] && jq -e '.Messages[0]' "$work/received" > /dev/null; do
    jq -j '.Messages[0].Body' "$work/received" > "$work/body"
    sqs send-message --queue-url "$queue" --message-body "file://$work/body" > /dev/null
    sqs delete-message --queue-url "$dead" --receipt-handle "$(jq -r '.Messages[0].ReceiptHandle' "$work/received")"
    moved=$((moved + 1))
done
echo "COMPLETED: $moved messages moved."
