"""docs/configuration.md, from the templates and the table of variables below.

configuration.py prints what differs; configuration.py --write writes the page.
"""

import re
import sys
from pathlib import Path

from expand import read

PAGE = "docs/configuration.md"
# Where the environment is read. A variable that a file there names must be described below.
READERS = ["shared/app/src/**/*.rs", "shared/store/src/services/aws.rs", "infra/cli/src/**/*.rs", "infra/local/src/clients.rs"]
NAME = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"')
# Strings of this form that are not variables.
OTHERS = {"CARGO_PKG_VERSION"}
# Variables that only local programs read.
LOCAL = {
    "PORT": "Port of the local stack. 3000 unless set; 0 chooses a free one.",
    "PROVOST_DIRECTORY": "Data folder of the local stack. `.provost` unless set.",
    "PROVOST_ROOT_EMAIL": "Email address of the first root account. `root@provost.example` unless set.",
    "PROVOST_ROOT_PASSWORD": "Password of the first root account. Generated unless set, and kept in `first-password` in the data folder until it is changed.",
    "DNS_TXT_FILE": "File with TXT records, a name and a text per line, that the local stack finds when it verifies DNS zones.",
    "PASSWORD_POLICY": "`composed` or `length-only`, as on AWS.",
    "OUTBOUND_EXCEPTIONS": "Hosts with ports, separated by spaces, that may be entered as a server although they are not public. The local stack adds its own S3.",
    "OUTBOUND_STAND_INS": "Pairs `origin=origin`, separated by spaces, of services and their stand-ins, for tests of integrations.",
    "SMTP_AUTHORITY": "Certificate in PEM form of an authority that the mail server's certificate may come from, besides those of the platform, for tests.",
    "STRIPE_URL": "Base URL of Stripe's API, for tests against a stand-in.",
    "AWS_ENDPOINT_URL": "Endpoint for all AWS services, for an emulator.",
    "AWS_ENDPOINT_URL_DYNAMODB": "DynamoDB of your own instead of the built-in one.",
    "AWS_ENDPOINT_URL_S3": "S3 of your own instead of the built-in one.",
    "AWS_ENDPOINT_URL_SQS": "SQS of your own instead of the built-in one.",
}
# Variables that the deployment or Lambda sets.
FUNCTIONS = {
    "STAGE": "Name of the deployment, in every log line.",
    "PUBLIC_URL": "Address of the API, without a trailing slash. Links begin with it.",
    "PUBLIC_KEYS": "JSON Web Key Set with the public keys for sessions, links, receipts and checkpoints of the audit log.",
    "KEYS_PARAMETER_PREFIX": "Path of the SSM parameters that hold the private keys.",
    "KEYS_DIRECTORY": "Folder that holds the private keys instead, on the local stack.",
    "MAIL_FROM": "Sender of every email.",
    "MAIL_FROM_NAME": "Display name of the sender. Empty for none.",
    "MAIL_CONFIGURATION_SET": "SES configuration set that reports bounces and complaints.",
    "MAIL_TRANSPORT": "`ses` sends emails with Amazon SES, `smtp` with a mail server; `capture` only stores them.",
    "SMTP_HOST": "Mail server, by the name in its certificate.",
    "SMTP_PORT": "`465` for TLS from the first byte, `587` for STARTTLS.",
    "SMTP_USER": "User name at the mail server. Empty for no sign-in.",
    "METRICS_NAMESPACE": "CloudWatch namespace of the metrics that functions write to their logs.",
    "PASSWORD_POLICY": "`composed` or `length-only`.",
    "COUNTRY_HEADER": "Request header that holds the caller's country. Empty if no header can be trusted.",
    "VIEWER_ADDRESS_HEADER": "Request header in which a CDN gives the caller's address. Empty if no header can be trusted.",
    "ORIGIN_DIGESTS": "SHA-256 digests of the secrets that a CDN sends, separated by commas. Requests without one of them are refused. Empty if everybody may call the API directly.",
    "ALLOWED_ORIGINS": "Origins that may call the API from a browser, separated by spaces.",
    "DNS_NAME_SERVERS": "Name servers of the zones of organisations, separated by commas.",
    "RELEASES_URL": "Address of the list of releases of this software, in the form of GitHub's API. Empty if nobody looks for updates.",
    "STRIPE_URL": "Base URL of Stripe's API. Stripe's own unless set.",
    "API_FUNCTIONS": "Functions behind the API, which the portal calls: pairs `name=function`, separated by commas.",
    "TABLE_ACCOUNTS": "DynamoDB table of accounts.",
    "TABLE_ORGANISATIONS": "DynamoDB table of organisations.",
    "TABLE_OPERATIONS": "DynamoDB table of jobs, links, alerts and the outbox.",
    "TABLE_CATALOGUE": "DynamoDB table of settings and products.",
    "TABLE_AUDIT": "DynamoDB table of the audit log.",
    "BUCKET_FILES": "S3 bucket of uploaded files.",
    "BUCKET_EXPORTS": "S3 bucket of export archives.",
    "BUCKET_INDEX": "S3 bucket of the user index.",
    "QUEUE_MAIL": "URL of the SQS queue of emails.",
    "QUEUE_EXPORT": "URL of the SQS queue of exports.",
    "QUEUE_DELETION": "URL of the SQS queue of deletions.",
    "QUEUE_BULK": "URL of the SQS queue of fraud scans.",
    "DEAD_LETTERS_MAIL": "URL of the dead-letter queue of emails.",
    "DEAD_LETTERS_EXPORT": "URL of the dead-letter queue of exports.",
    "DEAD_LETTERS_DELETION": "URL of the dead-letter queue of deletions.",
    "DEAD_LETTERS_BULK": "URL of the dead-letter queue of fraud scans.",
    "AWS_REGION": "Region, set by Lambda.",
    "AWS_ACCESS_KEY_ID": "Credentials of the role, set by Lambda.",
    "AWS_SECRET_ACCESS_KEY": "Credentials of the role, set by Lambda.",
    "AWS_SESSION_TOKEN": "Credentials of the role, set by Lambda.",
}


