#!/usr/bin/env bash
# Deploys this repository, as it would be deployed to AWS, to an emulator of AWS on loopback, and runs there what users and operators do:
# the core workflow, a tour of everything else, a rotation of the signing keys, a redrive, another root administrator, and the removal.
#
#   infra/deploy/ministack.sh            build the release zips for this machine, deploy, do all of it, stop
#   infra/deploy/ministack.sh --quick    the same with development builds
#   infra/deploy/ministack.sh --built    the same with what is under target/lambda already
#   infra/deploy/ministack.sh --keep …   leave the emulator running afterwards, without the removal, and print how to reach it
#
# Everything is deployed by infra/deploy/deploy.sh, nested stacks included; the functions are the real binaries, behind an HTTP API,
# queues, a stream and schedules, each with only the rights of its role: AUTH=true makes the emulator enforce IAM.
# Needs cargo, python3, openssl, jq, curl, unzip and age. The tools come from PyPI into target/tools. PORT (4599) is the emulator's.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/deploy/emulator.sh
begin "$@"
deploy_everything
create_root
say_where

say "infra/deploy/main-job.sh $url"
MAIN_JOB_LEFT=$folder/erased infra/deploy/main-job.sh "$url"

say "infra/deploy/tour.sh $url --throwaway"
infra/deploy/tour.sh "$url" --throwaway

say "look for what is left of the person"
# shellcheck disable=SC2046
infra/deploy/leftovers.sh "$stack" $(cat "$folder/erased")
check_rights

# sign_in: sets $token to a new access token of the root administrator
sign_in() {
    token=$(jq -n '{email: env.PROVOST_ROOT_EMAIL, password: env.PROVOST_ROOT_PASSWORD}' |
        curl --silent --show-error --fail --header 'content-type: application/json' --data @- "$url/api/sessions/login" | jq -r .accessToken)
}
# answers STATUS PATH: checks the API's status for $token
answers() {
    local got
    got=$(printf 'header = "authorization: Bearer %s"\n' "$token" | curl --silent --output /dev/null --write-out '%{http_code}' --config - "$url$2")
    [ "$got" = "$1" ] || fail "GET $2 answered $got, not $1"
    echo "GET $2 answers $got"
}
kids() { curl --silent --fail "$url/.well-known/jwks.json" | jq -c '[.keys[].kid] | sort'; }

say "rotate every signing key, as after a leak: without the waits"
sign_in
kids
for key in session link receipt audit; do
    for step in begin switch finish; do
        infra/deploy/rotate.sh "$stack" "$key" "$step" > "$folder/rotate.log" 2>&1 || { tail -60 "$folder/rotate.log"; exit 1; }
        tail -1 "$folder/rotate.log"
        finish_deployment
        case $key-$step in
        session-begin | session-switch) answers 200 /api/users/me ;;
        session-finish) answers 401 /api/users/me; sign_in; answers 200 /api/users/me ;;
        esac
    done
done
kids

say "infra/deploy/main-job.sh $url, with the new keys"
infra/deploy/main-job.sh "$url" > "$folder/main-job.log" 2>&1 || { cat "$folder/main-job.log"; exit 1; }
tail -1 "$folder/main-job.log"

say "a receipt that the old key signed is still verified"
sign_in
receipt=$(printf 'header = "authorization: Bearer %s"\n' "$token" | curl --silent --fail --config - "$url/api/admin/deletions?status=erased" | jq -r '.data[-1].id')
answers 200 "/api/admin/deletions/$receipt/receipt"
check_rights

say "a dead letter, and infra/deploy/redrive.sh $stack deletion"
function_of() { aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id "$1" --query StackResourceDetail.PhysicalResourceId --output text; }
sqs() { aws --endpoint-url "$AWS_ENDPOINT_URL" sqs "$@"; }
variable() { infra/deploy/environment.sh "$stack" | sed -n "s/^export $1='\(.*\)'$/\1/p"; }
worker=$(function_of DeletionWorker)
mapping=$(aws lambda list-event-source-mappings --function-name "$worker" --query 'EventSourceMappings[0].UUID' --output text)
queue=$(variable QUEUE_DELETION)
# An address may register five accounts an hour, and to the emulator all requests come from one: the counts are removed.
operations=$(variable TABLE_OPERATIONS)
aws dynamodb scan --table-name "$operations" --filter-expression 'begins_with(pk, :counts)' --projection-expression 'pk, sk' \
    --expression-attribute-values '{":counts": {"S": "THROTTLE#"}}' --output json | jq -c '.Items[]' |
    while read -r key; do aws dynamodb delete-item --table-name "$operations" --key "$key"; done
# The worker is off, and this receives its message as often as the queue allows, as if the worker had failed each time.
aws lambda update-event-source-mapping --uuid "$mapping" --no-enabled > /dev/null
person=$(jq -n --arg tag "$(openssl rand -hex 6)" '{email: "dead.\($tag)@example.test", password: "Correct-Horse-\($tag)!", firstName: "Dead", lastName: "Letter", dateOfBirth: "1990-12-10", billingCountry: "NO"}' |
    curl --silent --fail --header 'content-type: application/json' --data @- "$url/api/users/register" | jq -r .id)
deletion=$(printf 'header = "authorization: Bearer %s"\n' "$token" | curl --silent --fail --config - --request DELETE --header 'content-type: application/json' \
    --data '{"confirmDelete": true, "reason": "Asked for in writing."}' "$url/api/admin/users/$person" | jq -r .id)
dead=$(sqs get-queue-attributes --queue-url "$queue" --attribute-names RedrivePolicy --query Attributes.RedrivePolicy --output text | jq -r '.deadLetterTargetArn | split(":")[-1]')
dead=$(sqs get-queue-url --queue-name "$dead" --query QueueUrl --output text)
letters() { sqs get-queue-attributes --queue-url "$dead" --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages --output text; }
until [ "$(letters)" -gt 0 ]; do
    sqs receive-message --queue-url "$queue" --visibility-timeout 0 > /dev/null
    sleep 0.5
done
state() { printf 'header = "authorization: Bearer %s"\n' "$token" | curl --silent --fail --config - "$url/api/admin/deletions/$deletion" | jq -r .status; }
echo "the deletion is $(state), and its message is in the dead-letter queue"
aws lambda update-event-source-mapping --uuid "$mapping" --enabled > /dev/null
infra/deploy/redrive.sh "$stack" deletion
until [ "$(state)" = erased ]; do sleep 1; done
echo "the deletion is $(state); the dead-letter queue holds $(letters) messages"

say "the root password is lost: infra/deploy/first-root.sh $stack $url second@example.test"
(
    unset PROVOST_ROOT_PASSWORD
    infra/deploy/first-root.sh "$stack" "$url" second@example.test | tee "$folder/second-root" | sed 's/^\(  password *\).*/\1(shown once)/'
)
PROVOST_ROOT_EMAIL=second@example.test PROVOST_ROOT_PASSWORD=$(sed -n 's/^  password *\([^ ]*\).*/\1/p' "$folder/second-root")
rm "$folder/second-root"
sign_in
answers 200 "/api/admin/users?limit=1"
check_rights

[ "$keep" ] && exit
say "infra/deploy/remove.sh $stack"
infra/deploy/remove.sh "$stack"
echo "tables that are left: $(aws dynamodb list-tables --query 'length(TableNames)' --output text)"
say "infra/deploy/remove.sh $stack --delete-all-data-of $stack"
infra/deploy/remove.sh "$stack" --delete-all-data-of "$stack"
echo "tables that are left: $(aws dynamodb list-tables --query 'length(TableNames)' --output text)"
