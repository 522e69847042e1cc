"""Checks of responses that schemathesis does not have: problems that match their status, headers of each response, and rejected access."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import schemathesis

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
}
# Schemathesis' own. A well-formed request may still be rejected by a rule, so acceptance is not among them.
BUILT_IN = [
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
]
OURS = ["the_server_is_not_at_fault", "problems_agree", "headers_are_there", "nobody_is_refused", "nothing_is_undocumented", "no_secret_leaves"]

DOCUMENT = json.loads((Path(__file__).resolve().parent.parent.parent / "openapi.json").read_text())

# Fields that are never returned; and fields that are returned once, on creation.
SECRET = re.compile(r'\$argon2|"(?:subjectKey|passwordHash|digest|family|revision)":')
IDENTITY = "AGE-SECRET-KEY-1"
MAKES_IDENTITY = ("POST /api/admin/users/{id}/export-job", "POST /api/users/me/export-request", "POST /api/admin/audit/exports", "GET /v1/users/bulk/export")

# API Gateway decodes paths before it passes them on, and these then mean another path, which has no route.
OTHER = re.compile(r"[?#/\\\x00-\x20\x7f]|^\.\.?$")

# Operations that call Stripe, which a fresh platform has no key to: they say so by 503.
NEED_STRIPE = re.compile(r"^/api/(admin/promo-codes|admin/products/\{id\}/sync|billing/(checkout|portal))")

# The caller; set by the runner of the checks.
caller = {"kind": None}


def header(response, name):
    values = response.headers.get(name.lower()) or [None]
    return values[0]


@schemathesis.check
def the_server_is_not_at_fault(ctx, response, case):
    """No answer is a 5xx, except that Stripe is not configured."""
    unconfigured = response.status_code == 503 and NEED_STRIPE.match(case.operation.path)
    if unconfigured and "Stripe is not configured" in response.json()["detail"]:
        return
    assert response.status_code < 500, f"the server is at fault: {response.status_code}"


@schemathesis.check
def problems_agree(ctx, response, case):
    """A problem contains the response's status, and the identifier in the log."""
    if header(response, "content-type") != "application/problem+json":
        return
    problem = response.json()
    assert problem["status"] == response.status_code, f"the problem says {problem['status']} and the answer {response.status_code}"
    assert problem["requestId"] == header(response, "x-request-id") or response.status_code == 405, "the problem names another request"
    assert problem["detail"].rstrip().endswith((".", "?", "…")), f"the problem says no sentence: {problem['detail']}"
    retry = header(response, "retry-after")
    assert response.status_code not in (429, 503) or retry, "the problem does not say when to try again"


@schemathesis.check
def headers_are_there(ctx, response, case):
    """The headers that OWASP recommends for each response, and no user data in a cache."""
    for name, value in HEADERS.items():
        assert header(response, name) == value, f"the answer has {name}: {header(response, name)}"
    cache = header(response, "cache-control")
    public = ("/openapi.json", "/.well-known/jwks.json")
    assert cache in ("no-store", "private, no-store") or case.operation.path in public, f"the answer may be kept: {cache}"


@schemathesis.check
def nothing_is_undocumented(ctx, response, case):
    """A response has no member that its schema does not name."""
    responses = case.operation.definition.raw["responses"]
    answered = responses.get(str(response.status_code), {}).get("content", {})
    schema = answered.get((header(response, "content-type") or "").split(";")[0], {}).get("schema")
    if schema is None or "json" not in header(response, "content-type") or case.method.upper() != case.operation.method.upper():
        return
    extra = sorted(undocumented(response.json(), schema, "answer"))
    # The extension members of an error follow from its code (RFC 9457, 3.2).
    assert not extra or response.status_code >= 400, f"the document does not name {', '.join(extra[:5])}"


def undocumented(value, schema, place):
    """The members of a value that its schema does not name."""
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = DOCUMENT["components"]["schemas"][name]
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return min((undocumented(value, choice, place) for choice in schema[choices] if fits(value, choice)), key=len, default=set())
    found = set()
    if isinstance(value, list) and "items" in schema:
        for member in value:
            found |= undocumented(member, schema["items"], f"{place}[]")
    if isinstance(value, dict) and "properties" in schema:
        for name, member in value.items():
            inner = schema["properties"].get(name, schema.get("additionalProperties", None))
            if inner is None or inner is False:
                found.add(f"{place}.{name}")
            elif isinstance(inner, dict):
                found |= undocumented(member, inner, f"{place}.{name}")
    return found


def fits(value, schema):
    """Whether an alternative is for null, or for a value."""
    return (schema.get("type") == "null") == (value is None)


@schemathesis.check
def no_secret_leaves(ctx, response, case):
    """No hash, no subject key, nothing that only the tables hold; and the secret half of a key only on creation."""
    text = response.text or ""
    if case.operation.path == "/openapi.json":
        return
    if "/bulk/" in case.operation.path:
        # The digest of a plan is that of a list of user ids.
        text = text.replace('"digest":', "")
    found = SECRET.search(text)
    assert not found, f"the answer holds {found and found.group(0)}"
    assert IDENTITY not in text or case.operation.label in MAKES_IDENTITY, "the answer holds the secret half of a key"


@schemathesis.check
def nobody_is_refused(ctx, response, case):
    """An unauthenticated caller gets 401 from every route that is not public, even for otherwise invalid requests."""
    if caller["kind"] != "nobody" or not case.operation.definition.raw.get("security"):
        return
    if case.method.upper() != case.operation.method.upper() or any(OTHER.search(unquote(str(value))) for value in (case.path_parameters or {}).values()):
        return
    assert response.status_code == 401, f"somebody who is not signed in got {response.status_code}"
