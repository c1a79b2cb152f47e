# Every target sets up what it needs. PYTHON chooses the interpreter that the environment is made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto

.PHONY: setup demo test lint fmt bench docs clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable . --group dev
	$(BIN)/python -m compileall -q src
	touch $(READY)

demo: setup
	$(BIN)/segmentry demo retail --out runs

test: setup
	$(BIN)/pytest -q -n $(WORKERS)

lint: setup
	$(BIN)/ruff check src tests benchmarks docs examples/schedulers
	$(BIN)/ruff format --check src tests benchmarks docs examples/schedulers
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell src tests docs examples/schedulers README.md CHANGELOG.md CONTRIBUTING.md

fmt: setup
	$(BIN)/ruff check --fix src tests benchmarks docs examples/schedulers
	$(BIN)/ruff format src tests benchmarks docs examples/schedulers

# make bench SIZES="retail 1M scoring" PEERS="polars spark" RUNS=3 AGAIN=1 BENCH="--data FOLDER --hours 2": all of it by default.
# The code is compiled first, as pip does when it installs a release.
bench: setup
	$(BIN)/python -m compileall -q src
	$(BIN)/python benchmarks/bench.py $(if $(SIZES),--sizes $(SIZES)) $(if $(PEERS),--peers $(PEERS)) \
	  $(if $(RUNS),--runs $(RUNS)) $(if $(AGAIN),--again) $(BENCH)

docs: setup
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
