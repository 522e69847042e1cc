"""Expands template.yaml, applies our rules, and on request breaks things to check that the rules fail."""

import argparse
import json
import multiprocessing
import sys

from expand import read
from mutations import MUTATIONS, broken
from rules import RULES, Stack


def load():
    return Stack(read("template.yaml"), read("infra/data.yaml"), read("infra/alarms.yaml"), read("infra/edge.yaml"))


def complaints(stack):
    return [(r.__name__, complaint) for r in RULES for complaint in r(stack)]


def check(stack):
    found = complaints(stack)
    for name, complaint in found:
        print(f"{name.replace('_', ' ')}: {complaint}")
    if found:
        sys.exit(1)
    print(f"{len(RULES)} rules hold for {len(stack.functions())} functions and {len(stack.data['Resources'])} data resources")


def unnoticed(number):
    """What is wrong if a rule says nothing about a mutation made for it."""
    rule, story, mutate = MUTATIONS[number]
    return None if list(rule(broken(stack, mutate))) else f"{rule.__name__} does not notice: {story}"


def self_test(stack):
    failures = [f"the template as it is breaks {name}: {c}" for name, c in complaints(stack)]
    # The processes are copies of this one, which has read the templates.
    with multiprocessing.get_context("fork").Pool() as pool:
        failures += [failure for failure in pool.map(unnoticed, range(len(MUTATIONS)), chunksize=1) if failure]
    for r in RULES:
        if not any(rule is r for rule, _, _ in MUTATIONS):
            failures.append(f"nothing shows that {r.__name__} can fail")
    for failure in failures:
        print(failure)
    if failures:
        sys.exit(1)
    print(f"{len(MUTATIONS)} mutations noticed by {len(RULES)} rules")


arguments = argparse.ArgumentParser()
arguments.add_argument("--self-test", action="store_true")
arguments.add_argument("--expand-to", metavar="FILE")
given = arguments.parse_args()
stack = load()
if given.self_test:
    self_test(stack)
else:
    if given.expand_to:
        with open(given.expand_to, "w", encoding="utf-8") as file:
            json.dump(stack.expanded, file, indent=1)
    check(stack)
