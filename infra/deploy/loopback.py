"""Corrections after a deployment to the emulator, made through its own API: the routes, and the TLS-only policies.

    loopback.py STACK      prints the API's base URL
"""

import json
import re
import sys
from pathlib import Path

import boto3

sys.path.insert(0, str(Path(__file__).parent.parent / "lint"))
from expand import expand, read  # noqa: E402


def resources(stack):
    """{logical id: physical id} of a stack."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}


def lay_routes(deployed):
    """SAM writes the routes as an OpenAPI body, which AWS reads and the emulator ignores. This creates the same routes one by one."""
    gateway, functions = boto3.client("apigatewayv2"), boto3.client("lambda")
    api = deployed["Api"]
    for route in gateway.get_routes(ApiId=api)["Items"]:
        gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
    integrations = {}
    for path, methods in expand(read("template.yaml"))["Resources"]["Api"]["Properties"]["Body"]["paths"].items():
        for method, operation in methods.items():
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = re.search(r"\$\{(\w+)\.Arn\}", uri).group(1)
            if function not in integrations:
                arn = functions.get_function(FunctionName=deployed[function])["Configuration"]["FunctionArn"]
                made = gateway.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0")
                integrations[function] = made["IntegrationId"]
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            gateway.create_route(ApiId=api, RouteKey=f"{verb} {path}", Target=f"integrations/{integrations[function]}")
    return gateway.get_api(ApiId=api)["ApiEndpoint"]


def behind_tls(client):
    """A client whose calls state that TLS was terminated in front of the emulator, as by a proxy."""
    client.meta.events.register("before-sign.*.*", lambda request, **_: request.headers.add_header("X-Forwarded-Proto", "https"))
    return client


def without_tls_rule(policy):
    policy = json.loads(policy)
    policy["Statement"] = [s for s in policy["Statement"] if s["Sid"] != "OnlyOverTls"]
    return json.dumps(policy) if policy["Statement"] else ""


def allow_plain_http(data):
    """Buckets and queues reject requests without TLS. The emulator enforces that, and speaks plain HTTP to the functions. The rest of
    each policy, such as the age of a signature, stays."""
    buckets, queues = behind_tls(boto3.client("s3")), behind_tls(boto3.client("sqs"))
    for name, physical in data.items():
        if name.endswith("Bucket"):
            policy = buckets.get_bucket_policy(Bucket=physical)["Policy"]
            buckets.put_bucket_policy(Bucket=physical, Policy=without_tls_rule(policy))
        if name.endswith(("Queue", "DeadLetters")):
            policy = queues.get_queue_attributes(QueueUrl=physical, AttributeNames=["Policy"])["Attributes"].get("Policy")
            if policy:
                queues.set_queue_attributes(QueueUrl=physical, Attributes={"Policy": without_tls_rule(policy)})


deployed = resources(sys.argv[1])
allow_plain_http(resources(deployed["Data"]))
print(lay_routes(deployed))
