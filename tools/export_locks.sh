#!/bin/sh
# Write the lock files that pip reads from uv.lock: tools/export_locks.sh FOLDER
set -eu
uv="${VENV:-.venv}/bin/uv"
export_lock() {
    "$uv" export --quiet --frozen --no-emit-project --no-header "$@" >/dev/null
}
export_lock --no-dev --group build --output-file "$1/requirements.lock"
export_lock --group dev --group build --output-file "$1/requirements-dev.lock"
