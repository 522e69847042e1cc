"""Checks the recorded signature of a webhook with Stripe's own package.

    signatures.py SIGNED.json
"""

import json
import sys

import stripe

signed = json.load(open(sys.argv[1]))
event = stripe.Webhook.construct_event(signed["body"], signed["header"], signed["secret"], tolerance=None)
assert event["id"] == json.loads(signed["body"])["id"], "the body is another event"
# The header that the tests of the platform accept is the one that Stripe's package makes.
payload = f"{signed['seconds']}.{signed['body']}"
official = stripe.WebhookSignature._compute_signature(payload, signed["secret"])
assert signed["header"] == f"t={signed['seconds']},v1={official}", "Stripe's package signs otherwise"
for wrong in (signed["header"][:-1] + ("0" if signed["header"][-1] != "0" else "1"), signed["header"].replace("v1=", "v0=")):
    try:
        stripe.Webhook.construct_event(signed["body"], wrong, signed["secret"], tolerance=None)
    except stripe.SignatureVerificationError:
        continue
    sys.exit("Stripe's package accepts a wrong signature")
print("signatures: Stripe's package and the platform agree")
