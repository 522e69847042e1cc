#!/usr/bin/env bash
# Deploys Provost to the AWS account of the current credentials, or updates a deployment, without prompts.
#
#   infra/deploy/deploy.sh --mail-from ADDRESS [OPTION …]     the first time
#   infra/deploy/deploy.sh [OPTION …]                         afterwards: earlier options are kept
#
#   --stack NAME           the CloudFormation stack; default: provost. Another name is another deployment with its own data.
#   --mail-from ADDRESS    the sender of every email: an address or domain that is verified in SES
#   --public-url URL       the public URL of the API, when your domain name points to it; default: the API's own address
#   --set NAME=VALUE       any other parameter of template.yaml, such as AlarmTopic; may be repeated
#   --root EMAIL           creates the first root administrator with this address, with a new password that is shown once
#   --x86-64               builds for x86_64 instead of arm64
#   --built                deploys what infra/deploy/build.sh built before
#   --parameters-only      changes parameters of the deployed release, and deploys no code
#
# The parameters are kept in deployments/NAME.yaml, which holds no secret: commit it, or keep it with your own configuration.
# Needs Rust, Python 3, the AWS CLI, jq, curl and OpenSSL 1.1.1 or newer; cargo-lambda and SAM come from PyPI into target/tools.
# `infra/deploy/README.md` says what each step does and how to do it by hand.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

usage() { sed -n '2,/^set /p' "$0" | sed '$d' | cut -c 3-; }
wrong() { echo "deploy.sh: $*" >&2; exit 2; }
say() { printf '\n== %s\n' "$*"; }

stack=provost
administrator=
built=
only_parameters=
given='{}'
# give NAME VALUE: a parameter of the template
give() { given=$(jq -c --arg name "$1" --arg value "$2" '.[$name] = $value' <<< "$given"); }
command -v jq > /dev/null || { echo "deploy.sh: please install jq." >&2; exit 1; }
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --built) built=yes; shift; continue ;;
    --parameters-only) built=yes; only_parameters=yes; shift; continue ;;
    --x86-64) give Architecture x86_64; shift; continue ;;
    --stack | --mail-from | --public-url | --set | --root) [ $# -ge 2 ] || wrong "$1 needs a value." ;;
    *) wrong "unknown option $1. See infra/deploy/deploy.sh --help." ;;
    esac
    case $1 in
    --stack) stack=$2 ;;
    --mail-from) give MailFrom "$2" ;;
    --public-url) give PublicUrl "${2%/}" ;;
    --set) [[ $2 == ?*=* ]] || wrong "--set takes NAME=VALUE, not $2."; give "${2%%=*}" "${2#*=}" ;;
    --root) administrator=$2 ;;
    esac
    shift 2
done
[[ $stack =~ ^[a-zA-Z][a-zA-Z0-9-]{0,63}$ ]] || wrong "--stack takes letters, digits and hyphens, not $stack."
for command in aws openssl curl cargo python3; do
    command -v $command > /dev/null || { echo "deploy.sh: please install $command." >&2; exit 1; }
done
aws sts get-caller-identity --output text > /dev/null ||
    { echo "deploy.sh: the AWS CLI has no valid credentials. Run aws configure, or aws sso login." >&2; exit 1; }

# JSON in a file that ends in .yaml: jq writes it, and SAM reads no other ending.
parameters=deployments/$stack.yaml
mkdir -p deployments
[ -s "$parameters" ] || echo '{}' > "$parameters"
# keep: writes the given parameters into the file, atomically
keep() { jq --argjson given "$given" '. + $given' "$parameters" > "$parameters.new" && mv "$parameters.new" "$parameters"; }
parameter() { jq -r --arg name "$1" '.[$name] // empty' "$parameters"; }
keep
[ -n "$(parameter MailFrom)" ] || wrong "--mail-from is missing: the address that every email comes from."

say "keys"
prefix=$(parameter KeysParameterPrefix)
if [ -z "$prefix" ]; then
    # Another deployment in the account has its own keys.
    prefix=/$stack/keys
    give KeysParameterPrefix "$prefix"
fi
# Keys that no longer sign stay until a rotation removes them: their signatures are still verified.
live=$(infra/deploy/keys.sh "$prefix")
known=$(parameter PublicKeys)
give PublicKeys "$(jq -nc --argjson live "$live" --argjson known "${known:-"{\"keys\":[]}"}" '{keys: ($live.keys + $known.keys | unique_by(.kid))}')"
keep
echo "The private keys are in SSM below $prefix."

if [ "$built" ] && [ -z "$only_parameters" ] && [ ! -s target/lambda/accounts/bootstrap ]; then
    wrong "nothing is built under target/lambda. Run infra/deploy/build.sh first, with --x86-64 if the deployment uses it."
fi
if [ -z "$built" ]; then
    say "build"
    architecture=$(parameter Architecture)
    infra/deploy/build.sh "--$(echo "${architecture:-arm64}" | tr _ -)"
fi

sam=$(venv sam aws-sam-cli==1.170.0)
# Another template only for the emulator, which does not support all of it (infra/deploy/emulator.sh).
template=${PROVOST_TEMPLATE:-template.yaml}
# change_parameters: deploys the file of parameters with the deployed template; other parameters keep their values
change_parameters() {
    local input answer
    input=$(mktemp)
    aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Parameters[].ParameterKey' --output json |
        jq --slurpfile file "$parameters" 'map($file[0][.] as $value | {ParameterKey: .} + if $value == null then {UsePreviousValue: true} else {ParameterValue: $value} end)' > "$input"
    if ! answer=$(aws cloudformation update-stack --stack-name "$stack" --use-previous-template --parameters "file://$input" \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND 2>&1); then
        rm -f "$input"
        case $answer in *'No updates are to be performed'*) echo "Nothing changes."; return ;; esac
        echo "$answer" >&2
        return 1
    fi
    rm -f "$input"
    aws cloudformation wait stack-update-complete --stack-name "$stack"
    echo "The parameters of $stack are changed."
}
deploy() {
    if [ "$only_parameters" ]; then change_parameters; return; fi
    # A file, since the command line strips quotes from values such as PublicKeys.
    SAM_CLI_TELEMETRY=0 "$sam/bin/sam" deploy --template-file "$template" --stack-name "$stack" --resolve-s3 --no-progressbar \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-confirm-changeset --no-fail-on-empty-changeset \
        --parameter-overrides "file://$root/$parameters"
}
api_url() { aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='ApiUrl'].OutputValue" --output text; }

say "deploy"
deploy
if [ -z "$(parameter PublicUrl)" ]; then
    # The functions cannot get the API's address in the deployment that creates it: each would wait for the other.
    give PublicUrl "$(api_url)"
    keep
    say "tell the functions the address of the API"
    change_parameters
fi
url=$(parameter PublicUrl)

if [ -n "$administrator" ]; then
    say "first root administrator"
    infra/deploy/first-root.sh "$stack" "$url" "$administrator"
fi

say "done"
echo "Provost is at $url"
[ -n "$administrator" ] || echo "To create the first root administrator: infra/deploy/first-root.sh $stack $url you@example.org"
