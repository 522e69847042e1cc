#!/usr/bin/env bash
# Rehearses infra/deploy/restore.sh on an emulator of AWS on loopback:
#
#   infra/deploy/rehearse-restore.sh [--quick | --built] [--keep]      as infra/deploy/ministack.sh
#
# Ada and Bob exist at the restore point; afterwards Ada is erased and Cleo registers. The restore brings back the state at that point
# without Ada's data. The emulator restores a table to its present state, so the step `copy` runs at the restore point.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/deploy/emulator.sh
begin "$@"
rm -f "deployments/$stack.restore.json"
deploy_everything
create_root
say_where
. infra/deploy/calls.sh "$url"
trap 'rm -rf "$work"; stop_emulator' EXIT

tag=$(openssl rand -hex 6)
password="Correct-Horse-${tag}!"
register() {
    call 201 POST /api/users/register "$(jq -n --arg email "$1.$tag@example.test" --arg password "$password" --arg first "$1" --arg last "Lovelace$tag" \
        '{email: $email, password: $password, firstName: $first, lastName: $last, dateOfBirth: "1990-12-10", billingCountry: "NO"}')" | jq -r .id
}

say "Ada and Bob register; Ada has files, keys and an organisation"
ada=$(register ada)
bob=$(register bob)
token=$(sign_in "ada.$tag@example.test" "$password")
call 201 POST /api/apikeys '{"name": "ada"}' > /dev/null
call 201 POST /api/organisations "$(jq -n --arg handle "ada-$tag" '{name: "Ada alone", handle: $handle}')" > /dev/null
echo "$ada $bob"

moment=$(date -u +%Y-%m-%dT%H:%M:%SZ)
say "infra/deploy/restore.sh $stack $moment copy"
infra/deploy/restore.sh "$stack" "$moment" copy

say "after the moment: Ada is erased, Cleo registers"
token=$(sign_in "$PROVOST_ROOT_EMAIL" "$PROVOST_ROOT_PASSWORD")
deletion=$(call 202 DELETE "/api/admin/users/$ada" '{"confirmDelete": true, "reason": "Asked for in writing."}' | jq -r .id)
wait_for 180 "/api/admin/deletions/$deletion" status erased "blocked cancelled"
first=$(call 200 GET "/api/admin/deletions/$deletion" | jq -r .receipt)
cleo=$(token='' register cleo)
check_rights

say "infra/deploy/restore.sh $stack $moment stop"
infra/deploy/restore.sh "$stack" "$moment" stop
printf 'GET /api/health answers %s\n' "$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/api/health")"

say "infra/deploy/restore.sh $stack $moment replay, twice"
infra/deploy/restore.sh "$stack" "$moment" replay
infra/deploy/restore.sh "$stack" "$moment" replay

say "infra/deploy/restore.sh $stack $moment switch, and start"
infra/deploy/restore.sh "$stack" "$moment" switch > "$work/switch.log" 2>&1 || { tail -60 "$work/switch.log"; exit 1; }
finish_deployment
infra/deploy/restore.sh "$stack" "$moment" start
infra/deploy/environment.sh "$stack" | grep TABLE_

say "Bob is there, Ada is not, and Cleo came after the moment"
token=$(sign_in "bob.$tag@example.test" "$password")
call 200 GET /api/users/me | jq -c '[.id, .firstName]'
token=
call 401 POST /api/sessions/login "$(jq -n --arg email "ada.$tag@example.test" --arg password "$password" '{email: $email, password: $password}')" > /dev/null
token=$(sign_in "$PROVOST_ROOT_EMAIL" "$PROVOST_ROOT_PASSWORD")
call 404 GET "/api/admin/users/$ada" > /dev/null
call 404 GET "/api/admin/users/$cleo" > /dev/null
wait_for 60 "/api/admin/users?search=ada.$tag" pagination.total 0 ""
call 200 GET "/api/admin/deletions/$deletion/receipt" | jq -c .decoded
[ "$(call 200 GET "/api/admin/deletions/$deletion" | jq -r '.earlierReceipts[0]')" = "$first" ] || fail "the first receipt is lost"
echo "the first receipt is kept beside the second"
infra/deploy/leftovers.sh "$stack" "$ada" "ada.$tag"

say "infra/deploy/main-job.sh $url, in the restored tables"
infra/deploy/main-job.sh "$url" > "$work/main-job.log" 2>&1 || { cat "$work/main-job.log"; exit 1; }
tail -1 "$work/main-job.log"
check_rights
