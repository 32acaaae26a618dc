# What a newcomer and the machine both type. Needs Python 3.11 or later and a network to the package registries.

.DEFAULT_GOAL := help
.SILENT:
MAKEFLAGS += --no-builtin-rules

# The first Python on the path that is new enough; PYTHON=/path/to/python chooses another.
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$python -c '$(ENOUGH)' >/dev/null 2>&1 && echo $$python && exit; done; echo python3)
endif

BIN := .venv/bin

.PHONY: help
help: ## Show this list
	awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: python
python:
	command -v $(PYTHON) >/dev/null 2>&1 || { echo "Countinghouse needs Python 3.11 or later, and there is no $(PYTHON) here. Install one, or name it: make PYTHON=/path/to/python"; exit 1; } >&2
	$(PYTHON) -c '$(ENOUGH)' || { echo "Countinghouse needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name a newer one: make PYTHON=/path/to/python"; exit 1; } >&2

.PHONY: run
run: python ## Start everything and print the address (PORT, SIMULATOR_PORT; VERBOSE=1 shows all output)
	exec $(PYTHON) -m launcher run $(if $(VERBOSE),--verbose)

.PHONY: reset
reset: python ## Remove all data, to start afresh
	exec $(PYTHON) -m launcher reset

.PHONY: setup
setup: python ## Install everything for development, without starting it
	exec $(PYTHON) -m launcher setup --dev

.PHONY: test
test: python ## Run every test, browser and faults included (ARGS="tests/auth -x" for some)
	exec $(PYTHON) -m launcher test $(ARGS)

.PHONY: bench
bench: setup ## Measure against baselines of the same run and print the ratios
	exec $(BIN)/pytest tests/bench -m bench -s -q --timeout=600

PROOF = env EXAMPLES=$(or $(EXAMPLES),60) STEPS=$(or $(STEPS),25) REQUESTS=$(or $(REQUESTS),200) SEED=$(or $(SEED),1)

.PHONY: proof
proof: setup ## Break everything at length and count what is in Xero: none lost, none twice (EXAMPLES, REQUESTS, SEED)
	# Those that wait for Xero's minutes to pass wait beside one another; the rest goes one by one.
	$(PROOF) $(BIN)/pytest tests/proof/test_limits.py -m proof -n 5 -q --timeout=1200
	$(PROOF) $(BIN)/pytest tests -m proof --ignore=tests/proof/test_limits.py -s -q --timeout=1200
	# Of these make test runs a part.
	$(PROOF) $(BIN)/pytest tests/house/test_walls_of_pages.py tests/api/test_schemathesis.py -s -q --timeout=3600

.PHONY: chaos
chaos: setup ## The headline run alone: killed workers, wiped Redis, faulty Xero (REQUESTS=10000 by hand, SEED)
	exec env REQUESTS=$(or $(REQUESTS),400) SEED=$(or $(SEED),1) $(BIN)/pytest tests/proof/test_chaos.py -m proof -s -q

.PHONY: mutations
mutations: setup ## Take out each policy, key, criterion and clause of the walls in turn: a test must notice
	exec $(BIN)/pytest tests/proof/test_mutations.py -m proof -s -q

.PHONY: check
check: setup lint types contracts audit ## Format, lint, types, import contracts, dependency audit, then every test
	$(MAKE) test

.PHONY: format
format: setup ## Put the code into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lint
lint: setup ## Format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: setup ## mypy --strict
	$(BIN)/mypy

.PHONY: contracts
contracts: setup ## Which room may import which (import-linter)
	$(BIN)/lint-imports

.PHONY: audit
audit: python ## Known vulnerabilities in what the app runs with (pip-audit)
	exec $(PYTHON) -m launcher audit

.PHONY: lock
lock: python ## Resolve pyproject.toml anew into the two locks
	$(PYTHON) -m venv --clear var/lock
	var/lock/bin/pip install --quiet --disable-pip-version-check uv
	var/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	var/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	rm -rf var/lock
