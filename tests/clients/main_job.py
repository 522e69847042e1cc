"""The main job with the generated Python client: find a user, export their data, share the archive, erase the account."""

import json
import os
import time
import uuid

import httpx
from provost_client import AuthenticatedClient, Client
from provost_client.api.accounts import register_user, request_account_deletion
from provost_client.api.deletions import expedite_deletion, get_deletion, get_deletion_receipt
from provost_client.api.directory import list_users
from provost_client.api.downloads import get_share_link, redeem_share_link
from provost_client.api.exports import create_export, create_share_link, get_export
from provost_client.api.sessions import login
from provost_client.api.staff_users import get_user_details
from provost_client.models import CreateShareLink, Login, Problem, Reason, Redeem, Register

url = os.environ["PROVOST_URL"]
anonymous = Client(base_url=url)


def ok(answer):
    """The answer, unless it is a problem."""
    assert answer is not None and not isinstance(answer, Problem), answer
    return answer


def sign_in(email, password):
    tokens = ok(login.sync(client=anonymous, body=Login(email=email, password=password)))
    return AuthenticatedClient(base_url=url, token=tokens.access_token)


def wait_for(read, status):
    until = time.monotonic() + 60
    while (found := ok(read())).status != status:
        assert time.monotonic() < until, found
        time.sleep(0.2)
    return found


root = sign_in(os.environ["PROVOST_ROOT_EMAIL"], os.environ["PROVOST_ROOT_PASSWORD"])
tag = uuid.uuid4().hex[:12]
email, password = f"ada.{tag}@example.test", f"Correct-Horse-{tag}!"
user = ok(register_user.sync(client=anonymous, body=Register(
    email=email, password=password, first_name="Ada", last_name=f"Lovelace{tag}",
    date_of_birth="1990-12-10", billing_country="NO",
))).id

# The user index follows within seconds.
until = time.monotonic() + 60
while not (found := ok(list_users.sync(client=root, search=f"ada.{tag}")).data):
    assert time.monotonic() < until
    time.sleep(0.2)
assert [row.id for row in found] == [user]
assert ok(get_user_details.sync(user, client=root)).email == email

job = ok(create_export.sync(user, client=root)).id
wait_for(lambda: get_export.sync(job, client=root), "completed")
link = ok(create_share_link.sync(job, client=root, body=CreateShareLink(expires_in_hours=24, max_downloads=1))).url
token = link.rsplit("/", 1)[1]
# The page for browsers and the JSON for programs are two answers of one operation.
json_client = anonymous.with_headers({"accept": "application/json"})
assert ok(get_share_link.sync(token, client=json_client)).remaining == 1
redeemed = redeem_share_link.sync_detailed(token, client=json_client, body=Redeem())
assert redeemed.status_code == 303, redeemed
archive = httpx.get(redeemed.headers["location"]).raise_for_status().content

request = ok(request_account_deletion.sync(client=sign_in(email, password))).id
ok(expedite_deletion.sync(request, client=root, body=Reason(reason="requested by the user in writing")))
wait_for(lambda: get_deletion.sync(request, client=root), "erased")
receipt = ok(get_deletion_receipt.sync(request, client=root)).receipt
print(json.dumps({"user": user, "bytes": len(archive), "receipt": receipt}))
