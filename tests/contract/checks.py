"""What schemathesis does not know of our answers: problems that agree with their status, headers that each answer has, and that nobody gets in."""

import re
from urllib.parse import unquote

import schemathesis

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
}
# Schemathesis' own. What a request of the right form may still be refused for is our rules' affair, so acceptance is not among them.
BUILT_IN = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
]
OURS = ["problems_agree", "headers_are_there", "nobody_is_refused"]

# API Gateway decodes paths before it hands them on, and these then mean another path, which nobody answers to.
OTHER = re.compile(r"[?#/\\\x00-\x20\x7f]|^\.\.?$")

# Who is calling; set by whoever runs the checks.
caller = {"kind": None}


def header(response, name):
    values = response.headers.get(name.lower()) or [None]
    return values[0]


@schemathesis.check
def problems_agree(ctx, response, case):
    """A problem says the status it came with, and the identifier that the log knows."""
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
    """What OWASP wants of each answer, and no copy of anybody's data in a cache."""
    for name, value in HEADERS.items():
        assert header(response, name) == value, f"the answer has {name}: {header(response, name)}"
    cache = header(response, "cache-control")
    assert cache == "no-store" or case.operation.path == "/openapi.json", f"the answer may be kept: {cache}"


@schemathesis.check
def nobody_is_refused(ctx, response, case):
    """Somebody who is not signed in gets 401 from whatever is not public, whatever else is wrong with the request."""
    if caller["kind"] != "nobody" or not case.operation.definition.raw.get("security"):
        return
    if case.method.upper() != case.operation.method.upper() or any(OTHER.search(unquote(str(value))) for value in (case.path_parameters or {}).values()):
        return
    assert response.status_code == 401, f"somebody who is not signed in got {response.status_code}"
