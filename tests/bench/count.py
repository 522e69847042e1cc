#!/usr/bin/env python3
"""Measures a function: its size, and the instructions of its start and of its responses.

    tests/bench/count.py                     builds and counts the usual sample
    tests/bench/count.py --all               builds every function, counts each start, states each size
    tests/bench/count.py --built FUNCTION …  takes target/release as it is
    tests/bench/count.py --deployed --all    takes what infra/deploy/build.sh left under target/lambda
    tests/bench/count.py accounts=/api/users/me  another request
    tests/bench/count.py --profile DIR …     keeps callgrind's files there (build with CARGO_PROFILE_RELEASE_STRIP=false)

README.md beside this file explains the figures. The exit code is 1 when a figure is above its limit.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")

# Goals: bytes of the binary, instructions of the rest.
MAX_SIZE = 8_000_000
MAX_INIT = 3_000_000
MAX_FIRST = 8_000_000
MAX_WARM = {"/api/users/me": 1_200_000}
# Where a goal is not met, the limit is the present value, so that it does not get worse. README.md gives the reasons.
REACHED = {
    "accounts": {"size": 9_300_000, "warm": 1_550_000},
    "deletion-worker": {"size": 8_450_000},
    "export-worker": {"size": 9_200_000},
    "fraud": {"size": 8_650_000},
    "infrastructure": {"size": 9_000_000},
    "organisations": {"size": 10_100_000},
    "staff-users": {"size": 8_350_000, "first": 10_700_000, "warm": 7_250_000},
    "scheduler": {"size": 8_300_000},
}

SAMPLE = ["sessions", "accounts=/api/users/me", "staff-users", "mail-worker", "downloads"]
WORKERS = {"bulk-worker", "deletion-worker", "export-worker", "insights-worker", "mail-worker", "outbox", "scheduler"}
# The number of requests before the warm ones, and of warm ones.
BEFORE, WARM = 3, 10


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Table(Quiet):
    """Answers DynamoDB's reads from the recording, as far as the measured routes ask; a write succeeds and changes nothing."""

    recorded = {}

    def do_POST(self):
        request = json.loads(self.body())
        operation = self.headers["x-amz-target"].partition(".")[2]
        answer = {"GetItem": self.get, "BatchGetItem": self.batch_get, "Query": self.query}.get(operation, lambda _: {})(request)
        body = json.dumps(answer, separators=(",", ":")).encode()
        self.answer(200, body, [("content-type", "application/x-amz-json-1.0"), ("x-amzn-requestid", "recorded")])

    def items(self, table):
        return self.recorded.get(table, {}).get("items", [])

    def find(self, table, key, projection=None):
        found = [item for item in self.items(table) if item["pk"] == key["pk"] and item["sk"] == key["sk"]]
        return [projected(item, projection) for item in found]

    def get(self, request):
        found = self.find(request["TableName"], request["Key"], projection(request))
        return {"Item": found[0]} if found else {}

    def batch_get(self, request):
        found = {
            table: [item for key in wanted["Keys"] for item in self.find(table, key, projection(wanted))]
            for table, wanted in request["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def query(self, request):
        table, index = request["TableName"], request.get("IndexName")
        keys, kept = ["pk", "sk"], None
        if index:
            described = self.recorded[table]["indexes"][index]
            keys = described["key"]
            kept = {"pk", "sk", *keys, *described["projected"]} if described["projected"] else None
        value = request["ExpressionAttributeValues"][re.search(r"= *(:\w+)", request["KeyConditionExpression"])[1]]
        rows = [item for item in self.items(table) if item.get(keys[0]) == value and keys[-1] in item]
        rows.sort(key=lambda item: json.dumps(item[keys[-1]]), reverse=not request.get("ScanIndexForward", True))
        answer = {}
        limit = request.get("Limit", len(rows))
        if len(rows) > limit:
            rows = rows[:limit]
            answer["LastEvaluatedKey"] = {name: rows[-1][name] for name in {"pk", "sk", *keys}}
        answer |= {"Count": len(rows), "ScannedCount": len(rows)}
        if request.get("Select") != "COUNT":
            answer["Items"] = [projected(item, projection(request) or kept) for item in rows]
        return answer


def projection(request):
    expression = request.get("ProjectionExpression")
    if not expression:
        return None
    names = request.get("ExpressionAttributeNames", {})
    return {names.get(name.strip(), name.strip()) for name in expression.split(",")}


def projected(item, names):
    return item if names is None else {name: value for name, value in item.items() if name in names}


class Runtime(Quiet):
    """Lambda's Runtime API: returns the event a number of times, and ends the function at the next request."""

    event, times, pid, failure = b"", 0, None, None

    def do_GET(self):
        if Runtime.times == 0:
            os.kill(Runtime.pid(), signal.SIGTERM)
            return
        Runtime.times -= 1
        headers = [
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            ("lambda-runtime-deadline-ms", "4102444800000"),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-north-1:123456789012:function:measured"),
            ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"),
            ("content-type", "application/json"),
        ]
        self.answer(200, Runtime.event, headers)

    def do_POST(self):
        body = self.body()
        if self.path.endswith("/error"):
            Runtime.failure = body
        else:
            Runtime.answered = json.loads(body or b"null")
        self.answer(202, b"")


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def event_for(path, token):
    route, _, query = path.partition("?")
    headers = {
        "accept": "application/json",
        "authorization": f"Bearer {token}",
        "host": "provost.example",
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    http_context = {"method": "GET", "path": route, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": headers["user-agent"]}
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": route, "rawQueryString": query, "headers": headers, "isBase64Encoded": False,
        "requestContext": {
            "accountId": "123456789012", "apiId": "measured", "domainName": "provost.example", "domainPrefix": "provost", "http": http_context,
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default", "time": "28/Nov/2026:16:00:00 +0000",
            "timeEpoch": 1795881600000,
        },
    }


def instructions(binary, event, times, ports, keys, profile):
    """What callgrind counts from the start of the process to its request for event number `times` + 1."""
    Runtime.event, Runtime.times, Runtime.failure, Runtime.answered = json.dumps(event).encode(), times, None, None
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{ports['runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": "measured", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_STREAM_NAME": "x", "AWS_LAMBDA_LOG_GROUP_NAME": "x",
        "AWS_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "measured", "AWS_SECRET_ACCESS_KEY": "measured",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['table']}",
        "TABLE_ACCOUNTS": "accounts", "TABLE_ORGANISATIONS": "organisations", "TABLE_OPERATIONS": "operations",
        "TABLE_CATALOGUE": "catalogue", "TABLE_AUDIT": "audit", "BUCKET_FILES": "files", "BUCKET_EXPORTS": "exports",
        "QUEUE_MAIL": "mail", "QUEUE_EXPORT": "export", "QUEUE_DELETION": "deletion", "QUEUE_BULK": "bulk",
        "PUBLIC_URL": "https://provost.example", "MAIL_TRANSPORT": "ses", "MAIL_FROM": "a@provost.example",
        "KEYS_DIRECTORY": keys, "PUBLIC_KEYS": Table.recorded_keys,
    }
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile or os.devnull}", str(binary)]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
        Runtime.pid = lambda: process.pid
        process.wait(timeout=300)
        said.seek(0)
        text = said.read()
    counted = re.search(r"Collected *: *(\d+)", text)
    status = (Runtime.answered or {}).get("statusCode", 200) if isinstance(Runtime.answered, dict) else 200
    if not counted or Runtime.times or Runtime.failure or (times and status not in (200, 404)):
        sys.exit(f"{binary} did not answer as it should: {Runtime.failure or Runtime.answered}\n{text[-2000:]}")
    return int(counted[1])


def zipped(binary):
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(binary, "bootstrap")
        return file.tell()


def stripped(binary, folder):
    """The binary as it is deployed, which has no symbols even where the measured one has."""
    copy = pathlib.Path(folder) / binary.name
    subprocess.run(["strip", "-o", copy, binary], check=True)
    return copy


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", metavar="FUNCTION[=PATH]")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--built", action="store_true")
    parser.add_argument("--deployed", action="store_true")
    parser.add_argument("--binaries", type=pathlib.Path, default=TARGET / "release")
    parser.add_argument("--profile", type=pathlib.Path)
    parser.add_argument("--sizes", action="store_true", help="count no instructions")
    options = parser.parse_args()

    wanted = dict(word.partition("=")[::2] for word in options.functions or SAMPLE)
    if options.all:
        every = sorted(path.name for path in (ROOT / "functions").iterdir() if (path / "Cargo.toml").exists())
        wanted = {name: wanted.get(name, "") for name in every}
    # One by one: built together, the functions would share the features that only one of them needs.
    for name in [] if options.built or options.deployed else wanted:
        subprocess.run(["cargo", "build", "--quiet", "--release", "--package", f"fn-{name}"], cwd=ROOT, check=True)

    recorded = json.loads((HERE / "table.json").read_text())
    Table.recorded, Table.recorded_keys = recorded["tables"], recorded["publicKeys"]
    ports = {"table": serve(Table), "runtime": serve(Runtime)}
    if options.profile:
        options.profile.mkdir(parents=True, exist_ok=True)

    above, missed = [], []

    def figure(value, goal, name, what):
        if value is None:
            return ""
        limit = REACHED.get(name, {}).get(what, goal)
        if limit is not None and value > limit:
            above.append(f"{name}, {what}: {value:,} is above the limit of {limit:,}")
        elif goal is not None and value > goal:
            missed.append(f"{name}, {what}: {value:,} does not reach the goal of {goal:,}")
        return f"{value:,}"

    print(f"{'function':<18}{'binary':>12}{'zip':>12}{'init':>12}{'init+first':>12}{'warm':>12}  request", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        keys = pathlib.Path(folder) / "keys"
        keys.mkdir()
        (keys / "cursor").write_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        for name, path in wanted.items():
            binary = ROOT / "target/lambda" / name / "bootstrap" if options.deployed else options.binaries / name
            deployed = stripped(binary, folder)
            init = first = warm = None
            if not options.sizes:
                worker = name in WORKERS
                event = {"Records": []} if worker else event_for(path or "/nothing-here", recorded["token"])

                def count(times):
                    file = options.profile and options.profile / f"{name}.{times}"
                    return instructions(binary, event, times, ports, str(keys), file)

                init = count(0)
                if name != "scheduler":
                    first = count(1)
                if path:
                    warm = (count(BEFORE + WARM) - count(BEFORE)) // WARM
            print(
                f"{name:<18}{figure(deployed.stat().st_size, MAX_SIZE, name, 'size'):>12}{zipped(deployed):>12,}"
                f"{figure(init, MAX_INIT, name, 'init'):>12}{figure(first, MAX_FIRST, name, 'first'):>12}"
                f"{figure(warm, MAX_WARM.get(path.partition('?')[0]), name, 'warm'):>12}  {path}",
                flush=True,
            )
    print(*missed, *above, sep="\n")
    sys.exit(1 if above else 0)


main()
