# make report, make test: everything they need is set up in .venv from the locks; no root, no system package.
# PYTHON chooses the interpreter: make PYTHON=python3.12 report
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REPORT ?= params/sa-dec/2023-H1.yml
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help report lab check format test lock hooks sample clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'danvan_nb needs Python 3.11 or later; choose one with make PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The project goes in without its dependencies, which the lock has brought, and without fetching a build tool of its own.
$(VENV)/.%: requirements/%.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

report: $(VENV)/.core ## make the report of Sa Đéc, first half of 2023
	$(BIN)/danvan-nb run $(REPORT)

lab: $(VENV)/.lab ## open JupyterLab on the notebooks
	$(BIN)/danvan-nb lab

check: $(VENV)/.dev ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: $(VENV)/.dev ## run every test
	$(BIN)/python -m pytest -q --cov=danvan_nb --cov-report=term:skip-covered

lock: $(VENV)/.dev ## make the locks again from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) --group build -o requirements/core.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) --group build --extra lab -c requirements/core.lock -o requirements/lab.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) --group build --all-extras -c requirements/lab.lock -o requirements/dev.lock

hooks: ## refuse commits of a master notebook with outputs
	git config core.hooksPath hooks

sample: $(VENV)/.core ## renew docs/sample from the report of Sa Đéc
	$(BIN)/danvan-nb run params/sa-dec/2023-H1.yml
	cp outputs/sa-dec/2023-H1/report.pdf outputs/sa-dec/2023-H1/report.html docs/sample/
	$(BIN)/python docs/sample/picture.py

clean: ## remove the virtual environment and caches; never outputs/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
