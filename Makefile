# The whole interface: `make demo` shows the job, `make test` passes the tests. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAM_VENV := .venv-sam
BENCH_VENV := .venv-bench
SAM := $(CURDIR)/$(SAM_VENV)/bin/sam
PYTEST := $(BIN)/python -m pytest
# Root file systems and images of the container engine that tests use; kept, so that it is prepared once.
ENGINE ?= $(or $(TMPDIR),/tmp)/ca-vendor-engine

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 10) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.3'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[keyring]' --group test --group lint
	touch $@

$(SAM_VENV)/.ready:
	test -x $(SAM_VENV)/bin/python || $(PYTHON) -m venv $(SAM_VENV)
	$(SAM_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'aws-sam-cli>=1.140'
	touch $@

$(BENCH_VENV)/.ready:
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.3' pip-tools uv pex
	touch $@

.PHONY: dev
dev: $(VENV)/.ready ## Set up the development environment in .venv.

.PHONY: demo
demo: $(VENV)/.ready $(SAM_VENV)/.ready ## Lock, fetch, check and build the example offline; no AWS account.
	SAM=$(SAM) $(BIN)/python examples/demo.py

.PHONY: test
test: $(VENV)/.ready $(SAM_VENV)/.ready ## Run the tests, with coverage; but for the slow ones.
	$(PYTEST) -n auto -m 'not slow' --cov --cov-report=term --cov-fail-under=95

.PHONY: test-slow
test-slow: $(VENV)/.ready $(SAM_VENV)/.ready ## Run the tests that build for seconds each: sources, the monorepo, online builds.
	$(PYTEST) -n auto -m slow

.PHONY: containers
containers: $(VENV)/.ready $(SAM_VENV)/.ready ## Build in containers of a real engine; needs root, and prepares the engine once.
	$(BIN)/python -m tests.sam_matrix.engine $(ENGINE) 3.11 3.14
	CA_VENDOR_TEST_ENGINE=$(ENGINE) $(PYTEST) tests/integration/containers

.PHONY: lock-truth
lock-truth: $(VENV)/.ready ## Compare our pins with pip-compile's under every real interpreter here; writes docs/truth.md.
	$(BIN)/python -m tests.truth --write

.PHONY: faults
faults: $(VENV)/.ready ## Try every fault on lock and fetch, 300 kills and 50 rounds of 8 fetches; writes docs/reliability.md.
	$(BIN)/python -m tests.faults

.PHONY: sam-matrix
sam-matrix: $(VENV)/.ready $(SAM_VENV)/.ready ## Build every arrangement with real SAM CLI and containers; writes docs/sam.md.
	$(BIN)/python -m tests.sam_matrix --engine $(ENGINE)

.PHONY: bench
bench: $(VENV)/.ready $(BENCH_VENV)/.ready ## Time us beside pip, pip-tools, uv and pex (half an hour); writes benchmarks/RESULTS.md.
	$(BIN)/python -m benchmarks --tools $(BENCH_VENV)/bin --write

.PHONY: bench-quick
bench-quick: $(VENV)/.ready $(BENCH_VENV)/.ready ## Time a part of it, under three minutes; prints, judges nothing, writes nothing.
	$(BIN)/python -m benchmarks --tools $(BENCH_VENV)/bin --quick

.PHONY: sources
sources: $(VENV)/.ready ## Build some thirty sources on the host and in containers; writes docs/sources.md.
	$(BIN)/python -m tests.sources

.PHONY: lint
lint: $(VENV)/.ready ## Check style, types and the direction of imports.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.ready ## Format the code.
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: build
build: $(VENV)/.ready ## Build the sdist and the wheel.
	$(BIN)/python -m build
