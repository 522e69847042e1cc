#!/usr/bin/env bash
# Deploys this repository, as it would be deployed to AWS, to an emulator of AWS on loopback, and does the main job against it.
#
#   infra/deploy/ministack.sh            build the release zips for this machine, deploy, run main-job.sh and tour.sh, stop
#   infra/deploy/ministack.sh --quick    the same with development builds
#   infra/deploy/ministack.sh --built    the same with what is under target/lambda already
#   infra/deploy/ministack.sh --keep …   leave the emulator running afterwards and print how to reach it
#
# It is `sam deploy` of template.yaml, nested stacks included; the functions are the real binaries, behind an HTTP API, queues, a stream
# and schedules, each with only the rights its role gives: AUTH=true makes the emulator enforce IAM.
# Needs python3, openssl, jq, curl, unzip and age. The tools come from PyPI into target/tools. PORT (4599) is the emulator's.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

profile=
keep=""
build=yes
for argument in "$@"; do
    case $argument in
    --quick) profile=--dev ;;
    --built) build="" ;;
    --keep) keep=yes ;;
    *) echo "unknown: $argument" >&2; exit 2 ;;
    esac
done

case $(uname -m) in
x86_64) architecture=x86_64 target=--x86-64 ;;
aarch64 | arm64) architecture=arm64 target=--arm64 ;;
*) echo "no Lambda runs on $(uname -m)" >&2; exit 2 ;;
esac

work=target/deploy
mkdir -p $work
say() { printf '\n== %s (%s)\n' "$*" "$(date -u +%H:%M:%S)"; }

if [ "$build" ]; then
    say "build the functions for $architecture ${profile:-in release}"
    infra/deploy/build.sh $profile $target
fi

emulator=$(venv ministack ministack==1.5.33 cryptography==50.0.2 aws-sam-translator==1.115.0)
sam=$(venv sam aws-sam-cli==1.170.0)
aws=$(venv aws awscli==1.46.2)
export PATH="$aws/bin:$PATH" SAM_CLI_TELEMETRY=0

port=${PORT:-4599}
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1 AWS_PAGER=
unset AWS_PROFILE AWS_SESSION_TOKEN

if curl -sS "$AWS_ENDPOINT_URL" > /dev/null 2>&1; then
    echo "something answers on port $port already; choose another with PORT=" >&2
    exit 1
fi
say "start the emulator on 127.0.0.1:$port"
# Loopback only: by default it listens on every address, and for MQTT besides.
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port IOT_MTLS_ENABLED=0 AUTH=true MINISTACK_REGION=$AWS_REGION "$emulator/bin/ministack" > $work/emulator.log 2>&1 &
pid=$!
echo $pid > $work/emulator.pid
trap '[ "$keep" ] || kill $pid 2>/dev/null || true' EXIT
until curl -fsS "$AWS_ENDPOINT_URL/_ministack/health" > /dev/null 2>&1; do
    kill -0 $pid 2>/dev/null || { cat $work/emulator.log; exit 1; }
    sleep 0.2
done

say "make the keys"
keys=$(infra/deploy/keys.sh /provost/keys)

# deploy [URL]
deploy() {
    jq -n --arg architecture "$architecture" --arg url "${1:-}" --arg keys "$keys" \
        '{Architecture: $architecture, Stage: "loopback", MailFrom: "provost@example.test", PublicKeys: $keys}
         + if $url == "" then {} else {PublicUrl: $url} end' > $work/parameters.yaml
    "$sam/bin/sam" deploy --template-file template.yaml --stack-name provost --resolve-s3 --no-progressbar \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-confirm-changeset --no-fail-on-empty-changeset \
        --parameter-overrides file://$work/parameters.yaml > $work/sam.log 2>&1 || { tail -60 $work/sam.log; exit 1; }
    aws cloudformation describe-stacks --stack-name provost --query 'Stacks[0].StackStatus' --output text
}

aws sesv2 create-email-identity --email-identity provost@example.test > /dev/null
say "deploy template.yaml"
deploy
# The API's address is known only now. Links need it, so the second deployment gives it: what the README says to do without a domain.
url=$("$sam/bin/python" infra/deploy/loopback.py provost)
say "deploy again, now that the API is at $url"
deploy "$url"
"$sam/bin/python" infra/deploy/loopback.py provost > /dev/null

if [ "$keep" ]; then
    cat <<END

The emulator runs as process $pid; stop it with: kill $pid
  export PROVOST_URL=$url AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=$AWS_REGION
END
fi

say "make the first root"
export PROVOST_ROOT_EMAIL=root@example.test
PROVOST_ROOT_PASSWORD=Quiet-$(openssl rand -hex 12)!
export PROVOST_ROOT_PASSWORD
curl --silent --show-error --fail --output /dev/null --header 'content-type: application/json' "$url/api/users/register" --data "$(jq -n \
    '{email: env.PROVOST_ROOT_EMAIL, password: env.PROVOST_ROOT_PASSWORD, firstName: "Root", lastName: "Loopback", dateOfBirth: "1980-01-01", billingCountry: "NO"}')"
(
    eval "$(infra/deploy/environment.sh provost)"
    cargo run --quiet -- promote "$PROVOST_ROOT_EMAIL" rootAdmin
)

say "the main job against $url"
MAIN_JOB_LEFT=$work/erased infra/deploy/main-job.sh "$url"

say "a tour of everything else"
infra/deploy/tour.sh "$url" --throwaway

say "look for what is left of the person"
# shellcheck disable=SC2046
infra/deploy/leftovers.sh provost $(cat $work/erased)

say "look for rights that a role lacks"
for group in $(aws logs describe-log-groups --log-group-name-prefix /provost/provost/ --query 'logGroups[].logGroupName' --output text); do
    aws logs filter-log-events --log-group-name "$group" --filter-pattern AccessDenied --query 'events[].message' --output json |
        jq -r --arg group "$group" '.[] | "\($group): \(.[0:600])"'
done | sort | uniq -c > $work/refused
if [ -s $work/refused ]; then cat $work/refused; exit 1; fi
echo "no function was refused anything"
