# Five words: demo, run, test, check, bench. Each makes .venv and installs when needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install demo run test check bench clean
help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

install: $(STAMP)

demo: $(STAMP) ## send sample runs through a real service and print what it knows
	@$(BIN)/runvault demo

run: $(STAMP) ## serve with the embedded store in ./data
	$(BIN)/runvault serve --data-dir ./data

test: $(STAMP) ## the whole test suite, side by side in up to four processes, each with an engine of its own
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(STAMP) ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

bench: $(STAMP) ## benchmarks, with machine, data and command
	$(BIN)/python -m tests.bench

clean: ## remove the virtual environment
	rm -rf $(VENV)
