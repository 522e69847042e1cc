#!/usr/bin/env bash
# Builds every function for Lambda, each as target/lambda/NAME/bootstrap.
#
#   infra/deploy/build.sh [--arm64 | --x86-64] [--dev] [FUNCTION …]
#
# Release builds for arm64 unless asked otherwise; every function unless some are named. Works on Linux and macOS, without Docker.
# Needs Rust and Python 3: cargo-lambda and the cross linker come from PyPI into target/tools.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. infra/lint/venv.sh

target=--arm64
profile=--release
functions=()
for argument in "$@"; do
    case $argument in
    --arm64 | --x86-64) target=$argument ;;
    --dev) profile= ;;
    -*) echo "build.sh: unknown option $argument. Use --arm64, --x86-64 or --dev." >&2; exit 2 ;;
    *)
        [ -f "functions/$argument/Cargo.toml" ] || { echo "build.sh: there is no function $argument. Choose from: $(cd functions && echo */ | tr -d /)" >&2; exit 2; }
        functions+=("$argument")
        ;;
    esac
done
if [ ${#functions[@]} = 0 ]; then
    for folder in functions/*/; do functions+=("$(basename "$folder")"); done
fi

builder=$(venv cargo-lambda cargo-lambda==1.9.2 ziglang==0.17.0)
# Packages are named: the workspace's default member is the local stack, whose features must not be unified into what is deployed.
packages=()
for function in "${functions[@]}"; do packages+=(--package "fn-$function"); done
PATH="$builder/bin:$PATH" cargo lambda build $profile $target "${packages[@]}"

# Without a new binary the previous one would be deployed, so each one is checked.
for function in "${functions[@]}"; do
    [ -s "target/lambda/$function/bootstrap" ] || { echo "build.sh: $function was not built: target/lambda/$function/bootstrap is missing." >&2; exit 1; }
done
echo "Built ${#functions[@]} functions under target/lambda."
