"""A valid body for each operation: its example in openapi.json, with what only exists at run time filled in. The day of a caller sends it, and fuzzing starts from it."""

import base64
import copy
import hashlib
import hmac
import json
import struct
import time
from pathlib import Path

from stack import SEEDED_PASSWORD

DOCUMENT = json.loads((Path(__file__).resolve().parent.parent.parent / "openapi.json").read_text())


def examples():
    """The example bodies by operation, each with its media type."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            for media, described in operation.get("requestBody", {}).get("content", {}).items():
                if "example" in described:
                    yield f"{method.upper()} {path}", media, described["example"]


# A picture is shown in base64.
EXAMPLES = {label: example for label, media, example in examples() if media == "application/json"}
PNG = next(base64.b64decode(example) for _, media, example in examples() if media == "image/png")


def code(secret):
    """The code that an authenticator shows now (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


SSH_KEY = "ssh-ed25519 {} ada@laptop"
WHY = {"reason": "Asked for in writing."}
PASSWORD = "Another-Harbour-27"

ORGANISATION = "/api/organisations/{id}"
ZONE = ORGANISATION + "/dns/zones/{zoneId}"


class Good:
    """Builds valid bodies from known resources."""

    def __init__(self, things, emails):
        self.things, self.emails, self.made = things, emails, int(time.time() * 1000) % 10_000_000_000
        self.said = {}

    def new(self):
        """An unused word."""
        self.made += 1
        return f"n{self.made:x}"

    def key(self):
        """An unused public SSH key; any 32 bytes are one."""
        kind = b"ssh-ed25519"
        blob = struct.pack(">I", len(kind)) + kind + struct.pack(">I", 32) + hashlib.sha256(self.new().encode()).digest()
        return SSH_KEY.format(base64.b64encode(blob).decode())

    def last(self, path, nth=-1):
        """The last variable of the newest resource under a path."""
        values = self.things.pick(path, lambda found: found[-1])
        return values[nth] if values else "none"

    def body(self, label, choice=None):
        """The body of a valid request; None where there is none."""
        body = copy.deepcopy(EXAMPLES.get(label))
        filled = FILLED.get(label)
        return body if filled is None else {**(body or {}), **filled(self)}


def customer_created(g):
    """Stripe has a new customer. The event of the example binds one to an account, which requires a checkout, and a fresh platform has no key to start one."""
    word = g.new()
    return {
        "id": f"evt_{word}",
        "type": "customer.created",
        "created": int(time.time()),
        "data": {"object": {"id": f"cus_{word}"}},
    }


# The fields of the examples that only exist at run time, and why.
FILLED = {
    # Names that must be unused.
    "POST /api/users/register": lambda g: {"email": f"{g.new()}@contract.example", "password": PASSWORD},
    "POST /api/ssh-keys": lambda g: {"publicKey": g.key()},
    "POST /api/organisations": lambda g: {"handle": g.new()},
    f"POST {ORGANISATION}/servers": lambda g: {"name": g.new()},
    f"POST {ORGANISATION}/dns/zones": lambda g: {"name": f"{g.new()}.example"},
    f"POST {ZONE}/records": lambda g: {"name": g.new()},
    f"PUT {ZONE}/records/{{recordId}}": lambda g: {"name": g.new()},
    "POST /api/nodes": lambda g: {"name": g.new(), "fqdn": f"{g.new()}.nodes.example"},
    # Accounts of the running platform and their passwords.
    "POST /api/users/forgot-password": lambda g: {"email": g.emails[0]},
    "POST /api/admin/email/send": lambda g: {"to": [g.emails[0]]},
    "POST /api/sessions/login": lambda g: {"email": g.emails[-1], "password": g.said.get("password", PASSWORD)},
    "POST /api/sessions/two-factor": lambda g: {"currentPassword": SEEDED_PASSWORD},
    f"POST {ORGANISATION}/invite": lambda g: {"email": g.emails[g.made % len(g.emails)]} if g.new() else {},
    # Tokens and codes, which were sent to the caller.
    "POST /api/users/verify-email": lambda g: {"token": g.said.get("verify-email", "none")},
    "POST /api/users/reset-password": lambda g: {"token": g.said.get("reset-password", "none"), "password": PASSWORD},
    "POST /api/sessions/refresh": lambda g: {"refreshToken": g.said.get("refresh", "none")},
    "POST /api/sessions/two-factor/confirm": lambda g: {"code": code(g.said["two-factor"]) if "two-factor" in g.said else "000000"},
    "DELETE /api/sessions/two-factor": lambda g: {"code": g.said.get("recovery", "000000")},
    "POST /v1/rbac/roles": lambda g: {"name": g.new()},
    "POST /v1/rbac/roles/{id}/clone": lambda g: {"name": g.new()},
    "PUT /v1/rbac/roles/{id}": lambda g: {"name": g.new()},
    "POST /api/admin/products": lambda g: {"slug": g.new()},
    "POST /v1/users": lambda g: {"email": f"{g.new()}@contract.example", "phone": None, "unique_id": g.new(), "external_id": g.new()},
    "PUT /v1/users/{user_id}/unique-id": lambda g: {"unique_id": g.new()},
    "POST /v1/views": lambda g: {"name": g.new()},
    "PATCH /v1/views/{id}": lambda g: {"name": g.new()},
    "POST /v1/users/{user_id}/oauth/link": lambda g: {"provider_user_id": g.new()},
    # Ids of resources.
    f"POST {ORGANISATION}/add-user": lambda g: {"userId": g.last("/api/admin/users/{id}")},
    "POST /api/reports": lambda g: {"reportedUserId": g.last("/api/admin/users/{id}")},
    "POST /api/admin/content/flag": lambda g: {"contentId": g.last("/api/files/{id}")},
    "POST /api/nodes/{id}/assign-org": lambda g: {"organisationId": g.last(ORGANISATION)},
    "POST /api/admin/users/{id}/apply-plan": lambda g: {"planId": g.last("/api/admin/plans/{id}")},
    "DELETE /api/admin/users/{id}/grants": lambda g: {"grantId": g.last("/api/admin/users/{id}/grants/{grantId}")},
    "PUT /api/admin/users/{id}/storage": lambda g: {"bucketId": g.last("/api/admin/storage/buckets/{id}")},
    "PUT /api/admin/storage/squads/{id}": lambda g: {"bucketId": g.last("/api/admin/storage/buckets/{id}")},
    # The alert stays open, for the requests that follow.
    "POST /api/admin/fraud-alerts/dismiss": lambda g: {"ids": [g.last("/api/admin/fraud-alerts/{id}")], "dryRun": True},
    # Events that Stripe sends to this platform.
    "POST /api/webhooks/stripe": customer_created,
}

KEYLESS = "a fresh platform has no system key"
# Operations that cannot succeed on a fresh platform, and why.
UNREACHED = {
    "GET /api/admin/audit/checkpoint": "entries get proofs an hour after they are written",
    "GET /api/admin/audit/logs/{id}/proof": "entries get proofs an hour after they are written",
    "DELETE /api/admin/email/suppressions": "no email of a fresh platform came back",
    "GET /storage-credentials/{token}": "the day sends nobody the credentials of a bucket",
    "POST /storage-credentials/{token}": "the day sends nobody the credentials of a bucket",
    "POST /v1/jobs/{id}/cancel": "a job about one user usually ends before it can be cancelled",
    "POST /v1/jobs/{id}/approve": "nobody approves their own job, and the day has one root administrator",
    "POST /v1/jobs/{id}/reject": "nobody rejects their own job, and the day has one root administrator",
    "DELETE /v1/impersonations/{id}": "nobody ends their own impersonation, and the day has one root administrator",
    "POST /v1/system/users/get-or-create": KEYLESS,
    "GET /v1/system/users/search": KEYLESS,
    "GET /v1/system/users/by-ids": KEYLESS,
    "POST /v1/system/users/{user_id}/roles": KEYLESS,
    "POST /v1/system/users/{user_id}/permissions": KEYLESS,
    "PATCH /v1/system/users/{user_id}/flags": KEYLESS,
    "GET /v1/system/roles": KEYLESS,
    "PUT /v1/system/enrollments/{user_id}/{program_id}": KEYLESS,
    "PUT /v1/system/content/{id}": KEYLESS,
    "DELETE /api/admin/storage/buckets/{id}": "a bucket is deleted once its store says that it is empty, and there is no store",
    "POST /api/admin/products/{id}/sync": "a fresh platform has no key to Stripe",
    "GET /api/admin/promo-codes": "a fresh platform has no key to Stripe",
    "POST /api/admin/promo-codes": "a fresh platform has no key to Stripe",
    "DELETE /api/admin/promo-codes/{id}": "a fresh platform has no key to Stripe",
    "POST /api/billing/checkout": "a fresh platform has no key to Stripe",
    "POST /api/billing/portal": "a fresh platform has no key to Stripe",
    "GET /api/admin/users/{id}/subscription": "without Stripe nobody has a subscription",
}
