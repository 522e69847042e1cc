"""The README's tables of costs, computed from prices.yaml, the templates and the measured request units of infra/tables.md.

costs.py prints what differs; costs.py --write puts the tables into the README.
"""

import re
import statistics
import sys
from math import ceil

from expand import read

README = "README.md"
PRICES = "infra/lint/prices.yaml"


def alarm_metrics(alarms):
    """Every metric that an alarm looks at is charged for, so metric math counts each of its own."""
    found = 0
    for r in alarms["Resources"].values():
        if r["Type"] == "AWS::CloudWatch::Alarm":
            found += sum("MetricStat" in q for q in r["Properties"].get("Metrics", [])) or 1
    return found


def events(template, kind):
    for r in template["Resources"].values():
        for event in r.get("Properties", {}).get("Events", {}).values():
            if event["Type"] == kind:
                yield event["Properties"]


WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def runs_a_month(expression, minutes):
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate:
        return minutes / (int(rate[1]) * {"minute": 1, "hour": 60, "day": 1440}[rate[2]])
    minute, hour, *rest = re.fullmatch(r"cron\((.*)\)", expression)[1].split()
    if not (minute.isdigit() and hour.isdigit() and set(rest) <= {"*", "?", *WEEKDAYS}):
        raise ValueError(f"{expression}: say in infra/lint/costs.py how often that is")
    return minutes / 1440 / (7 if set(rest) & set(WEEKDAYS) else 1)


def typical_units(tables):
    """(reads of a reading request, reads of a change, writes of a change with its indexes): the median over all routes, rounded up."""
    rows = re.findall(r"^\| `([A-Z]+) [^`]*`[^|]* \| \d+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", tables.split("<!-- generated: request units -->")[1], re.M)
    reading = [float(reads) for method, reads, _, _ in rows if method == "GET"]
    changes = [(float(reads), float(writes) + float(indexes)) for method, reads, writes, indexes in rows if method != "GET"]
    return tuple(ceil(statistics.median(x)) for x in (reading, [r for r, _ in changes], [w for _, w in changes]))


def million(number):
    return f"{number / 1e6:.3g} M" if number >= 1e6 else f"{number:,.0f}"


def table(head, rows):
    total = sum(round(usd, 2) for _, _, usd in rows)
    lines = [f"| {head} | calculation | USD |", "|---|---|---|"]
    lines += [f"| {name} | {how} | {usd:.2f} |" for name, how, usd in rows]
    return [*lines, f"| sum | | **{total:.2f}** |"], total


def idle(p, template, alarms):
    a, price, free = p["assumptions"], p["prices"], p["free"]
    metrics = alarm_metrics(alarms)
    charged = max(0, metrics - free["alarmMetrics"])
    queues = len(list(events(template, "SQS")))
    polls = queues * a["pollersPerQueue"] * a["pollsPerMinute"] * a["minutesInMonth"]
    runs = sum(runs_a_month(e["ScheduleExpression"], a["minutesInMonth"]) for e in events(template, "ScheduleV2"))
    if runs > min(free["lambdaRequests"], free["schedulerInvocations"]):
        raise ValueError(f"{runs} scheduled runs a month are not free")
    return [
        ("alarms", f"{metrics} metrics − {free['alarmMetrics']} free = {charged} × {price['alarmMetric']:.2f}", charged * price["alarmMetric"]),
        (
            "Lambda polling the queues",
            f"{queues} queues × {a['pollersPerQueue']} pollers × {a['pollsPerMinute']} polls a minute × {a['minutesInMonth']:,} minutes = {million(polls)} requests × {price['sqsMillionRequests']:.2f} / M",
            polls / 1e6 * price["sqsMillionRequests"],
        ),
        ("scheduled runs", f"{runs:,.0f}, within what is free", 0),
    ], polls


