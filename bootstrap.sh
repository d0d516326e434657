#!/bin/sh
# Set dfwarm up in this folder and run a command of it: ./bootstrap.sh demo, ./bootstrap.sh test, ./bootstrap.sh VERB ...
# Exit 3: a package of the system is missing and may not be installed from here; the apt line is printed.
set -eu
cd "$(dirname "$0")"

missing=""
add() { missing="$missing $1"; }
command -v rsync >/dev/null 2>&1 || add rsync
command -v ssh >/dev/null 2>&1 || add openssh-client
[ -x /usr/sbin/sshd ] || add openssh-server
command -v openssl >/dev/null 2>&1 || add openssl

# What the tests alone need; without root the tests that want it are skipped and say so.
if [ "${1:-demo}" = test ] && [ "$(id -u)" = 0 ]; then
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || add postgresql
    command -v faketime >/dev/null 2>&1 || add faketime
    command -v mkfs.btrfs >/dev/null 2>&1 || add btrfs-progs
    command -v mkfs.xfs >/dev/null 2>&1 || add xfsprogs
fi

find_python() {
    for candidate in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
}
python=$(find_python)
[ -n "$python" ] || add "python3 python3-venv"

if [ -n "$missing" ]; then
    apt="apt-get install -y --no-install-recommends$missing"
    echo "dfwarm needs packages of the system:$missing"
    case "$missing" in *openssh-server*) echo "(on a host with systemd, openssh-server also starts the system's own sshd)" ;; esac
    if [ "$(id -u)" = 0 ]; then as=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as="sudo"
    else
        echo "run:  sudo apt-get update && sudo $apt" >&2
        exit 3
    fi
    echo "installing them: $as $apt"
    if ! { $as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as $apt -qq >/dev/null; } </dev/null; then
        echo "the installation failed; run:  sudo apt-get update && sudo $apt" >&2
        exit 3
    fi
    [ -n "$python" ] || python=$(find_python)
    if [ -z "$python" ]; then
        echo "no Python 3.11 or newer with venv is to be had from this system's packages" >&2
        exit 3
    fi
fi

# One lock file for running, one for testing; the stamp says which one the environment holds.
command="${1:-demo}"
lock=requirements.lock
[ "$command" = test ] && lock=requirements-test.lock
stamp=.venv/.dfwarm-set-up
wanted=$(cat requirements.lock requirements-test.lock pyproject.toml | sha256sum | cut -d' ' -f1)
held=$(cat "$stamp" 2>/dev/null || true)
if [ "$held" != "$wanted test" ] && { [ "$command" = test ] || [ "$held" != "$wanted run" ]; }; then
    echo "setting up .venv from $lock"
    if command -v uv >/dev/null 2>&1; then
        export UV_PYTHON_DOWNLOADS=never
        [ -x .venv/bin/python ] || uv venv -q -p "$(command -v "$python")" .venv
        uv pip install -q --python .venv/bin/python --require-hashes -r "$lock"
        uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
    else
        [ -x .venv/bin/python ] || "$python" -m venv .venv
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
        .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    fi
    # Compiled once for every account: a gate that runs as another one could not keep what it compiles.
    .venv/bin/python -m compileall -q src .venv/lib/python3*/site-packages >/dev/null 2>&1 || true
    [ "$command" = test ] && kind=test || kind=run
    echo "$wanted $kind" >"$stamp"
fi

# Stock tools that the tests hold our files against: where they are missing and may not be installed, those tests are skipped.
if [ "$command" = test ]; then
    tools=""
    command -v mtree >/dev/null 2>&1 || tools="$tools mtree-netbsd"
    command -v bsdtar >/dev/null 2>&1 || tools="$tools libarchive-tools"
    command -v softhsm2-util >/dev/null 2>&1 || tools="$tools softhsm2"
    command -v pkcs11-tool >/dev/null 2>&1 || tools="$tools opensc"
    command -v ip >/dev/null 2>&1 || tools="$tools iproute2"
    if [ -n "$tools" ] && [ "$(id -u)" = 0 ]; then
        echo "installing for the tests:$tools"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -qq $tools >/dev/null; } </dev/null ||
            echo "not installed:$tools; the tests that need them are skipped" >&2
    fi
    shift
    exec ./.ci/checks "$@"
fi
exec .venv/bin/dfwarm "${@:-demo}"
