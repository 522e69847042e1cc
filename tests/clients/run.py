"""Starts a local stack, and lets both generated clients do the main job on it."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "contract"))
from stack import ROOT_EMAIL, ROOT_PASSWORD, Stack  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--binary", required=True)
parser.add_argument("--python", required=True, help="the generated package's folder")
parser.add_argument("--typescript", required=True, help="the compiled program")
options = parser.parse_args()

with open("target/clients/provost.log", "w") as log, Stack(options.binary, log) as stack:
    programs = {
        "Python": [sys.executable, HERE / "main_job.py"],
        "TypeScript": ["node", options.typescript],
    }
    for language, program in programs.items():
        environment = {
            **os.environ,
            "PROVOST_URL": stack.url,
            "PROVOST_ROOT_EMAIL": ROOT_EMAIL,
            "PROVOST_ROOT_PASSWORD": ROOT_PASSWORD,
            "PYTHONPATH": options.python,
        }
        done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=180)
        if done.returncode:
            sys.exit(f"{language}: {done.stdout}{done.stderr}")
        result = json.loads(done.stdout.splitlines()[-1])
        if result["bytes"] < 1000 or not result["receipt"].count(".") == 2:
            sys.exit(f"{language}: the archive or the receipt is not one: {result}")
        print(f"{language}: {result['user']} was found, exported ({result['bytes']} bytes), shared, and erased with a receipt")
