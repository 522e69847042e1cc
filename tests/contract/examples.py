"""Compares the examples in openapi.json with their schemas."""

import jsonschema_rs


def check(document):
    """What is wrong with the examples of a document, one line each."""
    wrong = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            label = f"{method.upper()} {path}"
            for place, schema, example in found(operation):
                # References in a schema are resolved within the document.
                whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema}
                for error in jsonschema_rs.validator_for(whole).iter_errors(example):
                    wrong.append(f"{label}, {place} at /{'/'.join(map(str, error.instance_path))}: {error.message[:300]}")
    return wrong


def found(operation):
    """The examples of an operation with their places and schemas."""
    for parameter in operation["parameters"]:
        if "example" in parameter:
            yield f"parameter {parameter['name']}", parameter["schema"], parameter["example"]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield f"body ({media})", content["schema"], content["example"]
    for status, response in operation["responses"].items():
        for media, content in response.get("content", {}).items():
            if "example" in content:
                yield f"response {status} ({media})", content["schema"], content["example"]
        for name, header in response.get("headers", {}).items():
            if "example" in header:
                yield f"header {name} of {status}", header["schema"], header["example"]
