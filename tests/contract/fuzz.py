"""Runs the platform, calls every operation as each of four callers, and then runs schemathesis on every operation as each of them."""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
import schemathesis

import callers
import checks
import examples
from callers import Account, Caller
from day import Day
from good import PASSWORD, UNREACHED, Good
from stack import ROOT_EMAIL, ROOT_PASSWORD, SEEDED_PASSWORD, Stack
from things import Things

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
DOCUMENT = PROJECT / "openapi.json"
KINDS = ("nobody", "person", "staff", "root")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
SEEDED = 240
# Accounts of each signed-in kind: a main one, and spare ones for requests that end an account.
ACCOUNTS = 6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/debug/provost", help="the platform")
    parser.add_argument("--examples", type=int, default=12, help="fuzzed requests per operation and caller, beside the systematic ones (12)")
    parser.add_argument("--seed", type=int, default=20261120, help="the same seed asks the same questions")
    parser.add_argument("--caller", choices=KINDS, action="append", help="only this kind of caller")
    parser.add_argument("--only", action="append", default=[], metavar="'METHOD /path'", help="only this operation")
    options = parser.parse_args()
    out = PROJECT / "target" / "contract"
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    document = json.loads(DOCUMENT.read_text())
    if wrong := examples.check(document):
        sys.exit("examples that do not match their schemas; correct functions/*/examples.json, or the types:\n  " + "\n  ".join(wrong))
    labels = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item if method in METHODS}
    wanted = set(options.only) or labels
    if unknown := wanted - labels:
        sys.exit(f"openapi.json has no {', '.join(sorted(unknown))}")
    with open(out / "server.log", "w+") as log, Stack(options.binary, log) as stack, tempfile.TemporaryDirectory() as private:
        kinds = options.caller or KINDS
        prepared = prepare(stack, kinds, options.seed, Path(private), out)
        print(f"{len(kinds)} callers have lived a day, {time.monotonic() - began:.0f} s", flush=True)
        with ThreadPoolExecutor(max_workers=2) as pool:
            codes = list(pool.map(lambda caller: fuzz(stack, caller, options, out), prepared))
        for caller in prepared:
            # The earlier tokens have expired by now.
            for account in caller["day"].caller.accounts:
                account.token = None
            caller["day"].evening()
            (out / f"{caller['kind']}-day.txt").write_text("".join(caller["day"].told))
    failed = report(prepared, codes, wanted, full=not options.only and len(kinds) == len(KINDS), out=out)
    failed |= complaints(out / "server.log")
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{sum(use.ru_utime + use.ru_stime for use in used):.0f} s of processor time, the platform's included")
    print(f"{'FAILED' if failed else 'passed'} after {time.monotonic() - began:.0f} s; seed {options.seed}, schemathesis {schemathesis.__version__}")
    sys.exit(1 if failed else 0)


def prepare(stack, kinds, seed, private, out):
    """The callers, after their day, with the resources that they know."""
    stack.tool("seed", "--users", str(SEEDED))
    root = Account(stack.url, ROOT_EMAIL, ROOT_PASSWORD)
    people = everybody(stack.url, root)
    root.id = next(person["id"] for person in people if person["email"] == ROOT_EMAIL)
    people = [Account(stack.url, person["email"], SEEDED_PASSWORD, person["id"]) for person in people if usable(person)]
    accounts = {kind: [people.pop() for _ in range(ACCOUNTS)] for kind in KINDS[1:]}
    companions = {kind: people.pop() for kind in KINDS}
    for kind, role in (("staff", "admin"), ("root", "rootAdmin")):
        for account in accounts[kind]:
            stack.tool("promote", account.email, role)
    protected = [root.id, *(account.id for kind in accounts.values() for account in kind), *(other.id for other in companions.values())]
    share = len(people) // 4
    schema = schemathesis.openapi.from_path(DOCUMENT)
    callers.sign_with(stack.webhook_secret())
    prepared = []
    for number, kind in enumerate(KINDS):
        if kind not in kinds:
            continue
        caller = Caller(kind, accounts.get(kind, []))
        mine = people[number * share : (number + 1) * share]
        # A user may access only their own data; staff manage other users.
        users = [caller.accounts[0].id, "me"] if kind == "person" else [person.id for person in mine]
        things = Things(users=users)
        emails = [person.email for person in mine] or [companions[kind].email]
        good = Good(things, emails)
        day = Day(schema, stack.url, caller, companions[kind], root, things, good, f"127.{10 + number}.0", stack.txt_records)
        try:
            day.live()
        finally:
            (out / f"{kind}-day.txt").write_text("".join(day.told))
        told = {
            "url": stack.url, "number": number, "seed": seed, "caller": caller.to_json(), "things": things.to_json(),
            "protected": protected, "emails": emails, "said": good.said, "secret": stack.webhook_secret(),
        }  # fmt: skip
        path = private / f"{kind}.json"
        path.write_text(json.dumps(told))
        prepared.append({"kind": kind, "path": path, "day": day, "statuses": {}})
    return prepared


