#!/usr/bin/env bash
# Restores the users' data of a deployment to a moment of the last 35 days, and erases again the accounts that were erased since, before anybody is
# served. docs/operations.md says what comes back, what does not, and what to do afterwards.
#
#   infra/deploy/restore.sh STACK MOMENT            all steps; MOMENT is in UTC, such as 2026-11-20T16:00:00Z
#   infra/deploy/restore.sh STACK MOMENT STEP       one step:
#
#   copy      restores accounts, organisations and operations into new tables; the tables in use are not changed
#   stop      stops every function: no requests are served, and no account is erased without the replay
#   replay    carries the changes of deletion requests since the moment into the new tables: erasures, cancellations, legal holds
#   switch    points the functions at the new tables
#   start     lets the functions run again
#
# Every step may be interrupted and repeated. The names of the tables are kept in deployments/STACK.restore.json until the next restore.
# Needs what infra/deploy/deploy.sh needs. The deployed release must have the parameters `Restored…`: if it is older, deploy a newer one first.
set -euo pipefail
cd "$(dirname "$0")/../.."
usage() { echo "usage: infra/deploy/restore.sh STACK MOMENT [copy|stop|replay|switch|start]; MOMENT such as 2026-11-20T16:00:00Z" >&2; exit 2; }
[ $# = 2 ] || [ $# = 3 ] || usage
stack=$1 moment=$2
[[ $moment =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$ ]] || usage
record=deployments/$stack.restore.json
say() { printf '\n== %s\n' "$*"; }
# table NAME source|target: the table that is restored, or the one that it is restored to
table() { jq -re ".$1.$2" "$record"; }
functions() {
    aws cloudformation list-stack-resources --stack-name "$stack" --output json |
        jq -r '.StackResourceSummaries[] | select(.ResourceType == "AWS::Lambda::Function") | .PhysicalResourceId'
}
# wait_active TABLE: waits until it can be used; a restore takes minutes, or hours for a large table
wait_active() {
    until [ "$(aws dynamodb describe-table --table-name "$1" --query Table.TableStatus --output text)" = ACTIVE ]; do sleep 5; done
}

copy() {
    if [ "$(jq -r '.moment // empty' "$record" 2> /dev/null)" != "$moment" ]; then
        mkdir -p deployments
        (
            variables=$(infra/deploy/environment.sh "$stack")
            eval "$variables"
            suffix=restored-$(printf '%s' "$moment" | tr -d ':-')
            jq -n --arg moment "$moment" --arg suffix "$suffix" \
                '{moment: $moment} + ({accounts: env.TABLE_ACCOUNTS, organisations: env.TABLE_ORGANISATIONS, operations: env.TABLE_OPERATIONS}
                 | map_values({source: ., target: "\(.)-\($suffix)"}))' > "$record.new"
        )
        mv "$record.new" "$record"
    fi
    local name from to
    for name in accounts organisations operations; do
        from=$(table $name source) to=$(table $name target)
        if ! aws dynamodb describe-table --table-name "$to" > /dev/null 2>&1; then
            aws dynamodb restore-table-to-point-in-time --source-table-name "$from" --target-table-name "$to" --restore-date-time "$moment" > /dev/null
        fi
    done
    for name in accounts organisations operations; do
        to=$(table $name target)
        wait_active "$to"
        # A restored table has none of these.
        aws dynamodb update-table --table-name "$to" --deletion-protection-enabled > /dev/null
        wait_active "$to"
        aws dynamodb update-time-to-live --table-name "$to" --time-to-live-specification Enabled=true,AttributeName=ttl > /dev/null 2>&1 ||
            [ "$(aws dynamodb describe-time-to-live --table-name "$to" --query TimeToLiveDescription.AttributeName --output text)" = ttl ]
        echo "$to is as $(table $name source) was at $moment"
    done
    stream accounts NEW_AND_OLD_IMAGES
    stream operations NEW_IMAGE
}
# stream NAME VIEW: gives a restored table its stream, unless it has one
stream() {
    local to
    to=$(table "$1" target)
    [ "$(aws dynamodb describe-table --table-name "$to" --query Table.StreamSpecification.StreamEnabled --output text)" = True ] ||
        aws dynamodb update-table --table-name "$to" --stream-specification "StreamEnabled=true,StreamViewType=$2" > /dev/null
    wait_active "$to"
}

stop() {
    local function
    for function in $(functions); do
        aws lambda put-function-concurrency --function-name "$function" --reserved-concurrent-executions 0 > /dev/null
    done
    echo "No function of $stack runs."
}

replay() {
    (
        variables=$(infra/deploy/environment.sh "$stack")
        eval "$variables"
        # Also when the functions use the restored tables already: the receipts are in the tables in which the erasures were carried out.
        TABLE_ACCOUNTS=$(table accounts source) TABLE_ORGANISATIONS=$(table organisations source) TABLE_OPERATIONS=$(table operations source)
        export TABLE_ACCOUNTS TABLE_ORGANISATIONS TABLE_OPERATIONS
        cargo run --quiet -- replay-erasures --since "$moment" \
            --accounts "$(table accounts target)" --organisations "$(table organisations target)" --operations "$(table operations target)"
    )
}

switch() {
    local name options=()
    # Backups of the new tables begin here, after the replay, so that none of them contains an erased user.
    for name in accounts organisations operations; do
        aws dynamodb update-continuous-backups --table-name "$(table $name target)" \
            --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true > /dev/null
    done
    options+=(--set "RestoredAccountsTable=$(table accounts target)" --set "RestoredOrganisationsTable=$(table organisations target)")
    options+=(--set "RestoredOperationsTable=$(table operations target)")
    options+=(--set "RestoredOperationsStream=$(aws dynamodb describe-table --table-name "$(table operations target)" --query Table.LatestStreamArn --output text)")
    infra/deploy/deploy.sh --stack "$stack" --parameters-only "${options[@]}"
}

start() {
    local function
    for function in $(functions); do aws lambda delete-function-concurrency --function-name "$function"; done
    echo "The functions of $stack run again."
}

if [ $# = 2 ]; then steps="copy stop replay switch start"; else steps=$3; fi
for step in $steps; do
    case $step in copy | stop | replay | switch | start) ;; *) usage ;; esac
    [ "$step" = copy ] || [ "$(jq -r '.moment // empty' "$record" 2> /dev/null)" = "$moment" ] ||
        { echo "restore.sh: no restore of $stack to $moment has begun; begin with the step copy." >&2; exit 1; }
    say "$step"
    $step
done
