# setup check test proto demo serve bench: the same on a laptop and in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Media for researchers and developers; what needs them is skipped where they are absent.
DATA ?= ../shared/data

.PHONY: setup check test test-browser test-slow test-postgres proto demo serve bench lock

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("anchorproof needs Python 3.11 or newer; say: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing what anchorproof needs into $(VENV) (about 500 MB to download, once) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/buf lint proto

test: export ANCHORPROOF_TEST_BROWSER ?= 0
test: $(STAMP) check
	$(BIN)/python -m pytest

# The page in Debian's Chromium, which is installed as root where it is missing. They watch a real page in real time.
test-browser: export ANCHORPROOF_TEST_BROWSER ?= install
test-browser: $(STAMP)
	$(BIN)/python -m tests.browsers
	$(BIN)/python -m pytest tests/browser

# With the tests that take minutes: servers and browsers killed again and again.
test-slow: export ANCHORPROOF_TEST_BROWSER ?= install
test-slow: export ANCHORPROOF_TEST_SLOW = 1
test-slow: $(STAMP)
	$(BIN)/python -m tests.browsers
	$(BIN)/python -m pytest -m slow

# A PostgreSQL server of its own for the while; as root it is installed from Debian's packages where it is missing.
test-postgres: $(STAMP)
	ANCHORPROOF_TEST_POSTGRES=install $(BIN)/python -m pytest tests -k postgres

proto: $(STAMP)
	$(BIN)/python -m grpc_tools.protoc -Iproto --python_out=service --pyi_out=service --grpc_python_out=service \
	  proto/anchorproof/v1/*.proto

demo: $(STAMP)
	$(BIN)/python -m benchmarks.demo

serve: $(STAMP)
	$(BIN)/anchorproof serve

bench: $(STAMP)
	$(BIN)/python -m benchmarks speed --out out/bench
	$(BIN)/python -m benchmarks small --data $(DATA) --out out/bench

# Needs uv on the PATH; only when dependencies change.
lock:
	uv pip compile --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --no-header --extra dev --extra demo --extra bench --extra web --extra postgres pyproject.toml -o requirements.lock