def everybody(url, root):
    found, page = [], 1
    while True:
        headers = {"Authorization": f"Bearer {root.bearer()}"}
        answer = requests.get(f"{url}/api/admin/users?limit=200&page={page}", headers=headers, timeout=30).json()
        found += answer["data"]
        if page >= answer["pagination"]["pages"]:
            return found
        page += 1


def usable(person):
    return person["status"] == "active" and person["emailVerified"] and person["role"] == "user" and not person["twoFactorEnabled"]


# Every way to break each parameter takes most of the time. Access is decided before a request is read, so two kinds of
# callers meet every rule about it: one who may do everything, and one who may do little.
THOROUGH = ("person", "root")


def fuzz(stack, caller, options, out):
    """Runs schemathesis as one caller."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml", "run", DOCUMENT, "--url", stack.url, "--seed", options.seed,
        "--phases", "examples,coverage,fuzzing" if caller["kind"] in THOROUGH else "examples,fuzzing", "--max-examples", options.examples, "--checks", ",".join(checks.BUILT_IN + checks.OURS),
        "--generation-database", "none", "--no-shrink", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
        "--max-redirects", "0", "--no-color", "--request-timeout", "60",
        *(argument for label in options.only for argument in ("--include-name", label)),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SCHEMATHESIS_HOOKS": "hooks",
        "CONTRACT_CALLER": str(caller["path"]),
    }
    began = time.monotonic()
    with open(out / f"{caller['kind']}.txt", "w") as told:
        code = subprocess.run([str(part) for part in command], cwd=caller["path"].parent, env=environment, stdout=told, stderr=subprocess.STDOUT).returncode
    heard = caller["path"].with_suffix(".told.json")
    caller["statuses"] = json.loads(heard.read_text()) if heard.exists() else {}
    caller["seconds"] = time.monotonic() - began
    return code


def report(prepared, codes, wanted, full, out):
    """Prints the requests, the responses and what is missing; returns whether anything is wrong."""
    failed, reached, success = False, Counter(), defaultdict(Counter)
    for caller, code in zip(prepared, codes):
        kind, fuzzed, day = caller["kind"], caller["statuses"], caller["day"]
        total = Counter()
        for label, statuses in [*fuzzed.items(), *day.statuses.items()]:
            for status, many in statuses.items():
                total[f"{str(status)[0]}xx"] += many
                reached[label] += many if 200 <= int(status) < 400 else 0
                success[kind][label] += many if 200 <= int(status) < 400 else 0
        answers = ", ".join(f"{many} {status}" for status, many in sorted(total.items()))
        missing = wanted - set(fuzzed)
        here = sum(1 for many in success[kind].values() if many)
        print(f"{kind:7} {len(set(fuzzed) & wanted)} of {len(wanted)} operations fuzzed in {caller['seconds']:.0f} s, {here} with success: {answers}")
        if missing:
            failed = True
            print(f"  NOT TESTED as {kind}: {', '.join(sorted(missing))}")
        for wrong in day.wrong:
            failed = True
            print(f"  {kind}'s day: {wrong}")
        if code != 0:
            failed = True
            text = (out / f"{kind}.txt").read_text()
            begin = max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0) if "= FAILURES =" not in text else text.find("= FAILURES =")
            print(f"  schemathesis as {kind} (target/contract/{kind}.txt):\n" + re.sub(r"(?m)^", "    ", text[begin:][:20000]))
    unreached = sorted(label for label in wanted if not reached[label] and label not in UNREACHED)
    if full and unreached:
        failed = True
        print("NOBODY SUCCEEDED at the following; tests/contract/day.py does not call them, or good.py does not fill their examples in:\n  " + "\n  ".join(unreached))
    return failed


def complaints(log):
    """Errors that responses do not show, such as in a worker."""
    # The local object store walks directories, and fails when one is removed meanwhile; callers retry.
    lines = [line for line in log.read_text(errors="replace").splitlines() if " ERROR " in line or "panicked" in line]
    lines = [line for line in lines if "<Code>InternalError</Code>" not in line]
    secrets = [ROOT_PASSWORD, SEEDED_PASSWORD, PASSWORD, "AGE-SECRET-KEY-1", "X-Amz-Signature", "eyJ"]
    logged = [line for line in log.read_text(errors="replace").splitlines() if re.search(r" (INFO|WARN|ERROR) ", line)]
    lines += [line for line in logged if any(secret in line for secret in secrets)]
    for line in lines[:20]:
        print(f"  server: {line[:600]}")
    return bool(lines)


if __name__ == "__main__":
    main()
