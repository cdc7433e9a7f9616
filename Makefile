# Everything starts here; `make` alone says what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Tests wait more than they compute. Each worker has servers of its own, so more than a few gain nothing.
PARALLEL := -n auto --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help install demo up test test-unit test-kafka faults check bench events lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Scorebook needs Python 3.11 or newer; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(INSTALLED) ## Make the virtual environment and install the locked packages

demo: $(INSTALLED) ## Run a whole national programme and print its report
	@$(BIN)/scorebook demo

up: $(INSTALLED) ## Start everything and serve until Ctrl-C
	@$(BIN)/scorebook up

test: $(INSTALLED) ## Run the whole test suite on the embedded servers
	@$(BIN)/python -m pytest $(PARALLEL)

test-unit: $(INSTALLED) ## Run the tests that need no server
	@$(BIN)/python -m pytest tests/unit tests/contract

test-kafka: $(INSTALLED) ## Run the integration suite on Apache Kafka and the machine's PostgreSQL
	@$(BIN)/python -m pytest --servers kafka tests/integration $(PARALLEL)

faults: $(INSTALLED) ## Run the demo under faults, SEEDS=10 seeds each
	@$(BIN)/python -m pytest tests/faults --seeds $(or $(SEEDS),10) --timeout 1200 $(PARALLEL)

check: $(INSTALLED) ## Lint, format, types, import rules, published contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m shared.events.publish --check

bench: $(INSTALLED) ## Measure, beside a bare loop in the same run; writes bench-results/
	@$(BIN)/scorebook bench

events: $(INSTALLED) ## Write JSON Schemas and the AsyncAPI document of the event contracts
	@$(BIN)/python -m shared.events.publish

lock: ## Resolve the dependencies anew, with hashes
	@$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--extra embedded --extra dev --extra build -o requirements.lock pyproject.toml

clean: ## Remove the virtual environment and every cache; data in .scorebook stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info bench-results
