"""One way or more to break each rule of rules.py: (rule, what was broken, how)."""

import copy

import rules
from rules import Stack


def broken(stack, mutate):
    """A copy of the stack after one mutation."""
    template, data, alarms, edge = copy.deepcopy((stack.template, stack.data, stack.alarms, stack.edge))
    if mutate.__code__.co_argcount == 1:
        mutate(edge)
    else:
        mutate(template["Resources"], data["Resources"], alarms["Resources"], template)
    copied = Stack(template, data, alarms, edge)
    if template == stack.template:
        copied.expanded = stack.expanded
    return copied


MUTATIONS = []


def breaks(rule, story):
    def add(mutate):
        MUTATIONS.append((rule, story, mutate))
        return mutate

    return add


def props(resources, name):
    return resources[name]["Properties"]


def statements(t, role):
    return props(t, role)["Policies"][0]["PolicyDocument"]["Statement"]


def on_table(t, role, table):
    """The statement of a role about a table itself."""
    for s in statements(t, role):
        if s["Resource"] == {"Fn::GetAtt": ["Data", f"Outputs.{table}TableArn"]} or s["Resource"] == {"Fn::GetAtt": f"Data.Outputs.{table}TableArn"}:
            return s
    raise KeyError(f"{role} has no statement about {table}")


def event(t, function, label):
    return props(t, function)["Events"][label]["Properties"]


@breaks(rules.actions_and_resources_are_named, "an action with a star")
def _(t, d, a, top):
    on_table(t, "AccountsRole", "Accounts")["Action"].append("dynamodb:*")


@breaks(rules.actions_and_resources_are_named, "a resource that is a star")
def _(t, d, a, top):
    on_table(t, "AccountsRole", "Accounts")["Resource"] = "*"


@breaks(rules.long_work_is_handed_over, "a worker whose loop is stopped")
def _(t, d, a, top):
    del props(t, "DeletionWorker")["RecursiveLoop"]


@breaks(rules.parameters_refuse_nonsense, "any text as the key set")
def _(t, d, a, top):
    del top["Parameters"]["PublicKeys"]["AllowedPattern"]


@breaks(rules.parameters_refuse_nonsense, "a sender that is no address")
def _(t, d, a, top):
    top["Parameters"]["MailFrom"]["AllowedPattern"] = "[^ ]+"


@breaks(rules.each_function_has_a_role_of_its_own, "a borrowed role")
def _(t, d, a, top):
    props(t, "Mail")["Role"] = {"Fn::GetAtt": ["AccountsRole", "Arn"]}


@breaks(rules.each_function_has_a_role_of_its_own, "a managed policy")
def _(t, d, a, top):
    props(t, "MailRole")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]


@breaks(rules.nobody_scans, "a scan")
def _(t, d, a, top):
    on_table(t, "StaffUsersRole", "Accounts")["Action"].append("dynamodb:Scan")


@breaks(rules.the_audit_log_only_grows, "an update on the audit log")
def _(t, d, a, top):
    s = on_table(t, "AccountsRole", "Audit")
    s["Action"] = rules.listed(s["Action"]) + ["dynamodb:UpdateItem"]


@breaks(rules.the_audit_log_only_grows, "a delete by the function that reads it")
def _(t, d, a, top):
    on_table(t, "AuditRole", "Audit")["Action"].append("dynamodb:DeleteItem")


@breaks(rules.the_audit_log_only_grows, "a stranger reading")
def _(t, d, a, top):
    on_table(t, "MailRole", "Audit")["Action"] = ["dynamodb:PutItem", "dynamodb:Query"]


@breaks(rules.private_keys_are_read_by_who_signs, "the session key in the mail worker")
def _(t, d, a, top):
    statements(t, "MailWorkerRole").append(
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": {"Fn::Sub": "arn:aws:ssm:eu-central-1:1:parameter${KeysParameterPrefix}/session"}}
    )


