# Everything a newcomer types. Needs Python 3.11 or newer; the rest is installed into $(VENV) at the first use.

VENV ?= .venv
PY = $(VENV)/bin/python
UV_VERSION = 0.13.9
MUTMUT_VERSION = 3.8.1
LOCK = $(PY) -m uv pip compile --quiet --system-certs --exclude-newer "7 days" --universal --python-version 3.11 \
	--generate-hashes --no-header

.DEFAULT_GOAL := help
.PHONY: help run test demo threats mutants fuzz chaos bench audit check format lock set-up

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: set-up ## run the whole product on this machine until Ctrl-C
	@exec $(PY) -m devstack run

test: set-up ## run every test (ARGS="-k name" for some)
	@exec $(PY) -m devstack test $(ARGS)

demo: set-up ## play five registrations on a fresh copy, one line each
	@exec $(PY) -m devstack demo

threats: set-up ## switch each mitigation off in turn, say which test notices
	@$(PY) -m tests.threats $(ARGS)

mutants: set-up ## change domain/ a line at a time, count what no test notices (half an hour)
	$(PY) -m pip install --quiet mutmut==$(MUTMUT_VERSION)
	$(VENV)/bin/mutmut run --max-children 2
	$(VENV)/bin/mutmut results

bench: set-up ## measure speed and scale, which takes long (ARGS="steps" for one, --help for all)
	@$(PY) -m benchmarks $(ARGS)

chaos: set-up ## break the stack at every step (ARGS="worker_kill --branches known", "--soak 30m")
	@$(PY) -m benchmarks.chaos $(ARGS)

fuzz: set-up ## throw anything at API, pages and registrations for five minutes (ARGS=minutes)
	@exec $(PY) -m tests.fuzz $(ARGS)

audit: set-up ## ask whether a dependency has a known vulnerability (0 none, 1 some, 3 could not ask)
	@exec $(PY) -m devstack.audit

check: set-up ## lint, format, types, layers
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

format: set-up ## format the code, mend what the linter can mend
	$(PY) -m ruff check --fix-only
	$(PY) -m ruff format

lock: set-up ## pin every dependency with its hashes, for every platform; nothing younger than a week
	$(PY) -m pip install --quiet uv==$(UV_VERSION)
	$(LOCK) --upgrade requirements.in -o requirements.txt
	$(LOCK) --upgrade -c requirements.txt requirements-dev.in -o requirements-dev.txt
	$(LOCK) --no-annotate devstack/engine/go-toolchain.in -o devstack/engine/go-toolchain.txt

set-up:
	@sh devstack/set-up.sh $(VENV)
