#!/usr/bin/env bash
# Searches every table, bucket and queue of a deployment for words, and fails when one is found: no data of an erased user may be left.
#
#   infra/deploy/leftovers.sh STACK WORD…
#
# It reads every item, so use it only for a deployment on loopback.
set -euo pipefail
stack=${1:?the name of the stack}; shift
eval "$("$(dirname "$0")/environment.sh" "$stack")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/found"

# look WHERE FILTER WORD…: applies the filter to $work/answer, and records the lines that contain a word
look() {
    local where=$1 filter=$2 line word
    shift 2
    jq -c "$filter" "$work/answer" > "$work/lines"
    for word in "$@"; do
        { grep -iF -- "$word" "$work/lines" || true; } | while IFS= read -r line; do echo "$word is left in $where: ${line:0:300}"; done >> "$work/found"
    done
}

for table in "$TABLE_ACCOUNTS" "$TABLE_ORGANISATIONS" "$TABLE_OPERATIONS" "$TABLE_CATALOGUE" "$TABLE_AUDIT"; do
    aws dynamodb scan --table-name "$table" --output json > "$work/answer"
    look "$table" '.Items[]' "$@"
done
for bucket in "$BUCKET_FILES" "$BUCKET_EXPORTS"; do
    # Versions too: a delete in a versioned bucket only hides the object. And incomplete uploads.
    aws s3api list-object-versions --bucket "$bucket" --output json > "$work/answer"
    look "$bucket" '(.Versions // [])[], (.DeleteMarkers // [])[]' "$@"
    aws s3api list-multipart-uploads --bucket "$bucket" --output json > "$work/answer"
    look "$bucket" '(.Uploads // [])[]' "$@"
done
for queue in "$QUEUE_MAIL" "$QUEUE_EXPORT" "$QUEUE_DELETION" "$QUEUE_BULK"; do
    # Version 1 of the AWS CLI does not read AWS_ENDPOINT_URL for queues.
    aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} sqs receive-message --queue-url "$queue" \
        --max-number-of-messages 10 --visibility-timeout 0 --output json > "$work/answer"
    look "$queue" '(.Messages // [])[]' "$@"
done

if [ -s "$work/found" ]; then cat "$work/found"; exit 1; fi
echo "no table, bucket or queue holds any of $# words"
