"""What one CloudFormation update can't do to the data of the last release, or would lose.

Each release leaves its data template and its parameters in infra/releases/VERSION/. `infra/releases/README.md` says what to do instead.
"""

import re
from pathlib import Path

from expand import read

RELEASES = Path(__file__).parent.parent / "releases"


def last():
    """(version, data template, parameters) of the last release."""
    versions = [d.name for d in RELEASES.iterdir() if re.fullmatch(r"\d+\.\d+\.\d+", d.name)]
    version = max(versions, key=lambda v: [int(part) for part in v.split(".")])
    return version, read(RELEASES / version / "data.yaml"), read(RELEASES / version / "parameters.yaml")["Parameters"]


def named(items, key):
    return {item[key]: item for item in items or []}


def of_table(name, old, new):
    """Changes that DynamoDB rejects in one UpdateTable, or that replace the table."""
    for fixed in ("KeySchema", "LocalSecondaryIndexes", "TableName"):
        if old.get(fixed) != new.get(fixed):
            yield f"{name}: another {fixed} replaces the table, and its rows stay in the old one"
    types = {a["AttributeName"]: a["AttributeType"] for a in new["AttributeDefinitions"]}
    for attribute in old["AttributeDefinitions"]:
        kind = types.get(attribute["AttributeName"], attribute["AttributeType"])
        if kind != attribute["AttributeType"]:
            yield f"{name}: the key attribute {attribute['AttributeName']} changes its type"
    before, after = (named(t.get("GlobalSecondaryIndexes"), "IndexName") for t in (old, new))
    changes = sorted(set(before) ^ set(after))
    if len(changes) > 1:
        yield f"{name}: {', '.join(changes)} are created or deleted; one update can do one of them"
    for index in sorted(set(before) & set(after)):
        for fixed in ("KeySchema", "Projection"):
            if before[index][fixed] != after[index][fixed]:
                yield f"{name}: another {fixed} of the index {index}; add an index of a new name and delete this one in a later release"
    streams = [t.get("StreamSpecification", {}).get("StreamViewType") for t in (old, new)]
    if streams[0] and streams[0] != streams[1]:
        yield f"{name}: a stream of another view replaces the stream, and what is unread in it is lost"


def complaints(data, parameters, release=None):
    version, old, old_parameters = release or last()
    for name, resource in old["Resources"].items():
        new = data["Resources"].get(name)
        if not new or new["Type"] != resource["Type"]:
            yield f"{name} of {version} is gone or has another type; what it holds stays behind"
            continue
        if resource["Type"] == "AWS::DynamoDB::Table":
            yield from of_table(name, resource["Properties"], new["Properties"])
        if resource["Type"] == "AWS::SQS::Queue":
            if resource["Properties"].get("FifoQueue") != new["Properties"].get("FifoQueue"):
                yield f"{name}: another kind of queue replaces it, and its messages are lost"
        if resource["Type"] == "AWS::S3::Bucket":
            if resource["Properties"].get("BucketName") != new["Properties"].get("BucketName"):
                yield f"{name}: another name replaces the bucket, and its objects stay in the old one"
    for name in sorted(set(old_parameters) - set(parameters)):
        yield f"the parameter {name} of {version} is gone; a deployment whose parameters name it can't be updated"
    for name in sorted(set(parameters) - set(old_parameters)):
        if "Default" not in parameters[name]:
            yield f"the parameter {name} is new and has no Default; a deployment of {version} can't be updated without a question"
