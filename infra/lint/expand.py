"""SAM's expansion of template.yaml: the plain CloudFormation that AWS gets, computed offline."""

import copy
import logging
import os

# The translator asks for a region even when it has nothing to ask AWS.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.open_api import open_api  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

# For each route it copies the description of the whole API three times, which is nine tenths of its time, and then
# replaces the description by the changed copy; changing it in place gives the same.
open_api._deepcopy = lambda document: document

# It counts its own calls and warns when the count is not collected.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


class NoManagedPolicies:
    """Functions have their own roles, so no AWS policy has to be looked up."""

    def load(self):
        return {}


def read(path):
    """A template as nested dictionaries, with `!Ref` and similar tags in their long form."""
    with open(path, encoding="utf-8") as file:
        return yaml_parse(file)


def expand(template, parameters=None):
    """The expansion of a template read before. Local folders and files count as uploaded, since only `sam deploy` uploads."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://uploaded/code.zip"
        if resource["Type"] == "AWS::Serverless::Application":
            resource["Properties"]["Location"] = "https://uploaded.s3.amazonaws.com/stack.yaml"
    values = {name: p.get("Default", "given") for name, p in template["Parameters"].items()}
    return transform(template, values | (parameters or {}), NoManagedPolicies())
