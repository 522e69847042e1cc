"""Runs the blocks of a page in one shell, in order, and compares the output of each with the `text` block after it.

The word after `sh` says what a block is:

    sh          commands, run in one shell from top to bottom
    sh server   starts the platform, which then runs until the end
    sh tests    the test command; .ci/run must call it
    sh aws      needs an AWS account; only its syntax is checked

Ids, times, sizes and secrets differ on each run and are masked before comparing.
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
KINDS = ("", "server", "tests", "aws")
# Seconds that a block may take on a busy machine.
PATIENCE = 300
MASKS = [
    (r"\b[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}\b", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"^ *\d+  \d{4}-\d\d-\d\d \d\d:\d\d", "<size>  <time>"),
    (r"^ *\d+( +\d+ files)$", r"<size>\1"),
    (r"\bage1[0-9a-z]{58}\b", "<key>"),
    (r"\b[0-9a-f]{64}\b", "<digest>"),
    (r"~[0-9a-f]{16}\b", "~<digest>"),
    (r"/share/[\w-]{43}", "/share/<token>"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
    (r'"size":\d+', '"size":<size>'),
    (r"\b\d+ bytes", "<size> bytes"),
    # Seeded data is older than the day on which it is seeded.
    (r"\b\d+ files and \d+ organisations", "<count> files and <count> organisations"),
    (r"\b20\d\d-\d\d\.csv", "<month>.csv"),
    (r"^Archive: .*", "Archive:"),
    (r"\b(receipt|session)-[0-9a-f]{12}\b", r"\1-<digest>"),
    (r"^(  password +)\S+$", r"\1<password>"),
]


def masked(text):
    lines = []
    for line in text.rstrip().splitlines():
        for pattern, replacement in MASKS:
            line = re.sub(pattern, replacement, line)
        lines.append(line.rstrip())
    return lines


class Block:
    """Commands of the page, and their expected output."""

    def __init__(self, line, kind, commands):
        self.line, self.kind, self.commands = line, kind, commands
        self.shown, self.shown_at = None, None


def blocks(page):
    """The `sh` blocks in order, each with the `text` block that follows it."""
    found, lines, at = [], page.splitlines(), 0
    while at < len(lines):
        if not lines[at].startswith("```"):
            at += 1
            continue
        end = lines.index("```", at + 1)
        language, _, kind = lines[at][3:].partition(" ")
        body = "\n".join(lines[at + 1 : end])
        if language == "sh":
            if kind not in KINDS:
                sys.exit(f"README.md:{at + 1}: `{kind}` is none of {', '.join(KINDS[1:])}")
            found.append(Block(at + 1, kind, body))
        elif language == "text" and found and found[-1].shown is None:
            found[-1].shown, found[-1].shown_at = body, (at + 1, end)
        elif language in ("console", "bash", "shell"):
            sys.exit(f"README.md:{at + 1}: use `sh` for commands, so that they can be pasted and are run here, and `text` for what they print")
        at = end + 1
    return found


class Shell:
    """One bash, like a reader's terminal; errors fail the run."""

    def __init__(self, folder, environment):
        self.folder = folder
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )
        self.say("set -o pipefail -o errtrace")

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def run(self, commands):
        """Their output, and the command that failed, if any."""
        script = Path(self.folder, "block.sh")
        script.write_text(commands + "\n")
        # The trap is removed while the marker is printed, so that only the block's commands count.
        self.say("failed=; trap 'failed=$BASH_COMMAND' ERR; . ./block.sh < /dev/null; trap - ERR; printf '\\n<end> %s\\n' \"$failed\"")
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        printed = []
        for line in self.process.stdout:
            if line.startswith("<end> "):
                timer.cancel()
                return "".join(printed).rstrip("\n"), line[len("<end> ") :].strip()
            printed.append(line)
        timer.cancel()
        return "".join(printed), f"the shell ended, after at most {PATIENCE} s"

    def end(self):
        self.process.kill()
        self.process.wait()


def start(binary, folder, environment):
    """Starts the platform, and waits until it prints its address."""
    log = open(Path(folder, "server.log"), "w+")
    process = subprocess.Popen([binary], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    until = time.monotonic() + PATIENCE
    while not Path(folder, ".provost", "running.json").exists() or "Provost is ready" not in Path(log.name).read_text():
        if process.poll() is not None or time.monotonic() > until:
            sys.exit(f"the platform did not start:\n{Path(log.name).read_text()}")
        time.sleep(0.1)
    # Lines of the log may come before.
    return process, "Provost is ready" + Path(log.name).read_text().partition("Provost is ready")[2]


def difference(block, printed):
    """The difference from the page; the start of the platform prints more than the page shows."""
    want, got = masked(block.shown or ""), masked(printed)
    if block.kind == "server":
        got = got[: len(want)]
    return "\n".join(difflib.unified_diff(want, got, "README.md", "printed", lineterm=""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the platform")
    parser.add_argument("--update", action="store_true", help="write what was printed into the page")
    options = parser.parse_args()
    path = PROJECT / "README.md"
    page = path.read_text()
    lines, updates, failures, ran = page.splitlines(), [], [], 0
    server = shell = None
    with tempfile.TemporaryDirectory(prefix="provost-readme-") as folder:
        binary = str(Path(options.binary).resolve())
        Path(folder, "infra").symlink_to(PROJECT / "infra")
        # `cargo run` starts the binary that the tests have built already.
        shim = Path(folder, "bin", "cargo")
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\n[ "$1" = run ] || exit 64\nshift\n[ "$1" != -q ] || shift\n[ "$1" != -- ] || shift\nexec "{binary}" "$@"\n')
        shim.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PROVOST", "TABLE_", "BUCKET_", "QUEUE_"))}
        environment = {**kept, "PATH": f"{shim.parent}:{kept['PATH']}", "PORT": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        try:
            shell = Shell(folder, environment)
            for block in blocks(page):
                printed, failed = "", ""
                if block.kind == "server":
                    server, printed = start(binary, folder, environment)
                elif block.kind == "":
                    printed, failed = shell.run(block.commands)
                else:
                    check = subprocess.run(["bash", "-n"], input=block.commands, text=True, capture_output=True)
                    failed = check.stderr.strip()
                    if block.kind == "tests" and block.commands.strip() not in (PROJECT / ".ci" / "run").read_text():
                        failed = ".ci/run does not call it"
                    printed = block.shown or ""
                ran += block.kind in ("", "server")
                where = f"README.md:{block.line}"
                if failed:
                    failures.append(f"{where}: failed: {failed}\n{printed}")
                elif changed := difference(block, printed):
                    if options.update and block.shown_at:
                        updates.append((block.shown_at, printed if block.kind != "server" else block.shown))
                    else:
                        failures.append(f"{where}: prints something else than the page shows\n{changed}")
        finally:
            if shell:
                shell.end()
            if server:
                server.terminate()
                server.wait(timeout=60)
    for (begin, end), printed in reversed(updates):
        lines[begin:end] = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:3000", printed).splitlines()
    if updates:
        path.write_text("\n".join(lines) + "\n")
        print(f"{len(updates)} blocks of README.md were written again; read the difference before you commit it")
    for failure in failures:
        print(failure, end="\n\n")
    print(f"README.md: {ran} blocks were run, {len(failures)} failed")
    if ran < 5 or failures:
        print("If the page is out of date and what was printed is right: tests/readme/run.sh --update")
        sys.exit(1)


main()
