"""Fires each alarm of infra/alarms.yaml once: what CloudWatch would decide for a fault, and for a quiet day.

A story gives, for each metric of an alarm, one figure per period of that alarm; None is a period without data. The rules are those of
"Evaluating an alarm" in the CloudWatch user guide: M of the last N periods breach, and missing periods count as TreatMissingData says.
"""

import operator
import re

from expand import read

COMPARISONS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def figures(alarm, series):
    """The alarm's own figure in each period: the metric itself, or the result of its expression."""
    if "MetricName" in alarm:
        return series[alarm["MetricName"]]
    queries = {q["Id"]: q for q in alarm["Metrics"]}
    (result,) = [q for q in queries.values() if q.get("ReturnData", True)]
    condition, yes, no = re.fullmatch(r"IF\((.+), *(\d+), *(\d+)\)", result["Expression"]).groups()
    condition = condition.replace(" AND ", " and ").replace(" OR ", " or ")
    metrics = {i: series[q["MetricStat"]["Metric"]["MetricName"]] for i, q in queries.items() if "MetricStat" in q}
    out = []
    for period in zip(*metrics.values()):
        values = dict(zip(metrics, period))
        # An expression has no value where a metric has none.
        out.append(None if None in period else int(yes if eval(condition, {"__builtins__": {}}, values) else no))  # noqa: S307
    return out


def period_of(alarm):
    return alarm.get("Period") or next(q["MetricStat"]["Period"] for q in alarm["Metrics"] if "MetricStat" in q)


def heard_after(alarm, series):
    """The seconds from the first period to the end of the first in which the alarm fires; None when it never does."""
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    count = alarm["EvaluationPeriods"]
    missing = {"breaching": True, "notBreaching": False}[alarm["TreatMissingData"]]
    # Before the fault all metrics are normal.
    bad = [False] * (count - 1) + [missing if value is None else breaches(value, alarm["Threshold"]) for value in figures(alarm, series)]
    for end in range(count, len(bad) + 1):
        if sum(bad[end - count : end]) >= alarm.get("DatapointsToAlarm", count):
            return (end - count + 1) * period_of(alarm)
    return None


# Alarm: (the fault, the latest time at which it must fire, in seconds, a day on which it must not fire)
STORIES = {
    "MailGivenUp": ({"ApproximateNumberOfMessagesVisible": [1]}, 300, {"ApproximateNumberOfMessagesVisible": [0, None]}),
    "ExportGivenUp": ({"ApproximateNumberOfMessagesVisible": [1]}, 300, {"ApproximateNumberOfMessagesVisible": [0, None]}),
    "DeletionGivenUp": ({"ApproximateNumberOfMessagesVisible": [1]}, 300, {"ApproximateNumberOfMessagesVisible": [0, None]}),
    "BulkGivenUp": ({"ApproximateNumberOfMessagesVisible": [1]}, 300, {"ApproximateNumberOfMessagesVisible": [0, None]}),
    "Undelivered": ({"ApproximateNumberOfMessagesVisible": [1]}, 300, {"ApproximateNumberOfMessagesVisible": [0, None]}),
    "MailLate": ({"ApproximateAgeOfOldestMessage": [901, 1201]}, 600, {"ApproximateAgeOfOldestMessage": [1000, 20, None]}),
    "ExportLate": ({"ApproximateAgeOfOldestMessage": [14401, 14701]}, 600, {"ApproximateAgeOfOldestMessage": [3600, 14000]}),
    "BulkLate": ({"ApproximateAgeOfOldestMessage": [14401, 14701]}, 600, {"ApproximateAgeOfOldestMessage": [3600, 14000]}),
    "DeletionLate": ({"ApproximateAgeOfOldestMessage": [14401, 14701]}, 600, {"ApproximateAgeOfOldestMessage": [3600, 14000]}),
    "FunctionErrors": ({"Errors": [5]}, 300, {"Errors": [1, 4, None]}),
    "FunctionThrottles": ({"Throttles": [10, 40]}, 600, {"Throttles": [30, 0]}),
    "ApiFailures": ({"5xx": [20]}, 300, {"5xx": [2, 19, None]}),
    # Five users, each of whom tries once: a busy platform's threshold would never be reached.
    "ApiOutage": ({"5xx": [5], "Count": [5]}, 900, {"5xx": [2, 4, None], "Count": [2, 900, None]}),
    # EventBridge tries a failed run twice more, so each period has three errors.
    "SchedulerFailing": ({"Errors": [3, 3, 3]}, 900, {"Errors": [1, 0, 0, 1, None]}),
    "OutboxLate": ({"IteratorAge": [300001, 600000]}, 600, {"IteratorAge": [400000, 20, None]}),
    "MailNotAccepted": ({"MailNotAccepted": [1]}, 300, {"MailNotAccepted": [None, 0]}),
    "MailRefused": ({"Reject": [1]}, 300, {"Reject": [0, None]}),
    "MailBounces": ({"Reputation.BounceRate": [0.05]}, 3600, {"Reputation.BounceRate": [0.01, 0.049, None]}),
    "MailComplaints": ({"Reputation.ComplaintRate": [0.001]}, 3600, {"Reputation.ComplaintRate": [0.0009, None]}),
    "SchedulerSilent": ({"Invocations": [None, None]}, 1200, {"Invocations": [2, None, 2]}),
}


def complaints(alarms):
    """Alarms that fire too late, fire without a fault, or have no scenario."""
    for name in sorted(set(alarms) ^ set(STORIES)):
        yield f"{name} is in only one of infra/alarms.yaml and infra/lint/alarms.py: add it to the other"
    for name in sorted(set(alarms) & set(STORIES)):
        fault, latest, quiet = STORIES[name]
        after = heard_after(alarms[name], fault)
        if after is None or after > latest:
            yield f"{name} is heard after {after} s for {fault}: at most {latest}"
        if heard_after(alarms[name], quiet) is not None:
            yield f"{name} is heard for nothing: {quiet}"


def main():
    """Fires every alarm once, and prints its message."""
    alarms = {n: r["Properties"] for n, r in read("infra/alarms.yaml")["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    for name, (fault, _, _) in STORIES.items():
        story = ", ".join(f"{metric} {', '.join('no data' if v is None else str(v) for v in values)}" for metric, values in fault.items())
        print(f"{name}: {story} (every {period_of(alarms[name])} s) → ALARM after {heard_after(alarms[name], fault)} s: {alarms[name]['AlarmDescription']}")
    for complaint in complaints(alarms):
        print(complaint)


if __name__ == "__main__":
    main()
