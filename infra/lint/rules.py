"""Our own rules about the deployment, each a sentence that a linter for everybody cannot know.

A rule takes a `Stack` and yields complaints. `mutations.py` shows each of them failing.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import alarms as alarm_stories
import configuration
import costs
import releases
from expand import expand

RULES = []


def rule(function):
    RULES.append(function)
    return function


@dataclass
class Stack:
    template: dict  # template.yaml as written
    data: dict  # infra/data.yaml
    alarms: dict  # infra/alarms.yaml
    edge: dict  # infra/edge.yaml

    @cached_property
    def expanded(self):
        """template.yaml as AWS gets it. It takes more than a second, and not every rule looks at it."""
        return expand(self.template)

    def of(self, kind):
        """(name, properties) of the resources of one type after expansion."""
        return [(n, r.get("Properties", {})) for n, r in self.expanded["Resources"].items() if r["Type"] == kind]

    def data_of(self, kind):
        return [(n, r.get("Properties", {})) for n, r in self.data["Resources"].items() if r["Type"] == kind]

    def functions(self):
        return dict(self.of("AWS::Lambda::Function"))

    def events(self, kind):
        """(function, event name, properties) of the events as written."""
        for name, resource in self.template["Resources"].items():
            for label, event in resource.get("Properties", {}).get("Events", {}).items():
                if event["Type"] == kind:
                    yield name, label, event["Properties"]

    def statements(self):
        """(role, statement) for everything any role allows."""
        for name, role in self.of("AWS::IAM::Role"):
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement


def listed(value):
    return value if isinstance(value, list) else [value]


def output_of(value):
    """`X` of `!GetAtt Data.Outputs.X`, anywhere in a value; None without one."""
    found = re.search(r'"Data", "Outputs\.(\w+)"', json.dumps(value))
    return found.group(1) if found else None


def queue_behind(stack, output):
    """The queue resource in data.yaml that an output of it names."""
    value = stack.data["Outputs"].get(output, {}).get("Value", {})
    target = value.get("Fn::GetAtt") or [value.get("Ref")]
    return target[0] if isinstance(target, list) else target.split(".")[0]


# ---- Rights -----------------------------------------------------------------------------------------------------------------------


# Actions for which AWS knows no resources.
WITHOUT_RESOURCES = {"cloudwatch:GetMetricData"}


@rule
def actions_and_resources_are_named(stack):
    for role, s in stack.statements():
        if s["Effect"] != "Allow":
            continue
        for action in listed(s["Action"]):
            if "*" in action:
                yield f"{role} may {action}: name the actions"
        for resource in listed(s["Resource"]):
            if resource == "*" and not set(listed(s["Action"])) <= WITHOUT_RESOURCES:
                yield f"{role} reaches every resource with {listed(s['Action'])}: name what it reaches"


@rule
def each_function_has_a_role_of_its_own(stack):
    taken = {}
    for name, function in stack.functions().items():
        role = (function["Role"].get("Fn::GetAtt") or [None])[0]
        if role != f"{name}Role":
            yield f"{name} runs as {role}: give it {name}Role"
        if role in taken:
            yield f"{name} and {taken[role]} share {role}"
        taken[role] = name
    for name, role in stack.of("AWS::IAM::Role"):
        if role.get("ManagedPolicyArns"):
            yield f"{name} takes managed policies, which reach beyond this deployment: spell the actions out"


@rule
def nobody_scans(stack):
    for role, s in stack.statements():
        for action in listed(s["Action"]):
            if action == "dynamodb:Scan" or action.startswith("dynamodb:PartiQL"):
                yield f"{role} may {action}: every list is a query over an index"


AUDIT_READERS = {"AuditRole": "answers the log's routes", "StaffUsersRole": "shows what was done to a user lately", "ExportWorkerRole": "copies a person's own entries into their archive", "SchedulerRole": "adds entries to the tree of the log", "UsersRole": "lists what was done to a user"}
# Sees whether the table responds, by the key of an item that does not exist.
AUDIT_CHECKERS = {"InsightsRole"}
# Reads the log as it is written, to count.
AUDIT_STREAMERS = {"InsightsWorkerRole"}


@rule
def the_audit_log_only_grows(stack):
    for role, s in stack.statements():
        if "Outputs.AuditTable" not in json.dumps(s["Resource"]):
            continue
        allowed = {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"}
        if role in AUDIT_READERS:
            allowed |= {"dynamodb:GetItem", "dynamodb:Query"}
        if role in AUDIT_CHECKERS and leading_keys(s) == {"METRIC#*"}:
            allowed |= {"dynamodb:GetItem"}
        if role in AUDIT_STREAMERS:
            allowed = {"dynamodb:ListStreams"}
        for action in listed(s["Action"]):
            if action not in allowed:
                yield f"{role} may {action} on the audit log: entries are added, and read by {', '.join(AUDIT_READERS)}"


KEY_READERS = {
    "session": {"SessionsRole", "ImpersonationRole"},
    "link": {"MailWorkerRole", "BulkWorkerRole"},
    "receipt": {"DeletionWorkerRole"},
    "audit": {"SchedulerRole"},
    "storage": {"SettingsRole", "ModerationRole", "SchedulerRole", "DeletionWorkerRole", "ExportWorkerRole"},
    "smtp-password": {"MailWorkerRole", "BulkWorkerRole"},
    "stripe-webhook": {"BillingRole"},
    "stripe-api": {"BillingRole", "DeletionWorkerRole", "DeletionsRole"},
}


@rule
def private_keys_are_read_by_who_signs(stack):
    for role, s in stack.statements():
        for resource in listed(s["Resource"]):
            text = json.dumps(resource)
            if "${KeysParameterPrefix}" not in text:
                continue
            if listed(s["Action"]) != ["ssm:GetParameter"]:
                yield f"{role} does more with a key than read it: {listed(s['Action'])}"
            key = re.search(r"\$\{KeysParameterPrefix\}/?([^\"]*)", text).group(1)
            if key != "cursor" and role not in KEY_READERS.get(key, set()):
                yield f"{role} may read the key `{key}`: only {sorted(KEY_READERS.get(key, []))} use it"


# ---- Data at rest -----------------------------------------------------------------------------------------------------------------


# A first creation that fails leaves no empty tables behind, whose names would be lost; everything else is kept.
KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


@rule
def data_outlives_the_stack(stack):
    for name, r in stack.data["Resources"].items():
        if r["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
            for policy, want in KEPT.items():
                if r.get(policy) != want:
                    yield f"{name} has no {policy}: {want}"
    if stack.expanded["Resources"]["Data"].get("DeletionPolicy") != KEPT["DeletionPolicy"]:
        yield f"the nested stack Data has no DeletionPolicy: {KEPT['DeletionPolicy']}"


@rule
def tables_can_be_restored(stack):
    for name, p in stack.data_of("AWS::DynamoDB::Table"):
        if not p.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} has no point-in-time recovery"
        if not p.get("DeletionProtectionEnabled"):
            yield f"{name} has no deletion protection"
        if p.get("TimeToLiveSpecification") != {"AttributeName": "ttl", "Enabled": True}:
            yield f"{name} does not expire rows by `ttl`"
        if p.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} is billed while idle: PAY_PER_REQUEST"
        projected = sum(len(g["Projection"].get("NonKeyAttributes", [])) for g in p.get("GlobalSecondaryIndexes", []))
        if projected > 100:
            yield f"{name} projects {projected} attributes; DynamoDB allows 100 over all indexes of a table"


@rule
def everything_is_encrypted(stack):
    for name, p in stack.data_of("AWS::DynamoDB::Table"):
        if not p.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"{name} is not encrypted under KMS"
    for name, p in stack.data_of("AWS::S3::Bucket"):
        rules = p.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
        if rules[0].get("ServerSideEncryptionByDefault", {}).get("SSEAlgorithm") != "aws:kms":
            yield f"{name} is not encrypted under KMS"
        if not rules[0].get("BucketKeyEnabled"):
            yield f"{name} has no bucket key: KMS would be called, and billed, per object"
    for name, p in stack.data_of("AWS::SQS::Queue"):
        if not p.get("SqsManagedSseEnabled") and not p.get("KmsMasterKeyId"):
            yield f"{name} is not encrypted"


@rule
def buckets_are_closed(stack):
    policies = {p["Bucket"]["Ref"]: p["PolicyDocument"]["Statement"] for _, p in stack.data_of("AWS::S3::BucketPolicy")}
    for name, p in stack.data_of("AWS::S3::Bucket"):
        block = p.get("PublicAccessBlockConfiguration", {})
        for switch in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
            if not block.get(switch):
                yield f"{name} does not set {switch}"
        denied = [s.get("Condition", {}) for s in policies.get(name, []) if s["Effect"] == "Deny"]
        if {"Bool": {"aws:SecureTransport": "false"}} not in denied:
            yield f"{name} can be read without TLS"
        ages = [int(c["NumericGreaterThan"]["s3:signatureAge"]) for c in denied if "s3:signatureAge" in c.get("NumericGreaterThan", {})]
        if not ages or min(ages) > 300_000:
            yield f"{name} accepts presigned URLs older than five minutes"


@rule
def buckets_clean_up_after_themselves(stack):
    for name, p in stack.data_of("AWS::S3::Bucket"):
        rules = [r for r in p.get("LifecycleConfiguration", {}).get("Rules", []) if r["Status"] == "Enabled"]
        if not any(r.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 99) <= 1 for r in rules):
            yield f"{name} keeps, and bills, incomplete uploads for more than a day"
        if p.get("VersioningConfiguration", {}).get("Status") == "Enabled" and not any("NoncurrentVersionExpiration" in r for r in rules):
            yield f"{name} keeps old versions for ever"
        if name == "ExportsBucket" and not any(r.get("ExpirationInDays", 999) <= 15 and r.get("Prefix") == "exports/" for r in rules):
            yield "ExportsBucket does not expire archives"


@rule
def one_update_can_carry_the_change(stack):
    yield from releases.complaints(stack.data, stack.template["Parameters"])


# ---- CloudFront ----------------------------------------------------------------------------------------------------------------------


@rule
def nobody_gets_around_the_edge(stack):
    resources = {n: (r["Type"], r["Properties"]) for n, r in stack.edge["Resources"].items()}
    code = " ".join(p["FunctionCode"] for kind, p in resources.values() if kind == "AWS::CloudFront::Function")
    if "request.headers['x-viewer-address'] = { value: event.viewer.ip }" not in code:
        yield "no function writes the viewer's address over what a client sent"
    if not stack.edge["Parameters"]["OriginSecret"].get("NoEcho"):
        yield "the parameter OriginSecret can be read: NoEcho"
    for name, (kind, p) in resources.items():
        if kind == "AWS::CloudFront::Distribution":
            config = p["DistributionConfig"]
            if not config.get("WebACLId"):
                yield f"{name} has no web ACL"
            if "viewer-request" not in [a["EventType"] for a in config["DefaultCacheBehavior"].get("FunctionAssociations", [])]:
                yield f"{name} does not call the function that writes the viewer's address"
            if config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] != "https-only":
                yield f"{name} answers without TLS"
            for origin in config["Origins"]:
                if {"HeaderName": "X-Origin-Secret", "HeaderValue": {"Ref": "OriginSecret"}} not in origin.get("OriginCustomHeaders", []):
                    yield f"{name} does not send the origin secret"
                if origin["CustomOriginConfig"].get("OriginProtocolPolicy") != "https-only":
                    yield f"{name} reaches the API without TLS"
        if kind == "AWS::WAFv2::WebACL":
            statements = [r["Statement"] for r in p["Rules"]]
            if not any("RateBasedStatement" in s for s in statements):
                yield f"{name} limits no address"
            if "AWSManagedRulesCommonRuleSet" not in [s.get("ManagedRuleGroupStatement", {}).get("Name") for s in statements]:
                yield f"{name} lacks the managed common rules"


# ---- Queues and streams -------------------------------------------------------------------------------------------------------------


def workers(stack):
    """(function, its properties, event, name of the queue resource) of every queue that a function works on."""
    for name, label, event in stack.events("SQS"):
        yield name, stack.functions()[name], event, queue_behind(stack, output_of(event["Queue"]))


@rule
def failed_messages_are_kept(stack):
    queues = dict(stack.data_of("AWS::SQS::Queue"))
    letters = set()
    for name, _, _, queue in workers(stack):
        redrive = queues.get(queue, {}).get("RedrivePolicy")
        if not redrive:
            yield f"{queue}, which {name} works on, has no dead-letter queue"
            continue
        if redrive["maxReceiveCount"] > 5:
            yield f"{queue} tries {redrive['maxReceiveCount']} times before it gives up: at most 5"
        letters.add(listed(redrive["deadLetterTargetArn"]["Fn::GetAtt"])[0].split(".")[0])
    for name, p in queues.items():
        is_letters = name in letters or "DeadLetters" in name
        if is_letters and p.get("MessageRetentionPeriod") != 1209600:
            yield f"{name} loses dead letters before 14 days are over"


@rule
def queues_want_tls(stack):
    covered = set()
    for _, p in stack.data_of("AWS::SQS::QueuePolicy"):
        for s in p["PolicyDocument"]["Statement"]:
            if s["Effect"] == "Deny" and s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                covered |= {q["Ref"] for q in p["Queues"]}
    for name, _ in stack.data_of("AWS::SQS::Queue"):
        if name not in covered:
            yield f"{name} can be used without TLS"


@rule
def a_message_is_not_seen_twice_while_it_is_worked_on(stack):
    queues = dict(stack.data_of("AWS::SQS::Queue"))
    for name, function, _, queue in workers(stack):
        visibility = queues.get(queue, {}).get("VisibilityTimeout", 30)
        if visibility < 6 * function["Timeout"]:
            yield f"{queue} hides a message for {visibility} s; six times {name}'s limit is {6 * function['Timeout']} s"


@rule
def one_poison_message_spares_its_batch(stack):
    for name, p in stack.of("AWS::Lambda::EventSourceMapping"):
        if p.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} fails a batch as a whole: ReportBatchItemFailures"
        if "StartingPosition" not in p:
            if p.get("ScalingConfig", {}).get("MaximumConcurrency", 0) < 2:
                yield f"{name} has no MaximumConcurrency: a flood of messages would take the account's whole concurrency"
            continue
        if not p.get("BisectBatchOnFunctionError"):
            yield f"{name} does not split a failing batch"
        if p.get("MaximumRetryAttempts", -1) < 0 or p.get("MaximumRecordAgeInSeconds", -1) < 0:
            yield f"{name} retries until the stream forgets: set MaximumRetryAttempts and MaximumRecordAgeInSeconds"
        if not p.get("DestinationConfig", {}).get("OnFailure"):
            yield f"{name} gives up without a trace: set OnFailure"


# ---- The clock ----------------------------------------------------------------------------------------------------------------------

RATE = re.compile(r"rate\((\d+) (minutes?|hours?|days?)\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@rule
def the_clock_is_well_formed(stack):
    for name, label, p in stack.events("ScheduleV2"):
        expression = p["ScheduleExpression"]
        rate = RATE.fullmatch(expression)
        cron = re.fullmatch(r"cron\((.*)\)", expression)
        if cron:
            fields = cron.group(1).split()
            if len(fields) != 6:
                yield f"{name} {label}: `{expression}` has {len(fields)} fields; EventBridge wants six, the year last"
            elif (fields[2] == "?") == (fields[4] == "?"):
                yield f"{name} {label}: exactly one of day-of-month and day-of-week is `?` in `{expression}`"
        elif not rate:
            yield f"{name} {label}: `{expression}` is neither a rate nor a cron"
        elif stack.functions()[name]["Timeout"] >= int(rate.group(1)) * SECONDS[rate.group(2).rstrip("s")]:
            yield f"{name} may still run when {label} ticks again"
        if not p.get("DeadLetterConfig") or not p.get("RetryPolicy"):
            yield f"{name} {label} has no dead-letter queue or no retry policy"
        try:
            json.loads(p.get("Input", ""))["job"]
        except (ValueError, KeyError, TypeError):
            yield f"{name} {label} does not say which job: Input {{\"job\": …}}"
    for name, p in stack.of("AWS::Scheduler::Schedule"):
        if isinstance(p.get("Name"), str):
            yield f"{name} has a fixed name; two deployments in one account would clash: OmitName"


# ---- The HTTP API ---------------------------------------------------------------------------------------------------------------------


@rule
def a_route_leads_to_one_function(stack):
    seen = {}
    for name, label, p in stack.events("HttpApi"):
        if "Path" not in p:
            yield f"{name} {label} takes every path"
            continue
        # Two paths that differ only in a placeholder's name are one route.
        shape = re.sub(r"\{\w+\}", "{}", p["Path"])
        route = (p["Method"].upper(), shape)
        if route in seen:
            yield f"{route[0]} {p['Path']} leads to {seen[route]} and to {name}"
        seen[route] = name
    for name, count in {n: sum(1 for f in seen.values() if f == n) for n in set(seen.values())}.items():
        if count > 40:
            yield f"{name} has {count} routes; its resource policy (20 kB) holds about fifty: use a prefix"
    shared = {}
    for (method, shape), name in seen.items():
        shared.setdefault(shape, {})[method] = name
    for shape, methods in shared.items():
        below_a_prefix = [s for s in shared if s.endswith("{proxy+}") and shape.startswith(s[: -len("{proxy+}")]) and s != shape]
        if below_a_prefix and "ANY" not in methods:
            yield f"{shape} is exact for {sorted(methods)} only, inside the prefix {below_a_prefix[0]}: say with ANY who answers the rest"


@rule
def answers_come_before_the_gateway_gives_up(stack):
    for name in {n for n, _, _ in stack.events("HttpApi")}:
        if stack.functions()[name]["Timeout"] > 29:
            yield f"{name} may take {stack.functions()[name]['Timeout']} s; the gateway hangs up after 30"


@rule
def the_gateway_is_bounded_and_discreet(stack):
    for name, p in stack.of("AWS::ApiGatewayV2::Stage"):
        default = p.get("DefaultRouteSettings", {})
        if not default.get("ThrottlingRateLimit") or not default.get("ThrottlingBurstLimit"):
            yield f"{name} has no throttling"
        format = p.get("AccessLogSettings", {}).get("Format", "")
        if not format:
            yield f"{name} keeps no access log"
        for secret in ("$context.path", "queryString", "sourceIp", "$context.authorizer", "userAgent", "$context.requestOverride"):
            if secret in format:
                yield f"the access log holds {secret}: a share link's path is its secret, and an address is a person"
    for name, p in stack.of("AWS::ApiGatewayV2::Api"):
        if p.get("CorsConfiguration") or "x-amazon-apigateway-cors" in p.get("Body", {}):
            yield f"{name} answers other origins"


HAND_OVER = {"ExportWorker", "DeletionWorker", "BulkWorker"}


@rule
def long_work_is_handed_over(stack):
    for name in sorted(HAND_OVER):
        if stack.functions()[name].get("RecursiveLoop") != "Allow":
            yield f"{name} sends messages to its own queue, which Lambda stops after 16 rounds: RecursiveLoop: Allow"


# ---- Parameters -----------------------------------------------------------------------------------------------------------------------

KEY_SET = '{"keys":[{"kid":"session-1","x":"a"},{"kid":"link-2","x":"b"},{"kid":"receipt-3","x":"c"}]}'
VALUES = {
    "OriginDigests": (["", "ab" * 32, "ab" * 32 + "," + "01" * 32], ["secret", "AB" * 32, "ab" * 31, ",".join(["ab" * 32] * 3), "ab" * 32 + ","]),
    "ViewerAddressHeader": (["", "X-Viewer-Address"], ["X-Viewer Address", "a: b"]),
    "MailFromName": (["", "Provost", "K\u00e4the & Co.", "Smith, \"Joe\""], ["a\nb", "a\rb", "x" * 65]),
    "MailConfigurationSet": (["", "our-mail_1"], ["our mail", "x" * 65]),
    "MailFrom": (["provost@example.org", "no-reply@mail.example.org"], ["", "provost", "provost@", "@example.org", "a@b@example.org", "Provost <a@example.org>", "provost@localhost"]),
    "PublicKeys": ([KEY_SET], ["", "{", "{}", '{"keys":[]}', "{keys:[{kid:session-1}]}", KEY_SET.replace("receipt", "other"), KEY_SET + " "]),
    "PublicUrl": (["https://admin.example.org", "http://127.0.0.1:4599"], ["", "admin.example.org", "https://admin.example.org/", "https://admin.example.org/x"]),
}


@rule
def parameters_refuse_nonsense(stack):
    for name, (good, bad) in VALUES.items():
        pattern = stack.template["Parameters"][name].get("AllowedPattern", ".*")
        for value in good:
            if not re.fullmatch(pattern, value):
                yield f"the parameter {name} refuses {value!r}"
        for value in bad:
            if re.fullmatch(pattern, value):
                yield f"the parameter {name} accepts {value!r}"


# ---- Functions ------------------------------------------------------------------------------------------------------------------------


@rule
def functions_are_arm64_unless_asked(stack):
    if stack.template["Parameters"]["Architecture"].get("Default") != "arm64":
        yield "the parameter Architecture does not default to arm64"
    for name, p in stack.functions().items():
        if p.get("Architectures") not in (["arm64"], [{"Ref": "Architecture"}]):
            yield f"{name} runs on {p.get('Architectures')}"
        if p.get("Runtime") != "provided.al2023" or p.get("Handler") != "bootstrap":
            yield f"{name} is not a custom runtime with a bootstrap"


@rule
def each_function_is_built_where_the_build_puts_it(stack):
    for name, r in stack.template["Resources"].items():
        if r["Type"] == "AWS::Serverless::Function":
            want = "target/lambda/" + re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() + "/"
            if r["Properties"].get("CodeUri") != want:
                yield f"{name} has CodeUri {r['Properties'].get('CodeUri')}: {want}"


@rule
def logs_are_kept_for_a_while(stack):
    groups = dict(stack.of("AWS::Logs::LogGroup"))
    for name, p in groups.items():
        if not 1 <= p.get("RetentionInDays", 0) <= 90:
            yield f"{name} has no RetentionInDays up to 90: the default is for ever"
    for name, p in stack.functions().items():
        config = p.get("LoggingConfig", {})
        if config.get("LogGroup", {}).get("Ref") not in groups:
            yield f"{name} logs into a group that nobody declared, kept for ever"
        if config.get("LogFormat") != "JSON":
            yield f"{name} does not log JSON"


SECRET_NAME = re.compile(r"SECRET|PASSWORD(?!_POLICY)|PASSWD|PRIVATE|CREDENTIAL|TOKEN|API_?KEY", re.I)
SECRET_VALUE = re.compile(r"\{\{resolve:|-----BEGIN|AKIA|^[A-Za-z0-9+/_=-]{32,}$")


@rule
def the_environment_holds_no_secret(stack):
    for name, p in stack.functions().items():
        for variable, value in p.get("Environment", {}).get("Variables", {}).items():
            if SECRET_NAME.search(variable):
                yield f"{name}: {variable} sounds like a secret; keep it in SSM and read it by name"
            if isinstance(value, str) and SECRET_VALUE.search(value):
                yield f"{name}: {variable} looks like a secret; keep it in SSM and read it by name"
            if isinstance(value, dict) and "{{resolve:" in json.dumps(value):
                yield f"{name}: {variable} is resolved into the environment, where everyone with lambda:GetFunction reads it"
    for name, p in stack.template["Parameters"].items():
        if p.get("NoEcho"):
            yield f"the parameter {name} is a secret; keep it in SSM instead"


# ---- Nested stacks and alarms -----------------------------------------------------------------------------------------------------------


@rule
def what_is_asked_of_a_nested_stack_exists(stack):
    text = json.dumps(stack.expanded)
    for output in sorted(set(re.findall(r"Outputs\.(\w+)", text))):
        if output not in stack.data["Outputs"]:
            yield f"infra/data.yaml has no output {output}"
    passed = stack.template["Resources"]["Alarms"]["Properties"].get("Parameters", {})
    for name in sorted(set(passed) - set(stack.alarms["Parameters"])):
        yield f"infra/alarms.yaml has no parameter {name}"
    for name, p in stack.alarms["Parameters"].items():
        if name not in passed and "Default" not in p:
            yield f"the parameter {name} of infra/alarms.yaml is not given"


@rule
def trouble_is_heard(stack):
    alarms = [r["Properties"] for r in stack.alarms["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]

    def watched(metric, dimension=None):
        return {d["Value"]["Ref"] for a in alarms if a.get("MetricName") == metric for d in a.get("Dimensions", []) if dimension in (None, d["Name"])}

    for name, _ in stack.data_of("AWS::SQS::Queue"):
        metric = "ApproximateNumberOfMessagesVisible" if "DeadLetters" in name else "ApproximateAgeOfOldestMessage"
        if name not in watched(metric):
            yield f"nobody hears about {name}: an alarm on {metric}"
    for metric in ("Errors", "Throttles", "5xx"):
        if not any(a.get("MetricName") == metric for a in alarms):
            yield f"no alarm on {metric}"
    if not any(a.get("MetricName") == "Invocations" and a.get("TreatMissingData") == "breaching" for a in alarms):
        yield "nobody hears when the clock stops"
    for name, r in stack.alarms["Resources"].items():
        if r["Type"] != "AWS::CloudWatch::Alarm":
            continue
        for actions in ("AlarmActions", "OKActions"):
            if not r["Properties"].get(actions):
                yield f"{name} has no {actions}"
    if len(alarms) > 20:
        yield f"{len(alarms)} alarms; ten are free, say in infra/alarms.yaml what the others are worth"


@rule
def an_alarm_on_our_own_metric_watches_one_that_is_counted(stack):
    sources = "".join(path.read_text(encoding="utf-8") for path in Path("functions").glob("*/src/**/*.rs"))
    counted = set(re.findall(r"Metric::(\w+)\s*\.count\(", sources))
    namespace = stack.template["Globals"]["Function"]["Environment"]["Variables"].get("METRICS_NAMESPACE")
    watched = set()
    for name, r in stack.alarms["Resources"].items():
        if r["Type"] == "AWS::Logs::MetricFilter":
            yield f"{name} derives a metric from log lines: count a Metric of shared/telemetry where the fault occurs"
        if r["Type"] != "AWS::CloudWatch::Alarm" or str(r["Properties"].get("Namespace", "")).startswith("AWS/") or "Metrics" in r["Properties"]:
            continue
        watched.add(r["Properties"]["MetricName"])
        if r["Properties"]["MetricName"] not in counted:
            yield f"{name} watches {r['Properties']['MetricName']}, which no function counts"
        # In alarms.yaml the stack's name is a parameter.
        if str(r["Properties"]["Namespace"]).replace("${StackName}", "${AWS::StackName}") != str(namespace):
            yield f"{name} watches {r['Properties']['Namespace']}, and functions write metrics to {namespace}"
    for metric in sorted(counted - watched):
        yield f"{metric} is counted, and charged for, and no alarm watches it"


@rule
def each_alarm_fires_for_its_fault(stack):
    yield from alarm_stories.complaints({n: r["Properties"] for n, r in stack.alarms["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"})


@rule
def workers_leave_room_for_the_api(stack):
    # A new account has a concurrency of ten, and two is the lowest limit for a queue.
    taken = sum(p["ScalingConfig"]["MaximumConcurrency"] for _, p in stack.of("AWS::Lambda::EventSourceMapping") if "ScalingConfig" in p)
    if taken > 8:
        yield f"the queues may run {taken} functions at once; a new account has ten for everything"


@rule
def the_readme_states_what_it_costs(stack):
    yield from costs.complaints(stack.template, stack.alarms)


@rule
def the_configuration_is_described(stack):
    yield from configuration.complaints(stack.template)


# What functions for unauthenticated callers may write to the operations table, by the beginning of the partition key.
OPEN_ROLES = {
    "AccountsRole": {"DELETION#*", "EXPORT#*", "IDEMPOTENCY#*", "NAMESAKE#*", "OUTBOX#*", "REFUSAL#*", "THROTTLE#*"},
    "BillingRole": {"IDEMPOTENCY#*", "NAMESAKE#*", "OUTBOX#*", "PROMOTIONCODE#*", "REFUSAL#*", "REVENUE#*", "STRIPEEVENT#*", "STRIPEFOREIGN", "THROTTLE#billing-page#*"},
    "DeletionsRole": {"DELETION#*", "IDEMPOTENCY#*", "NAMESAKE#*", "OUTBOX#*", "REFUSAL#*", "THROTTLE#*"},
    "DownloadsRole": {"LINK#*", "IDEMPOTENCY#*"},
    "PortalRole": set(),
    "SessionsRole": {"DELETION#*", "IDEMPOTENCY#*", "NAMESAKE#*", "OUTBOX#*", "REFUSAL#*", "THROTTLE#*"},
}
# Of these functions, those without access to user data may access only this part of the other tables.
NO_PERSONS = {"DownloadsRole", "PortalRole"}


def leading_keys(statement):
    return {key for test in statement.get("Condition", {}).values() for key in listed(test.get("dynamodb:LeadingKeys", []))}


@rule
def strangers_reach_little(stack):
    for role, s in stack.statements():
        text = json.dumps(s["Resource"])
        if role not in OPEN_ROLES or "/index/" in text:
            continue
        if "Outputs.OperationsTable" in text:
            keys = leading_keys(s)
            if not keys or keys - OPEN_ROLES[role]:
                yield f"{role}, whose function answers without a session, reaches {sorted(keys) or 'every partition'} of operations: only {sorted(OPEN_ROLES[role])}"
        elif role in NO_PERSONS and any(a.startswith("dynamodb:") for a in listed(s["Action"])):
            if leading_keys(s) != {"WARM"} or listed(s["Action"]) != ["dynamodb:GetItem"]:
                yield f"{role}, whose function answers without a session, does {listed(s['Action'])} on {text}: it needs no person's data"


# Buckets and queues: which function may do what, and under which prefix. A list has no prefix in its resource.
OBJECTS = {
    "AccountsRole": {"exports/*": {"GetObject"}, "users/*/avatar/*": {"PutObject", "GetObject", "DeleteObject"}},
    "OrganisationsRole": {"organisations/*": {"PutObject", "GetObject", "DeleteObject", "DeleteObjectVersion"}, "": {"ListBucketVersions"}},
    "VerificationsRole": {
        "users/*/identity/*": {"PutObject", "GetObject", "DeleteObject", "DeleteObjectVersion"},
        "users/*/documents/*": {"PutObject", "GetObject", "DeleteObject", "DeleteObjectVersion"},
        "": {"ListBucket", "ListBucketVersions"},
    },
    # Uploads and downloads by presigned URLs, and a look whether an upload has arrived.
    "ModerationRole": {
        "users/*/files/*": {"PutObject", "GetObject"},
        "users/*/evidence/*": {"PutObject", "GetObject"},
        "": {"ListBucket"},
    },
    "InsightsRole": {"": {"ListBucket"}},
    # The objects of the user index.
    "DirectoryRole": {"users/*": {"GetObject"}},
    "IndexWorkerRole": {"users/*": {"GetObject", "PutObject", "DeleteObject"}, "": {"ListBucket"}},
    "SystemRole": {"users/*/avatar/*": {"GetObject"}},
    "UsersRole": {"users/*/avatar/*": {"GetObject"}},
    "ExportsRole": {"exports/*": {"GetObject", "DeleteObject"}},
    "DownloadsRole": {"exports/*": {"GetObject"}},
    "ExportWorkerRole": {
        "users/*": {"GetObject"},
        "exports/*": {"PutObject", "DeleteObject", "AbortMultipartUpload"},
        "": {"ListBucket", "ListBucketMultipartUploads"},
    },
    "DeletionWorkerRole": {
        "users/*": {"DeleteObject", "DeleteObjectVersion"},
        "organisations/*": {"DeleteObject", "DeleteObjectVersion"},
        "exports/*": {"DeleteObject", "AbortMultipartUpload"},
        "": {"ListBucketVersions", "ListBucketMultipartUploads"},
    },
    "SchedulerRole": {
        "exports/*": {"DeleteObject", "AbortMultipartUpload"},
        "users/*/identity/*": {"DeleteObject", "DeleteObjectVersion"},
        # Removed content, uploads that never came, and evidence whose time is up.
        "users/*/files/*": {"GetObject", "DeleteObject", "DeleteObjectVersion"},
        "users/*/evidence/*": {"DeleteObject", "DeleteObjectVersion"},
        "": {"ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"},
    },
}


@rule
def objects_are_reached_by_prefix(stack):
    for role, s in stack.statements():
        for action in (a.removeprefix("s3:") for a in listed(s["Action"]) if a.startswith("s3:")):
            for resource in listed(s["Resource"]):
                path = re.search(r"\$\{Bucket\}/([^\"]*)", json.dumps(resource))
                prefix = path[1] if path else ""
                if action not in OBJECTS.get(role, {}).get(prefix, ()):
                    yield f"{role} may {action} on `{prefix or 'a bucket'}`: say in OBJECTS why it has to"


# Every queue that a function may send to; besides, a worker receives from its own.
SENDERS = {
    "InsightsWorkerRole": {"UndeliveredDeadLetters"},
    "IndexWorkerRole": {"UndeliveredDeadLetters"},
    "IndexWorkerCompactionRole": {"UndeliveredDeadLetters"},
    "IndexWorkerRebuildRole": {"UndeliveredDeadLetters"},
    "OutboxRole": {"MailQueue", "ExportQueue", "BulkQueue", "DeletionQueue", "UndeliveredDeadLetters"},
    "SchedulerRole": {"MailQueue", "ExportQueue", "BulkQueue", "DeletionQueue"},
    "FraudRole": {"BulkQueue"},
    "BulkWorkerRole": {"BulkQueue", "BulkDeadLetters"},
    "ExportWorkerRole": {"ExportQueue", "ExportDeadLetters"},
    "DeletionWorkerRole": {"DeletionQueue", "DeletionDeadLetters"},
    "MailWorkerRole": {"MailDeadLetters"},
    "SchedulerDueRole": {"UndeliveredDeadLetters"},
    "SchedulerRetentionRole": {"UndeliveredDeadLetters"},
}


@rule
def queues_are_reached_one_by_one(stack):
    own = {f"{name}Role": queue for name, _, _, queue in workers(stack)}
    # The status page counts the messages of every queue.
    counted = {("InsightsRole", "sqs:GetQueueAttributes")}
    for role, s in stack.statements():
        for action in (a for a in listed(s["Action"]) if a.startswith("sqs:") and (role, a) not in counted):
            for resource in listed(s["Resource"]):
                queue = queue_behind(stack, output_of(resource))
                allowed = SENDERS.get(role, set()) if action == "sqs:SendMessage" else {own.get(role)}
                if queue not in allowed:
                    yield f"{role} may {action} on {queue}: only {sorted(filter(None, allowed))}"


@rule
def parameters_are_read_one_by_one(stack):
    """The cursor's key by functions with lists behind the API; the others are in KEY_READERS."""
    behind = {f"{name}Role" for name, _, _ in stack.events("HttpApi")}
    for role, s in stack.statements():
        if not any(a.startswith("ssm:") for a in listed(s["Action"])):
            continue
        for resource in listed(s["Resource"]):
            key = re.search(r"parameter\$\{KeysParameterPrefix\}/([a-z-]+)\"", json.dumps(resource))
            if not key:
                yield f"{role} may {listed(s['Action'])} on {json.dumps(resource)}: name one key"
            elif key[1] == "cursor" and (role not in behind or role in NO_PERSONS):
                yield f"{role} may read the key of cursors and answers no list"


# Emails one by one, and broadcasts. SES asks for the second right when the email comes in its Internet form.
MAILERS = {"MailWorkerRole", "BulkWorkerRole"}
SENDING = {"ses:SendEmail", "ses:SendRawEmail"}


@rule
def mail_is_sent_by_workers_from_one_address(stack):
    for role, s in stack.statements():
        for action in (a for a in listed(s["Action"]) if a.startswith("ses:")):
            condition = s.get("Condition", {}).get("StringEquals", {})
            if role not in MAILERS or action not in SENDING or condition.get("ses:FromAddress") != {"Ref": "MailFrom"}:
                yield f"{role} may {action} with {condition}: only {sorted(MAILERS)} send, as MailFrom"
