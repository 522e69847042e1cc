"""The roles of template.yaml as plain IAM policies, with names of an invented account in place of CloudFormation's functions."""

import json
import re

ACCOUNT = "eu-central-1:123456789012"
# The value of an output or attribute, by the end of its name.
ENDS = {
    "TableArn": "arn:aws:dynamodb:{a}:table/{n}",
    "StreamArn": "arn:aws:dynamodb:{a}:table/{n}/stream/1",
    "BucketArn": "arn:aws:s3:::{n}",
    "QueueArn": "arn:aws:sqs:{a}:{n}",
    "DeadLettersArn": "arn:aws:sqs:{a}:{n}-dead-letters",
    "Log.Arn": "arn:aws:logs:{a}:log-group:/provost/{n}:*",
    ".Arn": "arn:aws:lambda:{a}:function:{n}",
}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": ACCOUNT.split(":")[0], "AWS::AccountId": ACCOUNT.split(":")[1], "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "provost"}
GIVEN = {"KeysParameterPrefix": "/provost/keys", "MailFrom": "provost@example.org"}


def attribute(path):
    name = path.removeprefix("Data.Outputs.")
    for end, arn in ENDS.items():
        if name.endswith(end):
            return arn.format(a=ACCOUNT, n=name.removesuffix(end).lower())
    return name


def plain(value):
    """A value with all references resolved."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "Fn::GetAtt" in value:
        path = value["Fn::GetAtt"]
        return attribute(path if isinstance(path, str) else ".".join(path))
    if "Ref" in value:
        return PSEUDO.get(value["Ref"]) or GIVEN.get(value["Ref"], value["Ref"].lower())
    if "Fn::Sub" in value:
        text, names = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
        return re.sub(r"\$\{([^}]+)\}", lambda m: str(plain(names.get(m[1]) or {"Ref": m[1]})), text)
    if "Fn::If" in value:
        return plain(value["Fn::If"][1])
    return {k: plain(v) for k, v in value.items()}


def policies(stack):
    """(role, policy document) of every role."""
    for name, role in stack.of("AWS::IAM::Role"):
        for policy in role.get("Policies", []):
            yield name, json.loads(json.dumps(plain(policy["PolicyDocument"])))
