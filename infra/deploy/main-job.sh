#!/usr/bin/env bash
# The core workflow, from outside, with curl and standard tools: a staff member signs in, finds a user, exports their data, shares the
# archive by a one-time link, and follows the user's deletion to its receipt.
#
#   infra/deploy/main-job.sh URL         against any deployment, the local stack included; it needs a root account:
#                                        PROVOST_ROOT_EMAIL and PROVOST_ROOT_PASSWORD
#
# It creates its own user and leaves no data behind. Needs curl, jq, age, unzip and openssl (3.0 or newer).
set -euo pipefail
. "$(dirname "$0")/calls.sh"

step "root signs in"
root=$(sign_in "$PROVOST_ROOT_EMAIL" "$PROVOST_ROOT_PASSWORD")

step "a person registers"
tag=$(openssl rand -hex 6)
email=ada.$tag@example.test password="Correct-Horse-${tag}!"
person=$(call 201 POST /api/users/register "$(jq -n --arg email "$email" --arg password "$password" --arg last "Lovelace$tag" \
    '{email: $email, password: $password, firstName: "Ada", lastName: $last, dateOfBirth: "1990-12-10", billingCountry: "NO"}')" | jq -r .id)
echo "$person"

token=$root
step "root finds them among the users"
# The user index follows within seconds.
wait_for 60 "/api/admin/users?search=ada.$tag" pagination.total 1 ""
found=$(call 200 GET "/api/admin/users?search=ada.$tag" | jq -r '.data[].id')
[ "$found" = "$person" ] || fail "searching found '$found'"
call 200 GET "/api/admin/users/$person" | jq -c '{id, email, status, createdAt}'

step "root exports their data"
job=$(call 202 POST "/api/admin/users/$person/export-job" '{}')
identity=$(jq -r .identity <<< "$job") job=$(jq -r .id <<< "$job")
wait_for 180 "/api/admin/export-jobs/$job" status completed "failed cancelled expired"
call 200 GET "/api/admin/export-jobs/$job" | jq -c '{id, status, size, sha256, expiresAt}'
digest=$(jq -r .sha256 "$work/body")

step "root shares it by a link for one download"
link=$(call 201 POST "/api/admin/export-jobs/$job/share-link" '{"expiresInHours": 24, "maxDownloads": 1}' | jq -r .url)
echo "${link%/*}/…"

token=
step "a third party looks at the page, which uses nothing up, and downloads once"
call 200 GET "$link" > /dev/null
call 200 GET "$link" > /dev/null
call 303 POST "$link" '{}' > /dev/null
curl --silent --show-error --fail --output "$work/archive.zip.age" "$(header location)"
call 410 POST "$link" '{}' | jq -c '{status, code}'
[ "$(sha256 "$work/archive.zip.age")" = "$digest" ] || fail "the archive is not the one that was built"

step "the stock age tool opens it, and every member is what the manifest says"
(umask 077; echo "$identity" > "$work/identity")
age --decrypt --identity "$work/identity" --output "$work/archive.zip" "$work/archive.zip.age"
unzip -tq "$work/archive.zip"
unzip -q "$work/archive.zip" -d "$work/archive"
while IFS=$'\t' read -r want member; do
    [ "$(sha256 "$work/archive/$member")" = "$want" ] || fail "the manifest gives another SHA-256 for $member"
done < <(jq -r '.members[] | "\(.sha256)\t\(.name)"' "$work/archive/manifest.json")
ls "$work/archive"
grep -rqs "$email" "$work/archive" || fail "the archive does not hold the person's address"

step "the person asks for their deletion"
token=$(sign_in "$email" "$password")
request=$(call '20?' POST /api/users/me/deletion-request '{}' | jq -r .id)
token=$root
call 200 GET "/api/admin/deletions/$request" | jq -c '{id, status, dueAt}'

step "root expedites it and waits for the receipt"
call 202 POST "/api/admin/deletions/$request/expedite" '{"reason": "asked for by the person in writing"}' > /dev/null
wait_for 180 "/api/admin/deletions/$request" status erased "blocked cancelled"
call 200 GET "/api/admin/deletions/$request/receipt" | jq .decoded

step "the receipt's signature holds"
IFS=. read -r head claims signature <<< "$(jq -r .receipt "$work/body")"
printf '%s.%s' "$head" "$claims" > "$work/signed"
base64url_decode "$signature" > "$work/signature"
# An Ed25519 public key in DER is this prefix and the 32 bytes of the point.
{ printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; base64url_decode "$(jq -r .publicKey.x "$work/body")"; } > "$work/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/signed" -sigfile "$work/signature"

step "nothing is left to find"
call 404 GET "/api/admin/users/$person" > /dev/null
call 404 GET "/api/admin/export-jobs/$job/download" > /dev/null
wait_for 60 "/api/admin/users?search=ada.$tag" pagination.total 0 ""
token=
call 401 POST /api/sessions/login "$(jq -n --arg email "$email" --arg password "$password" '{email: $email, password: $password}')" > /dev/null

printf '\nThe main job is done.\n'
echo "$person $tag" > "${MAIN_JOB_LEFT:-/dev/null}"
