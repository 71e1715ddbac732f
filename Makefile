# Everything that is done with this project, on a bare machine with Python 3.11 or later. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
UV_VERSION := 0.13.9
TORCH := torch==2.13.0
PACKAGES := $(wildcard bot agents retrieval integrations prompts infra sales examples)

# `make run` keeps its data here, away from an installation of yours.
export DEALWRIGHT_HOME ?= $(CURDIR)/.dealwright
DEMO_USER := ines.calder@tallyport.example
# One more than there are cores: tests wait for servers, browsers and mails a third of their time. Twice as many took as long.
TEST_WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$(( n > 3 ? 4 : n + 1 )))
# Tests start from a clean environment, whatever the machine has set up for Dealwright.
CLEAN := env -u DEALWRIGHT_HOME

# pip and uv shall look for wheels in the same places.
ifneq ($(PIP_FIND_LINKS),)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif

.PHONY: help setup run browser test collected check lint format docs bench teach eval soak lock wheel clean

help: ## List what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Make the environment alone (.venv), with all that tests need
	@$(PY) -m compileall -q $(PACKAGES)
	@echo "Ready: $(BIN)/dealwright --help"

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(PY) -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# torch comes by pip: it takes a wheel without CUDA where one is at hand, and uv leaves it alone afterwards.
$(VENV)/.torch: $(VENV)/.python
	$(PY) -m pip install -q --disable-pip-version-check $(TORCH)
	@touch $@

$(VENV)/.runtime: $(VENV)/.torch requirements/runtime.lock pyproject.toml
	$(BIN)/uv pip install -q --python $(PY) --compile-bytecode -r requirements/runtime.lock
	$(BIN)/uv pip install -q --python $(PY) --no-deps -e .
	@$(PY) -m compileall -q $(PACKAGES)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	$(BIN)/uv pip install -q --python $(PY) --compile-bytecode -r requirements/dev.lock
	@touch $@

run: $(VENV)/.runtime ## Load the sample company if there is no data, and serve the console on this machine
	@$(PY) -m compileall -q $(PACKAGES)
	@$(BIN)/dealwright sample load --if-empty
	@DEALWRIGHT_USER="$${DEALWRIGHT_USER:-$(DEMO_USER)}" $(BIN)/dealwright serve

browser: $(VENV)/.dev ## Find or install the browser that tests drive
	@$(PY) infra/setup/browser.py $(VENV)/.browser

test: $(VENV)/.dev browser ## Pass all tests; makes what it needs
	@$(PY) -m compileall -q $(PACKAGES)
	$(CLEAN) DEALWRIGHT_BROWSER="$$(cat $(VENV)/.browser)" $(PY) -m pytest -m "not soak" -n $(TEST_WORKERS) --dist loadfile

# What each worker would do again for all files: make the tests' assertions tell what they compared.
collected: $(VENV)/.dev
	@$(CLEAN) $(PY) -m pytest --collect-only -qq -m "not soak" > $(VENV)/.collected || { cat $(VENV)/.collected; exit 1; }

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: ## What .ci/run calls: format, lint, types, import rules, then `make test`
	$(MAKE) -j2 lint collected
	$(MAKE) test

format: $(VENV)/.dev ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.runtime ## Write docs/settings.md and docs/cli.md anew
	$(PY) -m bot.terminal.reference docs

bench: $(VENV)/.dev ## Measure the speed bars, beside their baselines
	$(CLEAN) $(PY) -m tests.benchmarks.run

teach: $(VENV)/.dev ## Learn anew from the labelled calls what says each element, and print how well on authors that nothing was learned from
	$(CLEAN) $(PY) -m tests.evals.teaching

eval: $(VENV)/.dev ## Ask the labelled questions and measure retrieval on real meetings
	$(CLEAN) $(PY) -m tests.evals.run

soak: $(VENV)/.dev browser ## Run the full-size tests: 10,000 fuzzed imports and requests, bursts, kills
	$(CLEAN) DEALWRIGHT_SOAK=1 DEALWRIGHT_BROWSER="$$(cat $(VENV)/.browser)" $(PY) -m pytest -m "soak or not soak" --timeout 3600

# The versions come from the locks themselves; add `CONSTRAINTS=file` to hold them to others. torch's "+cpu" is a property of
# the machine that resolves, not of the lock.
lock: $(VENV)/.python ## Resolve requirements/*.lock anew from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml $(if $(CONSTRAINTS),-c $(CONSTRAINTS)) --no-header --no-annotate -o requirements/runtime.lock
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --group dev $(if $(CONSTRAINTS),-c $(CONSTRAINTS)) --no-header --no-annotate -o requirements/dev.lock
	sed -i -E 's/^(torch==[0-9.]+)\+cpu$$/\1/' requirements/*.lock

wheel: $(VENV)/.python ## Build dist/*.whl
	$(BIN)/uv build -q --python $(PY) --wheel

clean: ## Remove the environment and what tools left; data stays
	rm -rf $(VENV) dist build artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