def used(p, tables):
    a, price = p["assumptions"], p["prices"]
    n = a["requests"]
    reading, changing = round(n * a["readingShare"]), round(n * (1 - a["readingShare"]))
    get, read_units, write_units = typical_units(tables)
    reads, writes = reading * get + changing * read_units, changing * write_units
    gb_seconds = a["memoryMb"] / 1024 * a["milliseconds"] / 1000
    return [
        ("API Gateway, HTTP API", f"{million(n)} requests × {price['apiMillionRequests']:.2f} / M", n / 1e6 * price["apiMillionRequests"]),
        ("Lambda, requests", f"{million(n)} × {price['lambdaMillionRequests']:.2f} / M", n / 1e6 * price["lambdaMillionRequests"]),
        (
            f"Lambda, arm64, {a['memoryMb']} MB, {a['milliseconds']} ms",
            f"{million(n)} × {gb_seconds:g} GB-s × {price['lambdaGbSecondArm']:.10f}",
            n * gb_seconds * price["lambdaGbSecondArm"],
        ),
        ("DynamoDB, reading", f"{reading:,} × {get} + {changing:,} × {read_units} = {million(reads)} units × {price['readMillionUnits']} / M", reads / 1e6 * price["readMillionUnits"]),
        ("DynamoDB, writing", f"{changing:,} × {write_units} = {million(writes)} units × {price['writeMillionUnits']} / M", writes / 1e6 * price["writeMillionUnits"]),
        (
            "SQS",
            f"{a['messages']:,} messages × {a['requestsPerMessage']} requests × {price['sqsMillionRequests']:.2f} / M",
            a["messages"] * a["requestsPerMessage"] / 1e6 * price["sqsMillionRequests"],
        ),
        ("CloudWatch Logs", f"{million(n)} × {a['logBytesPerRequest'] / 1000:g} kB × {price['logsGb']:.2f} / GB", n * a["logBytesPerRequest"] / 1e9 * price["logsGb"]),
    ]


def memory(template, function):
    """Gigabytes of a function."""
    return template["Resources"][function]["Properties"]["MemorySize"] / 1024


def directory(p, template, tables):
    """A month of a directory of many users, beside what its other requests cost."""
    d, price = p["directory"], p["prices"]
    second = price["lambdaGbSecondArm"]
    listed = ceil(float(re.search(r"^\| `GET /v1/users` \| \d+ \| ([\d.]+) \|", tables, re.M)[1]))
    base, indexes = d["users"] * d["tableBytes"] / 1e9, d["users"] * d["indexBytes"] / 1e9
    commits = p["assumptions"]["minutesInMonth"] * 60 / d["secondsBetweenCommits"]
    compactions = p["assumptions"]["minutesInMonth"] / 60
    rebuilt = d["users"] * d["itemsPerUser"] * d["rebuildsPerMonth"]
    read = d["changes"] * d["itemsPerUser"]
    writer, reader = memory(template, "IndexWorker"), memory(template, "Directory")
    busy = (commits * d["commitMilliseconds"] + compactions * d["compactionMilliseconds"]) / 1000 + d["rebuildsPerMonth"] * d["rebuildSeconds"]
    answering = d["lists"] * (d["listMilliseconds"] + d["coldShare"] * d["coldMilliseconds"]) / 1000
    stored = d["indexObjectMb"] * d["copies"] / 1000
    return [
        (
            "tables and their recovery",
            f"{base + indexes:.2f} GB × {price['storageGb']:.2f} + {base:.2f} GB × {price['backupGb']:.2f}",
            (base + indexes) * price["storageGb"] + base * price["backupGb"],
        ),
        ("objects of the user index", f"{stored:.2f} GB × {price['s3Gb']}", stored * price["s3Gb"]),
        (
            "writing the index: users read",
            f"{million(d['changes'])} changes × {d['itemsPerUser']} = {million(read)} units × {price['readMillionUnits']} / M",
            read / 1e6 * price["readMillionUnits"],
        ),
        (
            "writing the index: objects",
            f"{million(commits)} commits × (2 × {price['s3MillionWrites']:.2f} + {price['s3MillionReads']:.2f}) / M",
            commits / 1e6 * (2 * price["s3MillionWrites"] + price["s3MillionReads"]),
        ),
        (
            "rebuilds: users read",
            f"{d['rebuildsPerMonth']} × {million(d['users'] * d['itemsPerUser'])} units × {price['readMillionUnits']} / M",
            rebuilt / 1e6 * price["readMillionUnits"],
        ),
        (
            f"index-worker, {writer:g} GB",
            f"{million(commits)} × {d['commitMilliseconds']} ms + {compactions:g} × {d['compactionMilliseconds'] / 1000:g} s + {d['rebuildsPerMonth']} × {d['rebuildSeconds']} s = {million(busy * writer)} GB-s",
            busy * writer * second + commits / 1e6 * price["lambdaMillionRequests"],
        ),
        (
            "lists: current rows",
            f"{million(d['lists'])} × {listed} = {million(d['lists'] * listed)} units × {price['readMillionUnits']} / M",
            d["lists"] * listed / 1e6 * price["readMillionUnits"],
        ),
        (
            f"lists: directory, {reader:.2f} GB",
            f"{million(d['lists'])} × {d['listMilliseconds']} ms, {d['coldShare']:.0%} of them {d['coldMilliseconds'] / 1000:g} s more = {million(answering * reader)} GB-s",
            answering * reader * second,
        ),
    ]


