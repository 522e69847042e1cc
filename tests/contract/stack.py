"""The platform on a free port of this machine, with data of its own that is gone afterwards."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT_EMAIL = "root@provost.example"
ROOT_PASSWORD = "Contract-Harbour-26"
SEEDED_PASSWORD = "Seeded-Harbour-26"
PATIENCE = 60


class Stack:
    """A platform that runs as long as the `with` block."""

    def __init__(self, binary, log):
        self.binary = Path(binary).resolve()
        self.log = log
        self.directory = tempfile.TemporaryDirectory(prefix="provost-contract-")
        self.data = Path(self.directory.name) / "data"
        # The TXT records that this platform finds when it looks up domains.
        self.txt_records = Path(self.directory.name) / "txt-records"
        self.environment = {
            # The caller's own deployment must not be used by mistake.
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TABLE_", "BUCKET_", "QUEUE_"))},
            "PORT": "0",
            "PROVOST_DIRECTORY": str(self.data),
            "DNS_TXT_FILE": str(self.txt_records),
            "PROVOST_ROOT_EMAIL": ROOT_EMAIL,
            "PROVOST_ROOT_PASSWORD": ROOT_PASSWORD,
        }

    def __enter__(self):
        self.process = subprocess.Popen([self.binary], env=self.environment, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            self.url = self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.directory.cleanup()

    def wait(self):
        """The address, as soon as the platform prints that it is ready."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise SystemExit(f"the platform ended with {self.process.returncode}; see {self.log.name}")
            try:
                return json.loads((self.data / "running.json").read_text())["url"]
            except (OSError, ValueError):
                time.sleep(0.1)
        raise SystemExit(f"the platform did not begin to answer within {PATIENCE} seconds; see {self.log.name}")

    def webhook_secret(self):
        """The secret with which Stripe signs its events to this platform."""
        return (self.data / "keys" / "stripe-webhook").read_text().split()[0]

    def tool(self, *arguments):
        """Runs a command of `provost` on this platform."""
        subprocess.run([self.binary, *arguments], env=self.environment, stdout=self.log, stderr=subprocess.STDOUT, check=True)
