"""Compares the roles of template.yaml with the calls that tests saw each function make: a call that its role doesn't allow, and a right to a bucket, queue or key that no call takes.

    rights.py FOLDER    what tests wrote there: PROVOST_CALLS=FOLDER cargo test --workspace

Rights that stay although no call takes them are explained in infra/lint/rights.yaml.
"""

import json
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from expand import read
from rules import Stack, listed

EXPLAINED = "infra/lint/rights.yaml"
SERVICES = ("dynamodb:", "s3:", "sqs:", "ssm:", "ses:", "cloudwatch:")


def function_names(stack):
    """The crate of each role's function."""
    for name, r in stack.template["Resources"].items():
        if r["Type"] == "AWS::Serverless::Function":
            yield f"{name}Role", r["Properties"]["CodeUri"].rstrip("/").rsplit("/", 1)[-1]


def reached(resource):
    """A resource in the words of the recordings, as shared/testkit/src/roles.rs says it: `accounts`, `accounts/users-by-email`, `s3:files/users/*`, `sqs:mail`, `ssm:session`."""
    if resource == "*":
        return resource
    text = json.dumps(resource)
    output = re.search(r"Outputs\.(\w+?)(TableArn|BucketArn|QueueArn|StreamArn|DeadLettersArn)\"", text)
    if "${KeysParameterPrefix}/" in text:
        return "ssm:" + text.split("${KeysParameterPrefix}/")[1].split('"')[0]
    if not output:
        return text
    service = {"BucketArn": "s3:", "QueueArn": "sqs:", "DeadLettersArn": "sqs:", "StreamArn": "stream:"}.get(output[2], "")
    path = re.search(r"\$\{(?:Table|Bucket)\}([^\"]*)", text)
    letters = "-dlq" if output[2] == "DeadLettersArn" else ""
    return service + output[1].lower() + letters + (path[1].replace("/index/", "/") if path else "")


def rights(stack):
    """(function, action, pattern of what is reached, patterns of the leading keys or None)."""
    names = dict(function_names(stack))
    for role, s in stack.statements():
        if role not in names:
            continue  # SAM's own roles of the schedules
        tests = s.get("Condition", {}).values()
        leading = next((listed(t[k]) for t in tests for k in ("dynamodb:LeadingKeys", "s3:prefix") if k in t), None)
        for action in listed(s["Action"]):
            for resource in listed(s["Resource"]):
                if action.startswith(SERVICES):
                    yield names[role], action, reached(resource), leading


def allows(right, call):
    function, action, on, leading = right
    return (function, action) == call[:2] and fnmatchcase(call[2], on) and (leading is None or any(fnmatchcase(key, p) for key in call[3] for p in leading))


def complaints(stack, calls, explained):
    given = list(rights(stack))
    for call in sorted(calls):
        if not any(allows(right, call) for right in given):
            yield f"{call[0]} calls {call[1]} on {call[2]} {list(call[3])}, which its role doesn't allow"
    unused = set()
    for right in given:
        function, action, on, _ = right
        if not action.startswith("dynamodb:") and not any(allows(right, call) for call in calls):
            unused.add((function, f"{action} on {on}"))
    for function, what in sorted(unused):
        if not any(fnmatchcase(what, e) for e in [*explained.get(function, {}), *explained.get("any", {})]):
            yield f"{function} may {what}, and no test calls it so: take the right away, or explain it in {EXPLAINED}"
    for function, entries in explained.items():
        for what in entries:
            if not any(fnmatchcase(w, what) for f, w in unused if function in (f, "any")):
                yield f"{EXPLAINED}: {function} {what} is used, or is no right any more: take the explanation out"


def recorded(folder):
    for path in sorted(Path(folder).glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            function, action, on, *leading = line.split("\t")
            yield function, action, on, tuple(key for key in leading if key)


def main():
    stack = Stack(read("template.yaml"), read("infra/data.yaml"), read("infra/alarms.yaml"), read("infra/edge.yaml"))
    calls = set(recorded(sys.argv[1]))
    if not calls:
        sys.exit(f"no test recorded a call in {sys.argv[1]}")
    wrong = list(complaints(stack, calls, read(EXPLAINED)))
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(calls)} kinds of call are allowed, and each of {len(list(rights(stack)))} rights is taken or explained")


if __name__ == "__main__":
    main()