def blocks(template, alarms, tables):
    p = read(PRICES)
    a, price, free = p["assumptions"], p["prices"], p["free"]
    rows, polls = idle(p, template, alarms)
    idle_lines, idle_total = table("idle, each month", rows)
    used_lines, used_total = table(f"{million(a['requests'])} requests, {a['readingShare']:.0%} of them reading", used(p, tables))
    users = p["directory"]["users"]
    directory_lines, directory_total = table(f"{million(users)} users, each month", directory(p, template, tables))
    where = f"list prices of {p['region']}"
    return {
        "idle costs": [
            f"Idle, a deployment costs {idle_total:.2f} USD a month, at {where}:",
            "",
            *idle_lines,
            "",
            f"SQS's free million of requests, if nothing else in the account uses it, takes {min(polls, free['sqsRequests']) / 1e6 * price['sqsMillionRequests']:.2f} USD off. "
            f"Data costs {price['storageGb']:.2f} USD per GB and month in the tables, and {price['backupGb']:.2f} for their point-in-time recovery.",
        ],
        "costs of use": [
            f"In use, a million requests cost {used_total:.2f} USD without any free tier. A request reads and writes as many units as the median route of [`infra/tables.md`](infra/tables.md), "
            f"runs for {a['milliseconds']} ms, and every {a['requests'] // a['messages']}th sends a message:",
            "",
            *used_lines,
            "",
            f"An email costs {price['emailEach']:.4f} USD.",
        ],
        "costs of a directory": [
            f"A directory of {million(users)} users costs {directory_total:.2f} USD a month with {p['directory']['changes'] / 30:,.0f} changed users and {p['directory']['lists'] / 30:,.0f} lists or searches a day:",
            "",
            *directory_lines,
        ],
    }


def marked(name):
    return f"<!-- generated: {name} -->\n", f"\n<!-- end: {name} -->"


def complaints(template, alarms):
    readme, tables = (open(path, encoding="utf-8").read() for path in (README, "infra/tables.md"))
    for name, lines in blocks(template, alarms, tables).items():
        begin, end = marked(name)
        if begin + "\n".join(lines) + end not in readme:
            yield f"the README's block `{name}` is not what {PRICES} and the templates give: infra/lint/lint.sh --costs writes it"


def write():
    readme, tables = (open(path, encoding="utf-8").read() for path in (README, "infra/tables.md"))
    for name, lines in blocks(read("template.yaml"), read("infra/alarms.yaml"), tables).items():
        begin, end = marked(name)
        readme = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: begin + "\n".join(lines) + end, readme, flags=re.S)
    with open(README, "w", encoding="utf-8") as file:
        file.write(readme)


if __name__ == "__main__":
    write() if sys.argv[1:] == ["--write"] else print(*complaints(read("template.yaml"), read("infra/alarms.yaml")), sep="\n")
