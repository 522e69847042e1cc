"""Hooks that give schemathesis the callers, the known resources and valid requests. Loaded by `schemathesis run`."""

import atexit
import json
import os
import random
import re
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import schemathesis

import callers
import checks
import good
from things import Things

told = json.loads(Path(os.environ["CONTRACT_CALLER"]).read_text())
caller = callers.Caller.from_json(told["url"], told["caller"])
things = Things(told["things"]["known"], told["things"]["users"])
protected = set(told["protected"])
examples = good.Good(things, told["emails"])
examples.said = told["said"]
checks.caller["kind"] = caller.kind
callers.sign_with(told["secret"])
statuses = defaultdict(Counter)
asked = Counter()
address = {"usual": f"127.0.{told['number']}.1", "next": 0}


@schemathesis.hook
def before_call(context, case, kwargs):
    label = case.operation.label
    asked[label] += 1
    # The same request of the same run makes the same choices.
    choice = random.Random(zlib.crc32(f"{told['seed']} {caller.kind} {label} {asked[label]}".encode()))
    come_from(label)
    negative = {location.value for location in case.meta.components if case.meta.is_negative_at(location)} if case.meta else set()
    if case.path_parameters and "path" not in negative and choice.random() < 0.85:
        values = things.pick(case.operation.path, choice.choice)
        if values:
            case.path_parameters = {**case.path_parameters, **dict(zip(variables(case.operation.path), values))}
    if isinstance(case.body, dict) and "body" not in negative and choice.random() < 0.5:
        example = examples.body(label, choice)
        if example is not None:
            keep = [name for name in case.body if choice.random() < 0.2]
            case.body = {**example, **{name: case.body[name] for name in keep}}
    if label == callers.SIGNED and "header" not in negative and choice.random() < 0.8:
        case.headers = {**(case.headers or {}), "Stripe-Signature": callers.TO_BE_SIGNED}
    # A set value is validated again, so only changed ones are set.
    for part in ("path_parameters", "query", "body"):
        given = getattr(case, part)
        spared = spare_callers(given, choice)
        if spared != given:
            setattr(case, part, spared)


def variables(path):
    return re.findall(r"\{([^}]*)\}", path)


def come_from(label):
    """Limits by address would soon reject all requests, so counted requests come from new addresses."""
    if label not in callers.COUNTED:
        callers.call_from(address["usual"])
        return
    address["next"] += 1
    callers.call_from(f"127.{2 + told['number']}.{address['next'] // 250 % 250 + 1}.{address['next'] % 250 + 1}")


def spare_callers(value, choice):
    """Callers must not ban their own main accounts."""
    if not protected or not things.users:
        return value
    if isinstance(value, dict):
        return type(value)((name, spare_callers(member, choice)) for name, member in value.items())
    if isinstance(value, list):
        return [spare_callers(member, choice) for member in value]
    return choice.choice(things.users) if isinstance(value, str) and value in protected else value


if caller.kind != "nobody":

    @schemathesis.auth(refresh_interval=None)
    class SignedIn:
        """The account's access token, except in cases that are about the header itself."""

        def get(self, case, context):
            return caller.account(context.operation.label).bearer()

        def set(self, case, token, context):
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


@schemathesis.hook
def after_call(context, case, response):
    label = case.operation.label
    if case.method.upper() == case.operation.method.upper():
        statuses[label][response.status_code] += 1
    values = tuple(str((case.path_parameters or {}).get(name)) for name in variables(case.operation.path))
    if response.status_code == 401:
        token = (case.headers or {}).get("Authorization", "").removeprefix("Bearer ")
        caller.refused(label, token)
    elif response.status_code == 404:
        things.forget(case.operation.path, values)
    elif 200 <= response.status_code < 300:
        try:
            answer = response.json()
        except ValueError:
            answer = None
        things.learn(case.operation.path, values, answer, response.text or "")


@atexit.register
def tell():
    Path(os.environ["CONTRACT_CALLER"]).with_suffix(".told.json").write_text(
        json.dumps({label: {str(status): many for status, many in found.items()} for label, found in statuses.items()})
    )
