# `make` alone lists the targets. Needs Python 3.11 or later and Rust; Node for the client tests; Go for `make bench` and grpcurl.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := build/uv/bin/uv
BIN := .venv/bin
READY := .venv/.synced
RUST := 1.88
CARGO := cd native && PYO3_PYTHON=$(CURDIR)/$(BIN)/python cargo
NATIVE := $(shell find native/src -name '*.rs') $(addprefix native/,Cargo.toml Cargo.lock pyproject.toml qos_native.pyi)
CLIENT_LOCKS := $(wildcard tests/e2e/clients/*/package-lock.json)
PYTHON_LOCKS := $(wildcard tests/e2e/clients/*/uv.lock)
CLIENTS := $(CLIENT_LOCKS:%/package-lock.json=%/node_modules/.synced) $(PYTHON_LOCKS:%/uv.lock=%/.venv/.synced)
CLIENTS += $(if $(shell command -v go),build/grpcurl/grpcurl)
BENCHMARKS := $(wildcard benchmarks/[a-z]*.py)
# Two workers; loadgroup hands out one test at a time, so that none waits behind a slow one.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup --vector-report

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: $(READY)  ## start the whole network here: two chains and four relays; Ctrl-C stops it (ARGS="--home DIR ...")
	@$(BIN)/qos up $(ARGS)

.PHONY: test
test: check $(CLIENTS)  ## all checks and all tests, with short seeds
	@$(PYTEST)

.PHONY: test-long
test-long: check $(CLIENTS)  ## the same with the large counts; the report goes to build/long-report.txt
	@mkdir -p build
	@QOS_LONG=1 $(PYTEST) --timeout 7200 --durations 25 2>&1 | tee build/long-report.txt

.PHONY: check
check: rust $(READY)  ## format, lint, types, import contracts, determinism laws, generated code
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/stubtest qos_native --concise --allowlist <(printf 'qos_native.%s\n' __all__ qos_native)  # the wrapper's
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(CARGO) fmt --check
	@$(CARGO) clippy --all-targets --locked --quiet -- --deny warnings
	@$(BIN)/python -m tools.laws
	@$(BIN)/python proto/generate.py --check
	@$(BIN)/python -m tools.errors --check

.PHONY: chaos
chaos: $(READY)  ## faults on real processes, half an hour; the report goes to build/chaos.json (ARGS="--seed 1 --rounds 5")
	@$(BIN)/qos engine install
	@$(BIN)/python -m tools.chaos $(ARGS)

.PHONY: life
life: $(READY)  ## six validators live a whole life on CometBFT in some minutes; the report goes to build/life.json (ARGS="--keep")
	@$(BIN)/qos engine install
	@$(BIN)/python -m tools.life $(ARGS)

.PHONY: fuzz
fuzz: $(READY)  ## fuzz every decoder for 60 s each (ARGS="tx rest --seconds 600 --keep")
	@$(UV) sync --locked --quiet --system-certs --python $(PYTHON) --group fuzz
	@$(BIN)/python -m tools.fuzz $(ARGS)

.PHONY: simulate
simulate: $(READY)  ## live public chains at random, 20 seeds of 500 blocks (ARGS="--seeds 1 --blocks 100")
	@$(BIN)/python -m tools.simulate $(ARGS)

.PHONY: vectors
vectors: $(READY)  ## the public test vectors of the folder QOS_VECTORS: files and cases per kind
	@$(BIN)/python -m pytest --vector-report tests/vectors

.PHONY: bench
bench: $(READY)  ## every benchmark, one JSON object each, also in build/bench
	@mkdir -p build/bench
	@for program in $(BENCHMARKS); do \
	  name=$$(basename $$program .py); echo "== $$name" >&2; \
	  $(BIN)/python -m benchmarks.$$name --json | tee build/bench/$$name.json; done

.PHONY: wheels
wheels: $(READY)  ## build what a machine without a compiler installs, into dist: two wheels and the hashes of the rest
	@$(UV) build --quiet --system-certs --python $(PYTHON) --wheel --out-dir dist native
	@$(UV) build --quiet --system-certs --python $(PYTHON) --wheel --out-dir dist .
	@$(UV) export --quiet --system-certs --locked --no-dev --no-emit-local --no-header --output-file dist/requirements.txt
	@ls dist

.PHONY: proto
proto: $(READY)  ## generate the records and the descriptor set from proto/
	@$(BIN)/python proto/generate.py

.PHONY: errors
errors: $(READY)  ## write the catalogue of errors, docs/errors.md, from the code
	@$(BIN)/python -m tools.errors

.PHONY: fmt
fmt: $(READY)  ## format the code and mend what the linter can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .
	@$(CARGO) fmt

.PHONY: clean
clean:  ## remove what was built and cached; the virtual environment stays
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find src tests tools proto benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.PHONY: rust
rust:
	@command -v cargo rustc >/dev/null || { \
	  echo "no Rust here, and the state tree (native/) is compiled: install Rust $(RUST) or later, then make again" >&2; exit 1; }
	@printf '%s\n' $(RUST) "$$(rustc --version | cut -d' ' -f2)" | sort --version-sort --check=quiet || { \
	  echo "$$(rustc --version) is too old for the state tree (native/): install Rust $(RUST) or later, then make again" >&2; exit 1; }

$(READY): uv.lock pyproject.toml $(NATIVE)
	@$(MAKE) rust
	@test -x $(UV) || $(MAKE) $(UV)
	@echo "installing packages; the state tree is compiled where it changed, the first time for half a minute" >&2
	@$(UV) sync --locked --quiet --system-certs --python $(PYTHON)
	@touch $@

tests/e2e/clients/%/node_modules/.synced: tests/e2e/clients/%/package-lock.json
	@cd $(<D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

tests/e2e/clients/%/.venv/.synced: tests/e2e/clients/%/uv.lock
	@test -x $(UV) || $(MAKE) $(UV)
	@env -u VIRTUAL_ENV $(UV) sync --locked --quiet --system-certs --python $(PYTHON) --project $(<D)
	@touch $@

build/grpcurl/grpcurl: tests/e2e/clients/grpcurl/go.sum
	@cd $(<D) && go build -mod=readonly -ldflags "-s -w" -o $(CURDIR)/$@ github.com/fullstorydev/grpcurl/cmd/grpcurl
