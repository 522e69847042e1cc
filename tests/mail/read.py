"""Reads emails with Python's email package, and compares what it finds with what was meant. Each line of the input is one email and its meaning, as `shared/mail/examples/emails.rs` prints them."""

import email
import email.header
import email.policy
import email.utils
import json
import re
import sys

ENCODED = re.compile(r"=\?([^?]*)\?([bBqQ])\?([^?]*)\?=")
HEADERS = {"From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type", "Auto-Submitted"}
BULK = {"List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"}


def faults(meant):
    raw = meant["raw"]
    for line in raw.split("\r\n"):
        if len(line.encode()) > 998:
            yield f"a line has {len(line.encode())} octets"
        if "\r" in line or "\n" in line:
            yield "a line end stands alone"
    head = raw.split("\r\n\r\n")[0]
    for word in ENCODED.finditer(head):
        if len(word[0]) > 75:
            yield f"an encoded word has {len(word[0])} characters"
        # Each decodes by itself to whole characters.
        for part, charset in email.header.decode_header(word[0]):
            part.decode(charset)
    found = email.message_from_bytes(raw.encode(), policy=email.policy.default)
    if found.defects:
        yield f"defects: {found.defects}"
    expected = HEADERS | (BULK if meant["unsubscribe"] else set()) | ({"Reply-To"} if meant["reply_to"] else set())
    if sorted(found.keys()) != sorted(expected):
        yield f"the headers are {sorted(found.keys())}"
    senders = found["From"].addresses
    # The newer parser puts a space between two encoded words of a name, against RFC 2047, 6.2; the older one does not.
    older = email.message_from_string(raw, policy=email.policy.compat32)["From"]
    name = email.utils.parseaddr(str(email.header.make_header(email.header.decode_header(older))))[0]
    names = {s.display_name for s in senders} | ({name} if older.count("=?UTF-8?B?") > 1 else set())
    if [s.addr_spec for s in senders] != [meant["from"]] or meant["name"] not in names:
        yield f"the sender is {senders}"
    if found["From"].defects:
        yield f"the sender has defects: {found['From'].defects}"
    if [a.addr_spec for a in found["To"].addresses] != [meant["to"]]:
        yield f"the recipient is {found['To']}"
    if meant["reply_to"] and [a.addr_spec for a in found["Reply-To"].addresses] != [meant["reply_to"]]:
        yield f"replies go to {found['Reply-To']}"
    if str(found["Subject"]) != meant["subject"]:
        yield f"the subject is {str(found['Subject'])!r}"
    if meant["unsubscribe"]:
        if found["List-Unsubscribe"] != f"<{meant['unsubscribe']}>" or found["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
            yield "the link to unsubscribe is missing or changed"
    for kind, field in (("plain", "text"), ("html", "html")):
        part = found.get_body((kind,))
        text = part.get_content().replace("\r\n", "\n")
        if text.rstrip("\n") != meant[field].rstrip("\n"):
            yield f"the {kind} part differs: {text[:200]!r}"


def main():
    count, wrong = 0, []
    for line in sys.stdin:
        meant = json.loads(line)
        count += 1
        wrong += [f"{meant['name']!r}, {meant['subject'][:40]!r}: {fault}" for fault in faults(meant)]
    print(*wrong[:20], sep="\n", end="\n" if wrong else "")
    print(f"{count} emails read, {len(wrong)} faults")
    # Nothing to read would be no success.
    sys.exit(bool(wrong) or count < 300)


if __name__ == "__main__":
    main()
