#!/usr/bin/env bash
# Checks template.yaml and infra/*.yaml without an AWS account.
#
#   infra/lint/lint.sh               expand SAM, cfn-lint on the result, our own rules (rules.py)
#   infra/lint/lint.sh --self-test   break the template on purpose, at least once per rule, and check that each rule fails
#   infra/lint/lint.sh --scanners    checkov, cloudsplaining and parliament; findings.yaml explains what they find
#   infra/lint/lint.sh --sam         the first, and `sam validate --lint` (a download of 340 MB the first time)
#   infra/lint/lint.sh --alarms      fire every alarm once, with the metrics of a fault, and print its message
#   infra/lint/lint.sh --costs       write the README's tables of costs, from prices.yaml
#   infra/lint/lint.sh --configuration  write docs/configuration.md
#   infra/lint/lint.sh --rights DIR  name rights to buckets, queues and keys that no test used (after PROVOST_CALLS=DIR cargo test --workspace)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

tools=$(venv lint cfn-lint==1.58.0 aws-sam-translator==1.115.0)
expanded=target/lint/expanded.json
mkdir -p target/lint

case "${1:-}" in
--self-test)
    exec "$tools/bin/python" infra/lint/lint.py --self-test
    ;;
--scanners)
    # In environments of their own: their dependencies contradict each other.
    checkov=$(venv checkov checkov==3.3.30)
    policies=$(venv policies cloudsplaining==0.9.1 parliament==1.6.4 aws-sam-translator==1.115.0)
    "$tools/bin/python" infra/lint/lint.py --expand-to "$expanded" > /dev/null
    exec "$policies/bin/python" infra/lint/scanners.py "$checkov/bin/checkov" "$expanded"
    ;;
--alarms)
    exec "$tools/bin/python" infra/lint/alarms.py
    ;;
--costs)
    exec "$tools/bin/python" infra/lint/costs.py --write
    ;;
--configuration)
    exec "$tools/bin/python" infra/lint/configuration.py --write
    ;;
--rights)
    exec "$tools/bin/python" infra/lint/rights.py "$2"
    ;;
--sam)
    sam=$(venv sam aws-sam-cli==1.170.0)
    SAM_CLI_TELEMETRY=0 "$sam/bin/sam" validate --lint --region eu-central-1 --template template.yaml
    ;;
esac

# cfn-lint no longer expands the transform, so it is given the expansion: that is where a wrong runtime or attribute shows.
"$tools/bin/python" infra/lint/lint.py --expand-to "$expanded"
"$tools/bin/cfn-lint" --regions eu-central-1 -- "$expanded" infra/data.yaml infra/alarms.yaml
# CloudFront's web ACLs exist only there.
"$tools/bin/cfn-lint" --regions us-east-1 -- infra/edge.yaml
echo "cfn-lint: nothing to say about template.yaml (expanded), infra/data.yaml, infra/alarms.yaml, infra/edge.yaml"
