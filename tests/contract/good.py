"""A valid request to each operation, in an order in which each finds the resources it needs: the day of a caller. Fuzzing starts from the same bodies."""

import base64
import hashlib
import hmac
import struct
import time
import zlib

from stack import SEEDED_PASSWORD


def picture():
    """A grey PNG of 8 × 8 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + bytes([128] * 8) for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def code(secret):
    """The code that an authenticator shows now (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


PNG = picture()
UPLOAD = {"contentType": "image/png", "data": base64.b64encode(PNG).decode()}
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
        body = BODIES.get(label)
        return body(self) if callable(body) else body


def person(g):
    return {"email": f"{g.new()}@contract.example", "password": PASSWORD, "firstName": "Ada", "lastName": "Lindqvist"}


def customer_created(g):
    """Stripe has a new customer. An event that binds one to an account requires a checkout, which no route starts yet."""
    word = g.new()
    return {
        "id": f"evt_{word}",
        "type": "customer.created",
        "created": int(time.time()),
        "data": {"object": {"id": f"cus_{word}"}},
    }


BODIES = {
    "POST /api/users/register": person,
    "POST /api/users/forgot-password": lambda g: {"email": g.emails[0]},
    "POST /api/users/verify-email": lambda g: {"token": g.said.get("verify-email", "none")},
    "POST /api/users/reset-password": lambda g: {"token": g.said.get("reset-password", "none"), "password": PASSWORD},
    "POST /api/sessions/login": lambda g: {"email": g.emails[-1], "password": g.said.get("password", PASSWORD)},
    "POST /api/sessions/refresh": lambda g: {"refreshToken": g.said.get("refresh", "none")},
    "POST /api/sessions/two-factor": {"currentPassword": SEEDED_PASSWORD},
    "POST /api/sessions/two-factor/confirm": lambda g: {"code": code(g.said["two-factor"]) if "two-factor" in g.said else "000000"},
    "DELETE /api/sessions/two-factor": lambda g: {"code": g.said.get("recovery", "000000")},
    "PUT /api/users/me": {"displayName": "Ada L.", "billingCity": "Zürich", "billingCountry": "CH", "settings": {}},
    "PUT /api/users/{id}": {"displayName": "Ada L.", "dateOfBirth": "1990-05-01"},
    "POST /api/apikeys": {"name": "a program"},
    "POST /api/ssh-keys": lambda g: {"name": "laptop", "publicKey": g.key()},
    "POST /api/users/me/export-request": {},
    "POST /api/users/me/deletion-request": WHY,
    "POST /api/verifications/student": {"source": "document", "document": UPLOAD},
    "POST /api/verifications/identity": {"document": UPLOAD, "selfie": UPLOAD},
    "POST /api/organisations": lambda g: {"name": "Lindqvist & Co", "handle": g.new()},
    f"PUT {ORGANISATION}": {"name": "Lindqvist & Daughters"},
    f"POST {ORGANISATION}/add-user": lambda g: {"userId": g.last("/api/admin/users/{id}")},
    f"POST {ORGANISATION}/invite": lambda g: {"email": g.emails[g.made % len(g.emails)]} if g.new() else None,
    f"POST {ORGANISATION}/users/{{userId}}/role": {"role": "admin"},
    f"POST {ORGANISATION}/servers": lambda g: {"name": g.new()},
    f"POST {ORGANISATION}/dns/zones": lambda g: {"name": f"{g.new()}.example"},
    f"POST {ZONE}/records": lambda g: {"type": "A", "name": g.new(), "content": "192.0.2.7", "ttl": 300},
    f"PUT {ZONE}/records/{{recordId}}": lambda g: {"type": "TXT", "name": g.new(), "content": "hello", "ttl": 600},
    "POST /api/nodes": lambda g: {"name": g.new(), "fqdn": f"{g.new()}.nodes.example"},
    "POST /api/nodes/{id}/assign-org": lambda g: {"organisationId": g.last(ORGANISATION)},
    "PATCH /api/admin/users/{id}/role": {"role": "staff", **WHY},
    "POST /api/admin/users/{id}/ban": {"type": "temporary", "durationDays": 3, **WHY},
    "DELETE /api/admin/users/{id}/ban": WHY,
    "POST /api/admin/users/{id}/apply-plan": lambda g: {"planId": g.last("/api/admin/plans/{id}")},
    "PUT /api/admin/users/{id}/contributor-profile": {
        "githubLogin": "octo-cat",
        "title": "Translator",
        "ledger": [{"date": "2026-05-01", "label": "Norwegian", "points": 3}],
    },
    "POST /api/admin/users/{id}/documents": {"name": "contract.png", "description": "signed", **UPLOAD},
    "POST /api/admin/users/{id}/grants": {"type": "storage", "amount": 1024, **WHY},
    "DELETE /api/admin/users/{id}/grants": lambda g: {"grantId": g.last("/api/admin/users/{id}/grants/{grantId}"), **WHY},
    "POST /api/admin/users/{id}/notes": {"text": "Called; all is well."},
    "POST /api/admin/users/{id}/reset-password": {"sendEmail": True, **WHY},
    "POST /api/admin/users/{id}/verify": WHY,
    "POST /api/admin/users/{id}/export-job": {},
    "POST /api/admin/export-jobs/{id}/share-link": {"maxDownloads": 5, "note": "for Ada"},
    "DELETE /api/admin/users/{id}": {"confirmDelete": True, **WHY},
    "POST /api/admin/verifications/{id}/reject": WHY,
    "POST /api/admin/users/{id}/hold": WHY,
    "POST /api/admin/deletions/{id}/hold": WHY,
    "POST /api/admin/deletions/{id}/expedite": WHY,
    "POST /api/admin/fraud-alerts/dismiss": {"filter": {"status": "open"}, "dryRun": True},
    "PATCH /api/admin/fraud-alerts/{id}": {"status": "investigating", "note": "Looks odd."},
    "POST /api/admin/fraud-scan/{id}": {},
    "POST /v1/users/{user_id}/restore": WHY,
    "POST /api/webhooks/stripe": customer_created,
    "POST /share/{token}": {},
}

# Operations that cannot succeed on a fresh platform, and why.
UNREACHED = {}
