#!/usr/bin/env bash
# Rehearses an upgrade from the last release, with data in the tables, on an emulator of AWS on loopback:
#
#   infra/deploy/upgrade.sh [--quick | --built] [--keep]      as infra/deploy/ministack.sh
#
# 1. The tables, buckets and queues of the last release (infra/releases/VERSION/data.yaml) are deployed and filled with its recorded items.
# 2. infra/deploy/deploy.sh updates that stack to the working tree. This must not change any item or object.
# 3. infra/releases/backfill.sh is run, if this release has one: it adds data that items lack.
# 4. The recorded user signs in, is found, and is exported; a recorded deletion is still held; the core workflow succeeds.
#
# The functions of the last release are not part of it: their code is under the release's tag. tests/tests/platform/contract/releases.rs
# tests the same items with every function, and infra/lint/lint.sh rejects what one update cannot do.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/deploy/emulator.sh
begin "$@"

release=$(find infra/releases -mindepth 1 -maxdepth 1 -type d | sed 's|.*/||' | sort -t . -k 1,1n -k 2,2n -k 3,3n | tail -1)
items=infra/releases/$release/items.json
say "deploy the tables, buckets and queues of $release"
cat > "$folder/release.yaml" <<END
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Data:
    Type: AWS::Serverless::Application
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: { Location: $root/infra/releases/$release/data.yaml }
END
"$sam/bin/sam" deploy --template-file "$folder/release.yaml" --stack-name "$stack" --resolve-s3 --no-progressbar \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-confirm-changeset > "$folder/sam.log" 2>&1 || { tail -60 "$folder/sam.log"; exit 1; }
aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text
"$sam/bin/python" infra/deploy/seed.py "$stack" "$items" write

# tables: prints the names of the tables, to check that none was replaced
tables() {
    local data
    data=$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id Data --query StackResourceDetail.PhysicalResourceId --output text)
    aws cloudformation list-stack-resources --stack-name "$data" --output json |
        jq -c '[.StackResourceSummaries[] | select(.ResourceType | test("Table$|Bucket$|Queue$")) | {(.LogicalResourceId): .PhysicalResourceId}] | add'
}
before=$(tables)

say "update the stack to the working tree"
deploy_everything
after=$(tables)
jq -ne --argjson before "$before" --argjson after "$after" '$before | to_entries | all(.value == $after[.key])' > /dev/null ||
    fail "the update replaced something: $before became $after"
echo "no table, bucket or queue was replaced"
"$sam/bin/python" infra/deploy/seed.py "$stack" "$items" check

if [ -x infra/releases/backfill.sh ]; then
    say "infra/releases/backfill.sh $stack"
    infra/releases/backfill.sh "$stack"
else
    echo "this release needs no backfill"
fi

create_root
say_where
. infra/deploy/calls.sh "$url"
trap 'rm -rf "$work"; stop_emulator' EXIT
user=$(jq -r .user "$items")

say "the recorded user signs in, and reads what is theirs"
# Every recorded user has the password of the tests (shared/testkit/src/people.rs).
token=$(sign_in "$(jq -r .email "$items")" "$(sed -n 's/^pub const PASSWORD: &str = "\(.*\)";/\1/p' shared/testkit/src/people.rs)")
call 200 GET /api/users/me | jq -c '{id, email, firstName, createdAt}'
for path in /api/apikeys/my /api/ssh-keys /api/organisations /api/mailbox/notifications /api/users/me/login-history /api/users/me/export-jobs; do
    printf '%s: ' "$path"
    call 200 GET "$path" | jq -c 'if type == "array" then length else (.pagination.total // (.data | length)) end'
done

say "staff read it too"
token=$(sign_in "$PROVOST_ROOT_EMAIL" "$PROVOST_ROOT_PASSWORD")
call 200 GET "/api/admin/users/$user" | jq -c '{id, status, portalTier}'
for list in users fraud-alerts verifications audit/logs deletions email/logs export-jobs; do
    printf '%s: ' "$list"
    call 200 GET "/api/admin/$list?limit=100" | jq -c '.pagination.total // (.data | length)'
done
held=$(jq -r .held "$items")
call 200 GET "/api/admin/deletions/$held" | jq -c '{id, status}'
call 423 POST "/api/admin/deletions/$held/expedite" '{"reason": "Now."}' | jq -c .code

say "the recorded user is exported, and a purge waits for Stripe"
job=$(call 202 POST "/api/admin/users/$user/export-job" '{"reason": "A copy."}' | jq -r .id)
wait_for 180 "/api/admin/export-jobs/$job" status completed "failed cancelled expired"
call 200 GET "/api/admin/export-jobs/$job" | jq -c '{id, status, size}'
deletion=$(call 202 DELETE "/api/admin/users/$user" '{"confirmDelete": true, "reason": "Asked for in writing."}' | jq -r .id)
# It has a paid subscription, and the emulator has no Stripe key: an account with a live subscription is not erased.
call 200 GET "/api/admin/deletions/$deletion" | jq -c '[.status, .blocked]'

say "infra/deploy/main-job.sh $url"
infra/deploy/main-job.sh "$url" > "$work/main-job.log" 2>&1 || { cat "$work/main-job.log"; exit 1; }
tail -1 "$work/main-job.log"
check_rights
