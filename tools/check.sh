#!/bin/sh
# Every check besides the tests. Each one runs, whatever the others say; the last line names those that failed.
set -u
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
failed=

main() {
    check "ruff check" "$bin/ruff" check --quiet .
    check "ruff format" "$bin/ruff" format --quiet --check .
    check "mypy" "$bin/mypy" --no-error-summary
    check "lint-imports" "$bin/lint-imports" --no-cache --no-logo
    check "tools/lint" "$bin/python" -m tools.lint
    check "djlint" "$bin/djlint" --quiet templates
    check "locks" locks_up_to_date
    if [ -d frontend ] && command -v npm >/dev/null; then
        check "frontend packages" frontend_packages && check_frontend
    else
        echo "left out: frontend checks (no npm; on Debian: apt-get install npm)"
    fi
    if [ -n "$failed" ]; then
        echo "failed:$failed"
        exit 1
    fi
    echo "all checks passed"
}

check_frontend() {
    check "frontend tests" npm --prefix frontend --silent test
    check "static/ is what frontend/ builds" npm --prefix frontend --silent run check
}

# Only a failure speaks; warnings of a check that passed are shown too.
check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        case $output in *warning:*) printf '%s\n' "$output" ;; esac
        echo "ok: $name"
    else
        printf '%s\n' "$output"
        echo "FAILED: $name"
        failed="$failed $name;"
        return 1
    fi
}

locks_up_to_date() {
    "$bin/uv" lock --quiet --check --offline || {
        echo "uv.lock does not fit pyproject.toml: make lock"
        return 1
    }
    fresh=$(mktemp -d)
    sh tools/export_locks.sh "$fresh"
    for lock in requirements.lock requirements-dev.lock; do
        diff -q "$lock" "$fresh/$lock" || {
            echo "$lock does not fit uv.lock: make lock"
            rm -r "$fresh"
            return 1
        }
    done
    rm -r "$fresh"
}

# npm writes its own copy of the lock last, which makes it a good stamp.
frontend_packages() {
    if [ ! frontend/node_modules/.package-lock.json -nt frontend/package-lock.json ]; then
        npm --prefix frontend ci --ignore-scripts --no-audit --no-fund
    fi
}

main
