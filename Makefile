# Crisis Room. `make help` lists what can be done.
# The virtual environment is made from lock files; a stamp remembers which, so that the second run starts at once.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.crisisroom-run
DEV_STAMP := $(VENV)/.crisisroom-dev
SETUP := tools/setup_venv.sh pyproject.toml
# How many tests run at once.
JOBS ?= 2
# Which tests `make test` runs: a path, or pytest's own options.
TESTS ?=

export VENV

.DEFAULT_GOAL := help
.PHONY: help run test check fix soak bench golden screenshot lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(RUN_STAMP) ## Set up, seed the demo and serve it (PORT=8000)
	@exec $(BIN)/crisisroom demo --port $(PORT)

test: $(DEV_STAMP) ## Set up and run every test but the soak runs
	@groups=$$($(BIN)/python tests/support/system.py) && \
	exec $(BIN)/pytest -n $(JOBS) --dist loadfile -m "not soak$$groups" $(TESTS)

check: $(DEV_STAMP) ## Lint, types, imports, locks and built files: what CI checks besides the tests
	@sh tools/check.sh

fix: $(DEV_STAMP) ## Mend what can be mended by itself: lint and formatting
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

soak: $(DEV_STAMP) ## Long fault and load runs
	@exec $(BIN)/pytest -m soak --timeout 3600 $(TESTS)

bench: $(DEV_STAMP) ## Measure us and our peers side by side (about 25 minutes); BENCH="--quick" for a try
	@exec $(BIN)/python -m bench $(BENCH)

golden: $(DEV_STAMP) ## Write golden files that are missing: events, vectors of the log (a shipped one never changes)
	@exec $(BIN)/pytest -m "not soak" -p no:randomly tests/contract/test_events.py tests/log/test_format.py --golden

screenshot: $(DEV_STAMP) ## Take the pictures in docs/ again
	@exec $(BIN)/python -m tools.screenshot

lock: $(DEV_STAMP) ## Lock the dependencies after a change of pyproject.toml
	@$(BIN)/uv lock
	@sh tools/export_locks.sh .

# The development lock holds all that the other one holds, so either stamp can come first.
$(RUN_STAMP): requirements.lock $(SETUP)
	@test -e $(DEV_STAMP) && test requirements-dev.lock -ot $(DEV_STAMP) && test pyproject.toml -ot $(DEV_STAMP) \
	|| tools/setup_venv.sh requirements.lock
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(SETUP)
	@tools/setup_venv.sh requirements-dev.lock
	@touch $@