def variables(template):
    """The environment variables that the template gives to functions."""
    found = dict(template["Globals"]["Function"]["Environment"]["Variables"])
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            found.update(resource["Properties"].get("Environment", {}).get("Variables", {}))
    return found


def parameter_of(value):
    return f"`{value['Ref']}`" if isinstance(value, dict) and set(value) == {"Ref"} else ""


def default_of(parameter):
    if "Default" not in parameter:
        return "required"
    return f"`{parameter['Default']}`" if str(parameter["Default"]) else "none"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    yield ""


def page(template):
    given = variables(template)
    yield "# Configuration"
    yield ""
    yield "Generated from `template.yaml` and `infra/lint/configuration.py`; `infra/lint/lint.sh --configuration` writes it again."
    yield ""
    yield "## Parameters of a deployment"
    yield ""
    yield "They are kept in `deployments/NAME.yaml`. Change one with `infra/deploy/deploy.sh --set Name=value`."
    yield ""
    parameters = template["Parameters"].items()
    yield from table(["parameter", "default", "meaning"], ([f"`{name}`", default_of(p), p.get("Description", "")] for name, p in parameters))
    yield "## Environment variables of the functions"
    yield ""
    yield "A deployment sets them, and the local stack sets its own. Settings that change while the platform runs, such as registration rules, are in the `catalogue` table."
    yield ""
    described = FUNCTIONS.items()
    yield from table(["variable", "parameter", "meaning"], ([f"`{name}`", parameter_of(given.get(name)), text] for name, text in described))
    yield "## Environment variables of the local stack and the command line"
    yield ""
    yield from table(["variable", "meaning"], ([f"`{name}`", text] for name, text in LOCAL.items()))


def complaints(template):
    described = set(FUNCTIONS) | set(LOCAL)
    read_by = {name: path for pattern in READERS for path in Path(".").glob(pattern) for name in NAME.findall(path.read_text())}
    for name in sorted(set(read_by) - described - OTHERS):
        yield f"{read_by[name]} reads {name}: describe it in infra/lint/configuration.py"
    for name in sorted(set(variables(template)) - set(FUNCTIONS)):
        yield f"template.yaml sets {name}: describe it in infra/lint/configuration.py"
    for name in sorted(described - set(read_by) - set(variables(template)) - {"PORT"}):
        yield f"nothing reads {name}: remove it from infra/lint/configuration.py"
    for name, parameter in template["Parameters"].items():
        if not parameter.get("Description"):
            yield f"the parameter {name} needs a Description"
    if (Path(PAGE).read_text() if Path(PAGE).exists() else "") != "\n".join(page(template)):
        yield f"{PAGE} is out of date: infra/lint/lint.sh --configuration"


if __name__ == "__main__":
    source = read("template.yaml")
    if "--write" in sys.argv:
        Path(PAGE).write_text("\n".join(page(source)))
    said = list(complaints(source))
    print("\n".join(said) or f"{PAGE} is up to date")
    sys.exit(bool(said))