@breaks(rules.private_keys_are_read_by_who_signs, "every key at once")
def _(t, d, a, top):
    statements(t, "SessionsRole").append(
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": {"Fn::Sub": "arn:aws:ssm:eu-central-1:1:parameter${KeysParameterPrefix}/*"}}
    )


@breaks(rules.data_outlives_the_stack, "a table that goes with the stack")
def _(t, d, a, top):
    del d["AuditTable"]["DeletionPolicy"]


@breaks(rules.data_outlives_the_stack, "the nested stack goes with its parent")
def _(t, d, a, top):
    del t["Data"]["DeletionPolicy"]


@breaks(rules.tables_can_be_restored, "no point-in-time recovery")
def _(t, d, a, top):
    del props(d, "AccountsTable")["PointInTimeRecoverySpecification"]


@breaks(rules.tables_can_be_restored, "no deletion protection")
def _(t, d, a, top):
    props(d, "OperationsTable")["DeletionProtectionEnabled"] = False


@breaks(rules.tables_can_be_restored, "more projections than DynamoDB allows")
def _(t, d, a, top):
    props(d, "AccountsTable")["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] += [f"more{n}" for n in range(101)]


@breaks(rules.everything_is_encrypted, "a table in the clear")
def _(t, d, a, top):
    del props(d, "CatalogueTable")["SSESpecification"]


@breaks(rules.everything_is_encrypted, "a bucket in the clear")
def _(t, d, a, top):
    del props(d, "ExportsBucket")["BucketEncryption"]


@breaks(rules.everything_is_encrypted, "a queue in the clear")
def _(t, d, a, top):
    props(d, "MailQueue")["SqsManagedSseEnabled"] = False


@breaks(rules.buckets_are_closed, "a bucket that could be made public")
def _(t, d, a, top):
    props(d, "FilesBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@breaks(rules.buckets_are_closed, "presigned URLs for a day")
def _(t, d, a, top):
    for s in props(d, "ExportsBucketPolicy")["PolicyDocument"]["Statement"]:
        if "NumericGreaterThan" in s["Condition"]:
            s["Condition"]["NumericGreaterThan"]["s3:signatureAge"] = "86400000"


@breaks(rules.buckets_are_closed, "a bucket without TLS")
def _(t, d, a, top):
    del props(d, "FilesBucketPolicy")["PolicyDocument"]["Statement"][0]


@breaks(rules.buckets_clean_up_after_themselves, "incomplete uploads for ever")
def _(t, d, a, top):
    del props(d, "ExportsBucket")["LifecycleConfiguration"]["Rules"][0]


@breaks(rules.buckets_clean_up_after_themselves, "archives for ever")
def _(t, d, a, top):
    props(d, "ExportsBucket")["LifecycleConfiguration"]["Rules"][1]["Status"] = "Disabled"


@breaks(rules.buckets_clean_up_after_themselves, "old versions for ever")
def _(t, d, a, top):
    del props(d, "FilesBucket")["LifecycleConfiguration"]["Rules"][1]


@breaks(rules.failed_messages_are_kept, "a queue without dead letters")
def _(t, d, a, top):
    del props(d, "ExportQueue")["RedrivePolicy"]


@breaks(rules.failed_messages_are_kept, "a hundred tries")
def _(t, d, a, top):
    props(d, "ExportQueue")["RedrivePolicy"]["maxReceiveCount"] = 100


@breaks(rules.failed_messages_are_kept, "dead letters for four days")
def _(t, d, a, top):
    del props(d, "DeletionDeadLetters")["MessageRetentionPeriod"]


@breaks(rules.queues_want_tls, "a queue that the policy forgot")
def _(t, d, a, top):
    props(d, "QueuesOnlyOverTls")["Queues"].pop()


@breaks(rules.a_message_is_not_seen_twice_while_it_is_worked_on, "a slower worker")
def _(t, d, a, top):
    props(t, "MailWorker")["Timeout"] = 61


@breaks(rules.a_message_is_not_seen_twice_while_it_is_worked_on, "the default visibility")
def _(t, d, a, top):
    del props(d, "DeletionQueue")["VisibilityTimeout"]


@breaks(rules.one_poison_message_spares_its_batch, "a batch that fails as a whole")
def _(t, d, a, top):
    del event(t, "MailWorker", "Messages")["FunctionResponseTypes"]


@breaks(rules.one_poison_message_spares_its_batch, "workers without a bound")
def _(t, d, a, top):
    del event(t, "ExportWorker", "Jobs")["ScalingConfig"]


@breaks(rules.one_poison_message_spares_its_batch, "a stream that retries for a day")
def _(t, d, a, top):
    del event(t, "Outbox", "Inserts")["MaximumRetryAttempts"]


@breaks(rules.one_poison_message_spares_its_batch, "a stream that gives up without a trace")
def _(t, d, a, top):
    del event(t, "Outbox", "Inserts")["DestinationConfig"]


@breaks(rules.the_clock_is_well_formed, "five fields")
def _(t, d, a, top):
    event(t, "Scheduler", "Retention")["ScheduleExpression"] = "cron(17 3 * * ?)"


@breaks(rules.the_clock_is_well_formed, "both days given")
def _(t, d, a, top):
    event(t, "Scheduler", "Retention")["ScheduleExpression"] = "cron(17 3 * * * *)"


@breaks(rules.the_clock_is_well_formed, "a run longer than the pause")
def _(t, d, a, top):
    event(t, "Scheduler", "Due")["ScheduleExpression"] = "rate(4 minutes)"


@breaks(rules.the_clock_is_well_formed, "a tick that says nothing")
def _(t, d, a, top):
    del event(t, "Scheduler", "Due")["Input"]


@breaks(rules.the_clock_is_well_formed, "a tick that is lost")
def _(t, d, a, top):
    del event(t, "Scheduler", "Due")["DeadLetterConfig"]


@breaks(rules.the_clock_is_well_formed, "a name that the next deployment wants too")
def _(t, d, a, top):
    del event(t, "Scheduler", "Due")["OmitName"]


@breaks(rules.a_route_leads_to_one_function, "two functions on one route under two names")
def _(t, d, a, top):
    event(t, "Exports", "ExportUser").update(Method="any", Path="/api/admin/users/{userId}")


@breaks(rules.a_route_leads_to_one_function, "an exact path for one method inside another's prefix")
def _(t, d, a, top):
    del props(t, "StaffUsers")["Events"]["User"]


@breaks(rules.answers_come_before_the_gateway_gives_up, "a minute for an answer")
def _(t, d, a, top):
    props(t, "Accounts")["Timeout"] = 60


@breaks(rules.the_gateway_is_bounded_and_discreet, "no throttling")
def _(t, d, a, top):
    del props(t, "Api")["DefaultRouteSettings"]


@breaks(rules.the_gateway_is_bounded_and_discreet, "paths in the access log")
def _(t, d, a, top):
    props(t, "Api")["AccessLogSettings"]["Format"] = '{"path":"$context.path"}'


@breaks(rules.the_gateway_is_bounded_and_discreet, "every origin")
def _(t, d, a, top):
    props(t, "Api")["CorsConfiguration"] = {"AllowOrigins": ["*"]}


@breaks(rules.functions_are_arm64_unless_asked, "one function on x86")
def _(t, d, a, top):
    props(t, "Portal")["Architectures"] = ["x86_64"]


@breaks(rules.functions_are_arm64_unless_asked, "x86 by default")
def _(t, d, a, top):
    top["Parameters"]["Architecture"]["Default"] = "x86_64"


@breaks(rules.each_function_is_built_where_the_build_puts_it, "another function's binary")
def _(t, d, a, top):
    props(t, "MailWorker")["CodeUri"] = "target/lambda/mail/"


@breaks(rules.logs_are_kept_for_a_while, "a log for ever")
def _(t, d, a, top):
    del props(t, "AccountsLog")["RetentionInDays"]


@breaks(rules.logs_are_kept_for_a_while, "a function with the default log group")
def _(t, d, a, top):
    del props(t, "Accounts")["LoggingConfig"]


@breaks(rules.the_environment_holds_no_secret, "a key by name")
def _(t, d, a, top):
    props(t, "Accounts").setdefault("Environment", {"Variables": {}})["Variables"]["STRIPE_SECRET"] = "x"


@breaks(rules.the_environment_holds_no_secret, "a key by its look")
def _(t, d, a, top):
    props(t, "Accounts").setdefault("Environment", {"Variables": {}})["Variables"]["SALT"] = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"


@breaks(rules.the_environment_holds_no_secret, "a secret that CloudFormation resolves")
def _(t, d, a, top):
    props(t, "Accounts").setdefault("Environment", {"Variables": {}})["Variables"]["SALT"] = "{{resolve:ssm-secure:/provost/keys/session}}"


@breaks(rules.what_is_asked_of_a_nested_stack_exists, "a renamed output")
def _(t, d, a, top):
    top["Globals"]["Function"]["Environment"]["Variables"]["TABLE_AUDIT"] = {"Fn::GetAtt": ["Data", "Outputs.AuditingTable"]}


@breaks(rules.what_is_asked_of_a_nested_stack_exists, "a parameter that is not given")
def _(t, d, a, top):
    del props(t, "Alarms")["Parameters"]["SchedulerFunction"]


@breaks(rules.trouble_is_heard, "dead letters that nobody reads")
def _(t, d, a, top):
    del a["DeletionGivenUp"]


@breaks(rules.trouble_is_heard, "a silent clock")
def _(t, d, a, top):
    props(a, "SchedulerSilent")["TreatMissingData"] = "notBreaching"


@breaks(rules.trouble_is_heard, "an alarm without a listener")
def _(t, d, a, top):
    del props(a, "MailLate")["AlarmActions"]


@breaks(rules.nobody_gets_around_the_edge, "an origin that gets no secret")
def _(edge):
    del props(edge["Resources"], "Distribution")["DistributionConfig"]["Origins"][0]["OriginCustomHeaders"]


@breaks(rules.nobody_gets_around_the_edge, "an address that a client chooses")
def _(edge):
    del props(edge["Resources"], "Distribution")["DistributionConfig"]["DefaultCacheBehavior"]["FunctionAssociations"]


@breaks(rules.nobody_gets_around_the_edge, "a secret that everybody reads")
def _(edge):
    del edge["Parameters"]["OriginSecret"]["NoEcho"]


@breaks(rules.nobody_gets_around_the_edge, "an address that may ask without limit")
def _(edge):
    del props(edge["Resources"], "WebAcl")["Rules"][0]


@breaks(rules.an_alarm_on_our_own_metric_watches_one_that_is_counted, "an alarm on a metric that no function counts")
def _(t, d, a, top):
    props(a, "MailNotAccepted")["MetricName"] = "MailLost"


@breaks(rules.an_alarm_on_our_own_metric_watches_one_that_is_counted, "an alarm in another namespace than that of the functions")
def _(t, d, a, top):
    props(a, "MailNotAccepted")["Namespace"] = {"Fn::Sub": "Provosts/${StackName}"}


@breaks(rules.an_alarm_on_our_own_metric_watches_one_that_is_counted, "a metric that is charged for and watched by no alarm")
def _(t, d, a, top):
    del a["MailNotAccepted"]


@breaks(rules.an_alarm_on_our_own_metric_watches_one_that_is_counted, "a metric filter")
def _(t, d, a, top):
    a["MailLines"] = {"Type": "AWS::Logs::MetricFilter", "Properties": {}}


@breaks(rules.each_alarm_fires_for_its_fault, "a scheduler that may fail for an hour")
def _(t, d, a, top):
    props(a, "SchedulerFailing")["Period"] = 3600


@breaks(rules.each_alarm_fires_for_its_fault, "an outage that five users cannot cause")
def _(t, d, a, top):
    props(a, "ApiOutage")["Metrics"][0]["Expression"] = "IF(failed >= 20 AND failed * 2 >= requests, 1, 0)"


@breaks(rules.each_alarm_fires_for_its_fault, "an alarm that any failure sets off")
def _(t, d, a, top):
    props(a, "ApiOutage")["Metrics"][0]["Expression"] = "IF(failed >= 1 OR failed * 2 >= requests, 1, 0)"


@breaks(rules.each_alarm_fires_for_its_fault, "an alarm without a story")
def _(t, d, a, top):
    a["Another"] = copy.deepcopy(a["MailGivenUp"])


@breaks(rules.trouble_is_heard, "an alarm that does not say when it is over")
def _(t, d, a, top):
    del props(a, "MailGivenUp")["OKActions"]


@breaks(rules.workers_leave_room_for_the_api, "queues that take a new account's whole concurrency")
def _(t, d, a, top):
    event(t, "MailWorker", "Messages")["ScalingConfig"]["MaximumConcurrency"] = 5


def indexes(d, table):
    return props(d, table)["GlobalSecondaryIndexes"]


@breaks(rules.one_update_can_carry_the_change, "two new indexes on one table")
def _(t, d, a, top):
    for name in ("first", "second"):
        indexes(d, "AccountsTable").append(copy.deepcopy(indexes(d, "AccountsTable")[0]) | {"IndexName": name})


@breaks(rules.one_update_can_carry_the_change, "an index in place of another")
def _(t, d, a, top):
    indexes(d, "OperationsTable")[0]["IndexName"] = "overdue"


@breaks(rules.one_update_can_carry_the_change, "one more projected attribute")
def _(t, d, a, top):
    indexes(d, "OperationsTable")[0]["Projection"]["NonKeyAttributes"].append("createdAt")


@breaks(rules.one_update_can_carry_the_change, "a table under another logical name")
def _(t, d, a, top):
    d["AuditLogTable"] = d.pop("AuditTable")


@breaks(rules.one_update_can_carry_the_change, "a stream of another view")
def _(t, d, a, top):
    props(d, "OperationsTable")["StreamSpecification"]["StreamViewType"] = "KEYS_ONLY"


@breaks(rules.one_update_can_carry_the_change, "a new parameter that has to be given")
def _(t, d, a, top):
    top["Parameters"]["Owner"] = {"Type": "String"}


@breaks(rules.one_update_can_carry_the_change, "a parameter that is gone")
def _(t, d, a, top):
    del top["Parameters"]["CountryHeader"]


@breaks(rules.the_configuration_is_described, "a variable that the page does not describe")
def _(t, d, a, top):
    top["Globals"]["Function"]["Environment"]["Variables"]["NEW_SETTING"] = "on"


@breaks(rules.the_readme_states_what_it_costs, "one more alarm than the README counts")
def _(t, d, a, top):
    a["Another"] = copy.deepcopy(a["MailGivenUp"])


@breaks(rules.the_readme_states_what_it_costs, "a queue whose polling the README leaves out")
def _(t, d, a, top):
    props(t, "MailWorker")["Events"]["More"] = copy.deepcopy(props(t, "MailWorker")["Events"]["Messages"])


def on_operations(t, role):
    return [s for s in statements(t, role) if "Outputs.OperationsTableArn" in str(s["Resource"]) and "index" not in str(s["Resource"])]


@breaks(rules.strangers_reach_little, "a page without sign-in that writes requests to delete accounts")
def _(t, d, a, top):
    on_operations(t, "DownloadsRole")[0]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].append("DELETION#*")


@breaks(rules.strangers_reach_little, "a page without sign-in that writes the audit log")
def _(t, d, a, top):
    statements(t, "DownloadsRole").append({"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Data", "Outputs.AuditTableArn"]}})


@breaks(rules.strangers_reach_little, "a health check that reads people")
def _(t, d, a, top):
    del on_table(t, "PortalRole", "Accounts")["Condition"]


for _role in ("AccountsRole", "BillingRole", "DeletionsRole", "SessionsRole"):

    @breaks(rules.strangers_reach_little, f"every partition for {_role}")
    def _(t, d, a, top, role=_role):
        del on_operations(t, role)[-1]["Condition"]


@breaks(rules.objects_are_reached_by_prefix, "pictures of identity cards for the function of accounts")
def _(t, d, a, top):
    for s in statements(t, "AccountsRole"):
        if "avatar" in str(s["Resource"]):
            s["Resource"]["Fn::Sub"][0] = "${Bucket}/users/*"


@breaks(rules.objects_are_reached_by_prefix, "a download page that removes archives")
def _(t, d, a, top):
    for s in statements(t, "DownloadsRole"):
        if s["Action"] == "s3:GetObject":
            s["Action"] = ["s3:GetObject", "s3:DeleteObject"]


@breaks(rules.objects_are_reached_by_prefix, "an export worker that reads archives")
def _(t, d, a, top):
    for s in statements(t, "ExportWorkerRole"):
        if "s3:PutObject" in s["Action"]:
            s["Action"].append("s3:GetObject")


@breaks(rules.objects_are_reached_by_prefix, "a deletion worker that lists what it need not list")
def _(t, d, a, top):
    for s in statements(t, "DeletionWorkerRole"):
        if s["Action"] == "s3:ListBucketVersions":
            s["Action"] = ["s3:ListBucket", "s3:ListBucketVersions"]


@breaks(rules.queues_are_reached_one_by_one, "a mail worker that orders deletions")
def _(t, d, a, top):
    statements(t, "MailWorkerRole").append({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Data", "Outputs.DeletionQueueArn"]}})


@breaks(rules.queues_are_reached_one_by_one, "a worker that empties another's queue")
def _(t, d, a, top):
    for s in statements(t, "BulkWorkerRole"):
        if "sqs:ReceiveMessage" in s["Action"]:
            s["Resource"] = {"Fn::GetAtt": ["Data", "Outputs.ExportQueueArn"]}


@breaks(rules.parameters_are_read_one_by_one, "a download page that reads a key")
def _(t, d, a, top):
    statements(t, "DownloadsRole").append(
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": {"Fn::Sub": "arn:aws:ssm:eu-central-1:1:parameter${KeysParameterPrefix}/cursor"}}
    )


@breaks(rules.parameters_are_read_one_by_one, "every parameter that begins so")
def _(t, d, a, top):
    statements(t, "AccountsRole")[-1]["Resource"] = {"Fn::Sub": "arn:aws:ssm:eu-central-1:1:parameter${KeysParameterPrefix}*"}


@breaks(rules.mail_is_sent_by_workers_from_one_address, "mail in anybody's name")
def _(t, d, a, top):
    for s in statements(t, "MailWorkerRole"):
        if "ses:SendEmail" in s["Action"]:
            del s["Condition"]


@breaks(rules.mail_is_sent_by_workers_from_one_address, "an API that sends mail by itself")
def _(t, d, a, top):
    statements(t, "MailRole").append({"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "arn:aws:ses:eu-central-1:1:identity/x"})
