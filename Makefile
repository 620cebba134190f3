# Needs Python 3.10 or newer, make and a package index. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
# Three workers with one thread each, for two cores: one of them often waits for a server, a killed run or a scheduler. A worker keeps
# a file's fixtures, and torch's threads do not fight over the cores. Files come as they lie: by the number of their tests, the slow
# ones with one test would come last, and one worker would go on alone. `make test PYTEST_ARGS="-x tests/selection"` replaces it.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder
TEST_THREADS ?= 1

BIN := .venv/bin
STAMP := .venv/.set-up

# Whatever the caller's shell has set, only .venv is written to and imported from.
unexport PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT
# pytest takes 10 seconds in each process to rewrite 480 files that are compiled nowhere.
unexport PYTHONDONTWRITEBYTECODE
export PIP_USER := 0

# The stamp holds the folder it was made in: a virtual environment cannot be moved, so a moved folder is set up anew.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

# .venv/.incomplete stands while a set-up is under way; what a broken-off one left is removed and made again.
# A .venv that was made by hand is kept and completed.
$(STAMP): pyproject.toml constraints.txt
	@set -e; \
	stop() { echo "error: $$1" >&2; exit 2; }; \
	if [ -e .venv/.incomplete ] \
	  || { [ -e $(STAMP) ] && [ "$$(cat $(STAMP))" != "$(CURDIR)" ]; } \
	  || ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then \
	  command -v "$(PYTHON)" >/dev/null \
	    || stop "there is no '$(PYTHON)': install Python 3.10 or newer, or name one: make PYTHON=/path/to/python3.12"; \
	  "$(PYTHON)" -E -s -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 \
	    || stop "'$(PYTHON)' is $$("$(PYTHON)" -V 2>&1 | head -n 1), alseg needs 3.10 or newer: make PYTHON=/path/to/python3.12"; \
	  "$(PYTHON)" -E -s -c 'import ensurepip, venv' >/dev/null 2>&1 \
	    || stop "'$(PYTHON)' comes without venv or ensurepip: install them (on Debian and Ubuntu the package python3-venv)"; \
	  echo "Setting up .venv: some minutes and about 6 GB, most of it PyTorch."; \
	  "$(PYTHON)" -E -s -m venv --clear --without-pip .venv; \
	  touch .venv/.incomplete; \
	  $(BIN)/python -m ensurepip --default-pip >/dev/null; \
	else \
	  echo "Bringing .venv up to pyproject.toml and constraints.txt."; \
	fi; \
	touch .venv/.incomplete; \
	$(BIN)/python -m pip install --upgrade pip -c constraints.txt; \
	$(BIN)/python -m pip install -c constraints.txt -e ".[dev]"; \
	printf '%s\n' "$(CURDIR)" > $(STAMP); \
	rm .venv/.incomplete

.PHONY: help setup demo demo-live test test-fast coverage check format bench campaign controls pictures docs docs-serve clean FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## make .venv with the exact versions of constraints.txt

demo: $(STAMP) ## compare three strategies on a generated data set, and write the report
	$(BIN)/alseg run -m experiment=demo strategy=random,entropy,k_center seed=0,1,2,3,4 hydra/launcher=joblib
	$(BIN)/alseg report runs/demo --out runs/demo/report
	@echo; echo "The report: $(CURDIR)/runs/demo/report/report.html"

demo-live: $(STAMP) ## label 60 images in three rounds with oracle=folder, a script in the person's place: DATA=DIR takes real ones
	OMP_NUM_THREADS=$(TEST_THREADS) $(BIN)/python -m experiments.live $(if $(DATA),--data "$(DATA)")

test: $(STAMP) ## run the tests
	OMP_NUM_THREADS=$(TEST_THREADS) $(BIN)/python -m pytest $(PYTEST_ARGS)

test-fast: $(STAMP) ## run the tests of a moment each: no process is started or killed, no browser needed
	OMP_NUM_THREADS=$(TEST_THREADS) $(BIN)/python -m pytest $(PYTEST_ARGS) -m "not slow"

# Apart from `make test`, which it would slow down. Runs in processes of their own are not followed.
coverage: $(STAMP) ## run the tests and measure which lines of alseg they run: coverage/index.html
	OMP_NUM_THREADS=$(TEST_THREADS) $(BIN)/python -m pytest $(PYTEST_ARGS) \
	  --cov --cov-report=term:skip-covered --cov-report=html:coverage

check: $(STAMP) ## lint, format and types, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# numpy, pandas and scipy for Python 3.10 carry older types, against which the code is not checked
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; \
	then echo "$(BIN)/mypy --strict"; $(BIN)/mypy --strict; else echo "mypy: left out on Python 3.10"; fi

format: $(STAMP) ## put the code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## measure the hot paths against plain references
	@missed=0; \
	for part in loop probe sequal coldstart unisal report sweep data; do $(BIN)/python -m benchmarks.$$part || missed=1; done; \
	exit $$missed

# `.venv/bin/python -m benchmarks.campaign kills --trials 20` runs one part, --resume goes on, --help tells the parts.
campaign: $(STAMP) ## kill runs, fill disks, damage files and lay traps, and count what is answered wrongly
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.campaign

# One thread a process: two processes share the settings. Exit code 1 where a control did not come out.
controls: $(STAMP) ## run the positive controls: make controls DATA=DIR, the folder of the data sets
	@test -n "$(DATA)" || { echo "error: make controls DATA=DIR, the folder that holds histology, nuclei and chest_xray" >&2; exit 2; }
	OMP_NUM_THREADS=1 $(BIN)/python -m experiments.controls --data "$(DATA)"

pictures: $(STAMP) ## make README's pictures anew, from a short sweep
	OMP_NUM_THREADS=$(TEST_THREADS) $(BIN)/python -m experiments.readme_pictures

# Its own stamp: whoever builds no site installs nothing for it.
DOCS := .venv/.docs
$(DOCS): $(STAMP)
	$(BIN)/python -m pip install -c constraints.txt -e ".[docs]"
	touch $@

docs: $(DOCS) ## build the documentation site, strictly: build/site/index.html
	$(BIN)/python -m mkdocs build --strict

docs-serve: $(DOCS) ## show the site at http://127.0.0.1:8000, anew with every change
	$(BIN)/python -m mkdocs serve

clean: ## remove .venv and caches; runs/ stays
	rm -rf build/site build/made .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage coverage
