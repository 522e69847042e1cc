# An emulator of AWS on loopback with this repository's templates deployed to it: for scripts that rehearse something. Sourced, not run;
# the caller's working directory is the repository's root, and it has set `root`.
# shellcheck shell=bash disable=SC2034,SC2154
. infra/lint/venv.sh

# The stack has its own name, so that its parameters and keys are not mistaken for those of a real deployment.
stack=loopback
folder=$root/target/deploy
mkdir -p "$folder"
say() { printf '\n== %s (%s)\n' "$*" "$(date -u +%H:%M:%S)"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

case $(uname -m) in
x86_64) architecture=x86_64 target=--x86-64 ;;
aarch64 | arm64) architecture=arm64 target=--arm64 ;;
*) echo "no Lambda runs on $(uname -m)" >&2; exit 2 ;;
esac

# read_options OPTION…: --quick, --built and --keep, as the comments at the top of the scripts describe them
profile="" build=yes keep=""
read_options() {
    local option
    for option in "$@"; do
        case $option in
        --quick) profile=--dev ;;
        --built) build="" ;;
        --keep) keep=yes ;;
        *) echo "unknown: $option" >&2; exit 2 ;;
        esac
    done
}

build_functions() {
    [ "$build" ] || return 0
    say "build the functions for $architecture ${profile:-in release}"
    infra/deploy/build.sh $profile $target
}

# Starts the emulator and points every tool at it. It is stopped when the script ends, unless --keep was given.
start_emulator() {
    local emulator aws
    emulator=$(venv ministack ministack==1.5.33 cryptography==50.0.2 aws-sam-translator==1.115.0)
    # Its update of a nested stack drops the ARNs of unchanged resources; this passes them on.
    python3 - "$emulator"/lib/python3*/site-packages/ministack/services/cloudformation/provisioners.py <<'PYTHON'
import pathlib, sys
file = pathlib.Path(sys.argv[1])
text, call = file.read_text(), "old_tagged, new_tagged, child_name, child_logical_id,\n"
if call in text:
    file.write_text(text.replace(call, call[:-1] + ' old_attrs=prev.get("Attributes"),\n'))
PYTHON
    sam=$(venv sam aws-sam-cli==1.170.0)
    aws=$(venv aws awscli==1.46.2)
    export PATH="$aws/bin:$PATH" SAM_CLI_TELEMETRY=0
    local port=${PORT:-4599}
    export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1 AWS_PAGER=
    unset AWS_PROFILE AWS_SESSION_TOKEN
    if curl -sS "$AWS_ENDPOINT_URL" > /dev/null 2>&1; then fail "something answers on port $port already; choose another with PORT="; fi
    say "start the emulator on 127.0.0.1:$port"
    # Loopback only: by default it listens on every address, and for MQTT besides.
    BIND_HOST=127.0.0.1 GATEWAY_PORT=$port IOT_MTLS_ENABLED=0 AUTH=true MINISTACK_REGION=$AWS_REGION "$emulator/bin/ministack" > "$folder/emulator.log" 2>&1 &
    pid=$!
    echo $pid > "$folder/emulator.pid"
    trap stop_emulator EXIT
    until curl -fsS "$AWS_ENDPOINT_URL/_ministack/health" > /dev/null 2>&1; do
        kill -0 $pid 2> /dev/null || { cat "$folder/emulator.log"; exit 1; }
        sleep 0.2
    done
    # The state of an earlier emulator is gone.
    rm -f "deployments/$stack.yaml" "deployments/$stack.restore.json" "deployments/$stack.kept.json"
    adapt_template
    aws sesv2 create-email-identity --email-identity provost@example.test > /dev/null
}

# The emulator rejects alarms with metric math, and decides about ses:SendEmail without the resource and the sender of the email.
# Everything else of the templates is deployed unchanged.
adapt_template() {
    "$sam/bin/python" - "$root" "$folder" <<'PYTHON'
import json, sys
root, folder = sys.argv[1:]
sys.path.insert(0, f"{root}/infra/lint")
from expand import read
alarms = read(f"{root}/infra/alarms.yaml")
alarms["Resources"] = {n: r for n, r in alarms["Resources"].items() if "Metrics" not in r.get("Properties", {})}
with open(f"{folder}/alarms.yaml", "w") as file:
    json.dump(alarms, file)
template = read(f"{root}/template.yaml")
for name, resource in template["Resources"].items():
    properties = resource.get("Properties", {})
    if "CodeUri" in properties:
        properties["CodeUri"] = f"{root}/{properties['CodeUri']}"
    for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Action"] == "ses:SendEmail":
                statement["Resource"] = "*"
                del statement["Condition"]
    if resource["Type"] == "AWS::Serverless::Application":
        properties["Location"] = f"{folder}/alarms.yaml" if name == "Alarms" else f"{root}/{properties['Location']}"
with open(f"{folder}/template.yaml", "w") as file:
    json.dump(template, file)
PYTHON
    export PROVOST_TEMPLATE=$folder/template.yaml
}

# begin OPTION…: builds as the options say, and starts the emulator
begin() {
    read_options "$@"
    build_functions
    start_emulator
}

stop_emulator() { [ "$keep" ] || kill "$pid" 2> /dev/null || true; }

# finish_deployment: the corrections after each deployment to the emulator; sets url
finish_deployment() { url=$("$sam/bin/python" infra/deploy/loopback.py "$stack"); }

# deploy_stack OPTION…: deploy.sh, as an operator runs it
deploy_stack() {
    infra/deploy/deploy.sh --stack "$stack" "$@" > "$folder/deploy.log" 2>&1 || { tail -60 "$folder/deploy.log"; exit 1; }
    finish_deployment
}

# deploy_everything: the first deployment, and again with the address under which the emulator serves the API
deploy_everything() {
    local options=(--mail-from provost@example.test --set Stage=loopback)
    [ "$architecture" = arm64 ] || options+=(--x86-64)
    say "infra/deploy/deploy.sh --stack $stack ${options[*]}"
    deploy_stack --built "${options[@]}"
    say "infra/deploy/deploy.sh --stack $stack --parameters-only --public-url $url"
    deploy_stack --parameters-only --public-url "$url"
    aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text
}

# create_root: the first root administrator; exports the address and password
create_root() {
    export PROVOST_ROOT_EMAIL=root@example.test
    PROVOST_ROOT_PASSWORD=Quiet-$(openssl rand -hex 12)!
    export PROVOST_ROOT_PASSWORD
    say "infra/deploy/first-root.sh $stack $url $PROVOST_ROOT_EMAIL"
    infra/deploy/first-root.sh "$stack" "$url" "$PROVOST_ROOT_EMAIL"
}

# say_where: how to reach an emulator that is kept
say_where() {
    [ "$keep" ] || return 0
    cat <<END

The emulator runs as process $pid; stop it with: kill $pid
  export PROVOST_URL=$url AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=$AWS_REGION
END
}

# check_rights: fails when a call of a role was denied
check_rights() {
    local group
    say "look for rights that a role lacks"
    for group in $(aws logs describe-log-groups --log-group-name-prefix "/provost/$stack/" --query 'logGroups[].logGroupName' --output text); do
        aws logs filter-log-events --log-group-name "$group" --filter-pattern AccessDenied --query 'events[].message' --output json |
            jq -r --arg group "$group" '.[] | "\($group): \(.[0:600])"'
    done | sort | uniq -c > "$folder/refused"
    if [ -s "$folder/refused" ]; then cat "$folder/refused"; exit 1; fi
    echo "no function was refused anything"
}
