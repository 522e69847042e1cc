"""Puts what a release recorded into the tables and buckets of a stack on loopback, and checks whether it is still there.

    seed.py STACK ITEMS write     writes every recorded item and object
    seed.py STACK ITEMS check     fails unless every recorded item and object is there as it was recorded
"""

import base64
import json
import sys

import boto3


def resources(stack):
    """{logical id: physical id} of a stack."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}


stack, items, what = sys.argv[1:]
with open(items, encoding="utf-8") as file:
    recorded = json.load(file)
data = resources(resources(stack)["Data"])
dynamo, s3 = boto3.client("dynamodb"), boto3.client("s3")
# Bucket policies reject requests without TLS. The emulator enforces that and uses plain HTTP, so the client states that TLS was terminated in front of it.
s3.meta.events.register("before-sign.*.*", lambda request, **_: request.headers.add_header("X-Forwarded-Proto", "https"))

wrong, rows = [], 0
for table, entries in recorded["tables"].items():
    name = data[f"{table.capitalize()}Table"]
    for item in entries:
        rows += 1
        if what == "write":
            dynamo.put_item(TableName=name, Item=item)
            continue
        key = {"pk": item["pk"], "sk": item["sk"]}
        if dynamo.get_item(TableName=name, Key=key, ConsistentRead=True).get("Item") != item:
            wrong.append(f"{table}: {item['pk']['S']} / {item['sk']['S']}")
for thing in recorded["objects"]:
    bucket, body = data[f"{thing['bucket'].capitalize()}Bucket"], base64.b64decode(thing["bytes"])
    if what == "write":
        extra = {"ContentType": thing["type"]} if thing["type"] else {}
        s3.put_object(Bucket=bucket, Key=thing["key"], Body=body, **extra)
    elif s3.get_object(Bucket=bucket, Key=thing["key"])["Body"].read() != body:
        wrong.append(f"{thing['bucket']}: {thing['key']}")

print(f"{'wrote' if what == 'write' else 'looked at'} {rows} items and {len(recorded['objects'])} objects")
if wrong:
    sys.exit("not as recorded: " + ", ".join(wrong))
