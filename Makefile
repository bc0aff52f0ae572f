# make report, make test: everything they need is set up in .venv from the locks; no root, no system package.
# PYTHON chooses the interpreter: make PYTHON=python3.12 report
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REPORT ?= params/sa-dec/2023-H1.yml
# The stamps carry the folder's path: a copied or moved folder brings programs that point at the old place, so it is set up again.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
# What each lock holds beside the core. A later one keeps to the versions of the one it names: all may share .venv.
LOCKS := core lab scale jobs dev bench
lab_holds := --extra lab --constraints requirements/core.lock
scale_holds := --extra scale --constraints requirements/core.lock
jobs_holds := --extra lab --extra jobs --constraints requirements/lab.lock
dev_holds := --all-extras --group dev --constraints requirements/lab.lock
bench_holds := --extra scale --group bench --constraints requirements/dev.lock

.DEFAULT_GOAL := help
.PHONY: help report lab check format test docs data audit faults bench lock hooks demo sample clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'danvan_nb needs Python 3.11 or later; choose one with make PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo 'This Python cannot make a virtual environment (Debian: package python3-venv)' >&2; exit 1; }

# The lock is complete (a test follows every requirement), so pip resolves nothing: left to resolve, it looks up the newest
# release of whatever is asked for with an extra, and refuses the lock on the day that such a release comes out.
# The project goes in without its dependencies, which the lock has brought, and without fetching a build tool of its own.
$(VENV)/.%.$(HERE): requirements/%.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

report: $(VENV)/.core.$(HERE) ## make the report of Sa Đéc, first half of 2023
	$(BIN)/danvan-nb run $(REPORT)

lab: $(VENV)/.lab.$(HERE) ## open JupyterLab on the notebooks
	$(BIN)/danvan-nb lab

check: $(VENV)/.dev.$(HERE) ## lint, format, types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/.dev.$(HERE) ## rewrite the code in the house format
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

test: $(VENV)/.dev.$(HERE) ## run every test
	$(BIN)/python -m pytest -q --cov=danvan_nb --cov-report=term:skip-covered

faults: $(VENV)/.dev.$(HERE) ## try kills, hostile and random inputs at length (docs/reliability.md)
	$(BIN)/python -m pytest -q --hypothesis-profile=large tests/unit/test_fuzz.py tests/integration/test_hostile.py
	$(BIN)/python benchmarks/kernel_troubles.py
	$(BIN)/python benchmarks/faults.py

docs: $(VENV)/.dev.$(HERE) ## write the pages that come from the code
	$(BIN)/python docs/pages.py

data: $(VENV)/.core.$(HERE) ## make the made-up city's data again
	$(BIN)/python scripts/make_sample.py

bench: $(VENV)/.bench.$(HERE) ## time one report against papermill, nbconvert, WeasyPrint and pandoc
	$(BIN)/python benchmarks/measure.py one

audit: $(VENV)/.core.$(HERE) ## ask the package index for known faults of the locked packages
	$(BIN)/python scripts/audit.py

define lock
$(BIN)/python -m uv pip compile pyproject.toml $(LOCKED) --group build $($(1)_holds) -o requirements/$(1).lock

endef
lock: $(VENV)/.dev.$(HERE) ## make the locks again from pyproject.toml
	$(foreach name,$(LOCKS),$(call lock,$(name)))

hooks: ## refuse commits of a master notebook with outputs
	git config core.hooksPath hooks

demo: $(VENV)/.core.$(HERE) ## collect the made-up city's nine communes and make its report
	$(BIN)/danvan-nb collect 2023-H1 --office mau
	$(BIN)/danvan-nb run params/mau/2023-H1.yml

sample: $(VENV)/.dev.$(HERE) ## renew docs/sample from the report of Sa Đéc
	$(BIN)/danvan-nb run params/sa-dec/2023-H1.yml
	cp outputs/sa-dec/2023-H1/report.pdf outputs/sa-dec/2023-H1/report.html docs/sample/
	$(BIN)/python docs/sample/pictures.py

clean: ## remove the virtual environment and caches; never outputs/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
