"""Runs checkov, cloudsplaining and parliament, and compares what they find with infra/lint/findings.yaml, where each finding that stays is explained.

    scanners.py CHECKOV EXPANDED    the command of checkov, and template.yaml as AWS gets it
"""

import json
import os
import subprocess
import sys

import parliament
from cloudsplaining.scan.policy_document import PolicyDocument
from expand import read
from policies import policies
from rules import Stack, listed

EXPLAINED = "infra/lint/findings.yaml"
DATA = ["infra/data.yaml", "infra/alarms.yaml", "infra/edge.yaml"]

# What cloudsplaining reports about a policy. The last is the sum of its findings.
RISKS = [
    "allows_privilege_escalation",
    "allows_data_exfiltration_actions",
    "credentials_exposure",
    "service_wildcard",
    "infrastructure_modification",
    "permissions_management_without_constraints",
    "tagging_actions_without_constraints",
    "write_actions_without_constraints",
    "all_allowed_unrestricted_actions",
]


def by_checkov(command, templates):
    # Its checks are in its package; without this it would query its vendor's service for severities.
    flags = ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "--soft-fail", "--output", "json"]
    run = subprocess.run([command, *flags, "--file", *templates], capture_output=True, text=True, env=os.environ | {"CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"})
    try:
        report = json.loads(run.stdout)
    except ValueError:
        sys.exit(f"checkov said nothing that can be read: {run.stdout[-500:]} {run.stderr[-2000:]}")
    summary = report["summary"]
    if summary["parsing_errors"] or summary["resource_count"] < 100:
        sys.exit(f"checkov did not read everything: {summary}")
    for found in report["results"]["failed_checks"]:
        kind, name = found["resource"].rsplit(".", 1)
        yield "checkov", found["check_id"], kind, name


def by_parliament(documents):
    for role, document in documents:
        for found in parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True).findings:
            detail = found.detail
            actions = [d["action"] for d in detail if isinstance(d, dict) and "action" in d] if isinstance(detail, list) else []
            for issue in [f"{found.issue} {action}" for action in actions] or [found.issue]:
                yield "parliament", issue, "AWS::IAM::Role", role


def by_cloudsplaining(documents):
    for role, document in documents:
        policy = PolicyDocument(document)
        for risk in RISKS:
            found = getattr(policy, risk)
            if found() if callable(found) else found:
                yield "cloudsplaining", risk, "AWS::IAM::Role", role


def compare(found, explained):
    """Findings without an explanation, and explanations without a finding."""
    for tool, issue, kind, name in sorted(found):
        on = listed(explained.get(tool, {}).get(issue, {}).get("where", []))
        if kind not in on and name not in on:
            yield f"{tool} {issue} on {name} ({kind}): mend it, or explain it in {EXPLAINED}"
    for tool, issues in explained.items():
        for issue, entry in (issues or {}).items():
            if not entry.get("why"):
                yield f"{EXPLAINED}: {tool} {issue} has no reason"
            hits = {x for t, i, kind, name in found if (t, i) == (tool, issue) for x in (kind, name)}
            for on in listed(entry["where"]):
                if on not in hits:
                    yield f"{EXPLAINED}: {tool} {issue} is not found on {on} any more: take the explanation out"


def self_test(stack, explained):
    """Shows that the two policy scanners, and the comparison, can fail."""
    everywhere = [("AccountsRole", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "iam:PutRolePolicy"], "Resource": "*"}]})]
    misspelt = [("AccountsRole", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItems", "Resource": "*"}]})]
    for story, found in [("a role that reaches everything", by_cloudsplaining(everywhere)), ("an action that does not exist", by_parliament(misspelt))]:
        if not list(compare(set(found), {})):
            yield f"nobody notices {story}"
    if not list(compare(set(), {"checkov": {"CKV_AWS_1": {"where": "AWS::S3::Bucket", "why": "gone"}}})):
        yield "nobody notices an explanation whose finding is gone"


def main():
    command, expanded = sys.argv[1:]
    stack = Stack(read("template.yaml"), *map(read, DATA))
    documents = list(policies(stack))
    explained = read(EXPLAINED)
    found = {*by_parliament(documents), *by_cloudsplaining(documents), *by_checkov(command, [expanded, *DATA])}
    wrong = [*self_test(stack, explained), *compare(found, explained)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    if wrong:
        sys.exit(1)
    for tool in explained:
        here = [f for f in found if f[0] == tool]
        print(f"{tool}: {len(here)} findings of {len({f[1] for f in here})} kinds, all explained in {EXPLAINED}")


if __name__ == "__main__":
    main()
