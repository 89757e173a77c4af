#!/bin/sh
# Make or refresh .venv from a lock file: tools/setup_venv.sh LOCK_FILE
# Needs Python 3.11 or later and a package index; uv is not needed.
set -eu
cd "$(dirname "$0")/.."
lock=$1
venv=${VENV:-.venv}

main() {
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        make_venv
    fi
    echo "Installing $lock (once; this can take a minute)"
    # Wheels of the lock only, by hash; the project itself is linked, so that an edit needs no second install.
    pip install --require-hashes -r "$lock"
    pip install --no-deps --no-build-isolation --editable .
}

make_venv() {
    python=$(find_python) || fail "Crisis Room needs Python 3.11 or later: install it, or name it: make run PYTHON=/path/to/python3"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_venv_package "$python"
    fi
    # A virtual environment without pip (some tools make such) is completed, not replaced.
    "$python" -m venv "$venv"
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# Debian ships Python without these two modules.
install_venv_package() {
    package=python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $package"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package" >/dev/null && return
    fi
    fail "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install $package"
}

pip() {
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@"
}

fail() {
    echo "$1" >&2
    exit 1
}

main
