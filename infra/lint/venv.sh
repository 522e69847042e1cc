# shellcheck shell=bash disable=SC2154
# One Python environment per tool under target/tools, made once and reused: venv NAME PACKAGE==VERSION…
# prints the directory. A changed list of packages makes a new one.

venv() {
    local name=$1; shift
    local dir="$root/target/tools/$name" want="$*"
    if [ "$(cat "$dir/installed" 2>/dev/null)" != "$want" ]; then
        echo "installing $want into target/tools/$name" >&2
        rm -rf "$dir"
        python3 -m venv "$dir" >&2
        "$dir/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
        echo "$want" > "$dir/installed"
    fi
    echo "$dir"
}
