"""Turns the recorded requests to Stripe into TypeScript that only compiles if every parameter is one of Stripe's, of the right type.

    parameters.py REQUESTS.json > requests.ts
"""

import json
import re
import sys

# The type of the parameters of each call that the platform makes.
TYPES = {
    r"DELETE /v1/coupons/[^/]+": "CouponDeleteParams",
    r"DELETE /v1/customers/[^/]+": "CustomerDeleteParams",
    r"DELETE /v1/subscriptions/[^/]+": "SubscriptionCancelParams",
    r"GET /v1/charges/[^/]+": "ChargeRetrieveParams",
    r"GET /v1/invoice_payments": "InvoicePaymentListParams",
    r"GET /v1/prices": "PriceListParams",
    r"GET /v1/promotion_codes": "PromotionCodeListParams",
    r"GET /v1/subscriptions/[^/]+": "SubscriptionRetrieveParams",
    r"POST /v1/billing_portal/sessions": "BillingPortal.SessionCreateParams",
    r"POST /v1/checkout/sessions": "Checkout.SessionCreateParams",
    r"POST /v1/coupons": "CouponCreateParams",
    r"POST /v1/customers": "CustomerCreateParams",
    r"POST /v1/prices": "PriceCreateParams",
    r"POST /v1/prices/[^/]+": "PriceUpdateParams",
    r"POST /v1/products": "ProductCreateParams",
    r"POST /v1/products/[^/]+": "ProductUpdateParams",
    r"POST /v1/promotion_codes": "PromotionCodeCreateParams",
    r"POST /v1/promotion_codes/[^/]+": "PromotionCodeUpdateParams",
}


def value(path, text):
    """A parameter is text on the wire. Metadata stays text; other numbers and booleans have their own types."""
    if path[0] == "metadata" or "metadata" in path:
        return text
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"\d+", text) else text


def nested(parameters):
    tree = {}
    for name, text in parameters:
        path = [part for part in re.split(r"[\[\]]+", name) if part]
        place = tree
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value(path, text)
    return lists(tree)


def lists(tree):
    """Objects whose keys are 0, 1, 2 … are lists."""
    if not isinstance(tree, dict):
        return tree
    inner = {key: lists(below) for key, below in tree.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def main():
    print('import Stripe from "stripe";')
    made = set()
    for number, asked in enumerate(json.load(open(sys.argv[1]))):
        call = f"{asked['method']} {asked['path']}"
        kind = next((kind for pattern, kind in TYPES.items() if re.fullmatch(pattern, call)), None)
        if kind is None:
            sys.exit(f"{call} is not in the list of calls")
        made.add(kind)
        print(f"// {call}\nexport const request{number}: Stripe.{kind} = {json.dumps(nested(asked['parameters']))};")
    if missing := set(TYPES.values()) - made:
        sys.exit(f"no recorded request has the parameters {', '.join(sorted(missing))}")


main()
