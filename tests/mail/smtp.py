"""Sends emails with the SMTP transport to aiosmtpd, and compares what arrives with what was meant. The input has the emails that `shared/mail/examples/emails.rs` prints; the argument is the program `shared/app/examples/smtp.rs`."""

import json
import logging
import re
import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from read import faults

HOST = "mail.provost.example"
ACCOUNT = {"SMTP_USER": "care", "password": "a secret = ü"}
BOUNDARY = re.compile(rb'boundary="([^"]+)"')


class Received:
    """Keeps each email that arrives, and refuses some."""

    def __init__(self):
        self.emails = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        if session.host_name != "provost.example":
            return f"501 5.5.4 who is {session.host_name}"
        if address.startswith("stranger"):
            return "550 5.7.1 not your address"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = {"refused": f"550 5.1.1 <{address}> is unknown", "later": "451 4.3.0 try again"}.get(address.split("@")[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos == ["lost@user.example"]:
            server.transport.abort()
            return "250 OK"
        if envelope.rcpt_tos == ["spam@user.example"]:
            return "554 5.7.1 this is spam"
        self.emails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def sign_in(server, session, envelope, mechanism, data):
    given = (data.login, data.password) == (ACCOUNT["SMTP_USER"].encode(), ACCOUNT["password"].encode())
    return AuthResult(success=given, handled=False)


def certificate(folder):
    """A certificate for HOST that signs itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


def start(received, **how):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(received, hostname="127.0.0.1", port=port, **how)
    controller.start()
    return controller, port


def send(program, settings, emails):
    """What became of each email. A transport that hangs is a fault."""
    lines = "\n".join(json.dumps(line) for line in [settings, *emails])
    ran = subprocess.run([program], input=lines, capture_output=True, text=True, timeout=30 + len(emails))
    if ran.returncode:
        raise SystemExit(f"{program} stopped: {ran.stderr}")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def compare(name, meant, outcomes, arrived):
    if [o["outcome"] for o in outcomes] != ["sent"] * len(meant) or len(arrived) != len(meant):
        yield f"{name}: {len(meant)} emails were meant, {len(arrived)} arrived: {[o for o in outcomes if o['outcome'] != 'sent'][:3]}"
        return
    for email, (sender, recipients, content) in zip(meant, arrived):
        if (sender, recipients) != (email["from"], [email["to"]]):
            yield f"{name}: sent by {sender} to {recipients}"
        # The same bytes as before the transport, except for the boundary, which is random.
        before = email["raw"].encode()
        if BOUNDARY.sub(b"", content.replace(BOUNDARY.search(content)[1], b"")) != BOUNDARY.sub(b"", before.replace(BOUNDARY.search(before)[1], b"")):
            yield f"{name}: {email['subject'][:40]!r} arrived with other bytes"
        yield from (f"{name}: {email['subject'][:40]!r}: {fault}" for fault in faults(email | {"raw": content.decode()}))


def main():
    # The server warns that a sign-in without TLS is possible: the transport must not use it.
    logging.disable()
    program = sys.argv[1]
    emails = [json.loads(line) for line in sys.stdin]
    wrong, started = [], []
    with tempfile.TemporaryDirectory() as folder:
        cert, key = certificate(Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        received = Received()
        account = {"authenticator": sign_in, "auth_required": True}
        servers = {
            "TLS from the first byte": {"ssl_context": context, "auth_require_tls": False, **account},
            "STARTTLS": {"tls_context": context, "require_starttls": True, **account},
            "no TLS": {"auth_require_tls": False, **account},
        }
        ports = {}
        for name, how in servers.items():
            controller, ports[name] = start(received, **how)
            started.append(controller)

        def settings(port, server, **others):
            stand_in = f"smtp://{HOST}:{port}=smtp://127.0.0.1:{ports[server]}"
            known = {"MAIL_FROM": "care@provost.example", "SMTP_HOST": HOST, "SMTP_PORT": str(port), "OUTBOUND_STAND_INS": stand_in, "SMTP_AUTHORITY": cert.read_text(), **ACCOUNT}
            return known | others

        # All emails over one, some over the other.
        for port, server, meant in ((465, "TLS from the first byte", emails), (587, "STARTTLS", emails[::10])):
            received.emails = []
            outcomes = send(program, settings(port, server), meant)
            wrong += compare(server, meant, outcomes, received.emails)

        first = emails[0]
        received.emails = []
        tls, starttls = (465, "TLS from the first byte"), (587, "STARTTLS")
        for given, to, outcome, why in (
            (settings(465, "STARTTLS"), "ada", "paused", "Use port 587"),
            (settings(587, "TLS from the first byte"), "ada", "paused", "Use port 465"),
            (settings(587, "no TLS"), "ada", "paused", "offers no TLS"),
            (settings(*tls, SMTP_AUTHORITY=""), "ada", "paused", "certificate is not valid"),
            (settings(*starttls, SMTP_AUTHORITY=""), "ada", "paused", "certificate is not valid"),
            (settings(*tls, password="wrong"), "ada", "paused", "user name or password"),
            (settings(*starttls, password="wrong"), "ada", "paused", "user name or password"),
            (settings(*tls, password=""), "ada", "paused", "smtp-password is missing"),
            (settings(*tls, MAIL_FROM="stranger@provost.example"), "ada", "paused", "refuses the sender: 550 5.7.1"),
            (settings(*tls), "refused", "refused", "550 5.1.1"),
            (settings(*tls), "spam", "refused", "554 5.7.1"),
            (settings(*tls), "later", "later", ""),
            (settings(*tls), "lost", "no answer", ""),
            (settings(*tls, SMTP_HOST="127.0.0.1"), "ada", "paused", "not allowed"),
        ):
            found = send(program, given, [first | {"to": f"{to}@user.example"}])[0]
            if found["outcome"] != outcome or why not in found["why"]:
                wrong.append(f"port {given['SMTP_PORT']}, {to}: {found} instead of {outcome} with {why!r}")
        if received.emails:
            wrong.append(f"{len(received.emails)} emails arrived although none was accepted")
        for controller in started:
            controller.stop()
    print(*wrong[:20], sep="\n", end="\n" if wrong else "")
    print(f"{len(emails)} emails sent over SMTP, {len(wrong)} faults")
    # Nothing to send would be no success.
    sys.exit(bool(wrong) or len(emails) < 300)


if __name__ == "__main__":
    main()
