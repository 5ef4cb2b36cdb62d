# Privacybalie. `make` lists what there is; each target says what it does in one sentence.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS ?= tests
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

.PHONY: run
run: setup ## Set everything up and start the demo practice: Valkey, web, worker, five systems.
	@$(BIN)/python -m dsr run

.PHONY: test
test: setup-test ## Run the tests on both profiles (SQLite; PostgreSQL and Valkey from wheels).
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser and not peer and not fault" $(TESTS)

.PHONY: demo
demo: setup ## Walk all seven rights headless (2 minutes); leaves letters and packages in var/demo/<reference>/.
	@$(BIN)/python -m dsr demo

.PHONY: check
check: setup-test lint types check-register test law-covered browser ## All gates: format, lint, types, tests, browser, accessibility.

.PHONY: law-covered
law-covered: setup-test ## Every branch of every rule of law is walked by its tests.
	$(BIN)/python -m pytest -q -n 2 --cov=dsr.law --cov-branch --cov-report=term:skip-covered --cov-fail-under=100 tests/law

.PHONY: lint
lint: setup-test ## Format and lint, without changing anything.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: setup-test ## Check all types, strictly.
	$(BIN)/mypy

.PHONY: check-register
check-register: setup ## Name every mistake in the registers with its line and mend (FILES=... for others).
	@$(BIN)/python -m dsr register check $(FILES)

.PHONY: register-docs
register-docs: setup ## Write the record of Art. 30 of both registers in docs/registers, in Dutch and English.
	@$(BIN)/python -m dsr register docs

.PHONY: browser
browser: setup-test ## Walk the pages in a real Chromium and check accessibility with axe-core.
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium >/dev/null; } || { echo "The browser checks need Chromium: as root, apt-get install chromium"; exit 1; }
	$(BIN)/python -m pytest -q -m browser $(TESTS)

.PHONY: test-peers
test-peers: setup-test ## Start every real peer (venv, npm, apt) and run the connectors against them; prints a table.
	$(BIN)/python -m pytest -q -m peer -p no:randomly tests/peers

.PHONY: bench
bench: setup-test ## Measure the full profile against its bars; prints the table of bench/README.md (about 10 minutes).
	$(BIN)/python -m bench

.PHONY: faults
faults: setup-test ## Break a real house on purpose, with a seed, for ten minutes; a separate checker judges it.
	$(BIN)/python -m faults

.PHONY: vectors
vectors: $(if $(DIR),setup) ## Run cases with expected results through the law: make vectors DIR=tests/law/vectors
	@test -n "$(DIR)" || { echo "Name the folder of deadlines.json, retention.json and decisions.json: make vectors DIR=tests/law/vectors"; exit 2; }
	@$(BIN)/python -m dsr vectors "$(DIR)"

.PHONY: law-docs
law-docs: setup ## Write docs/law.md from the rules: each right, each rule, each article.
	@$(BIN)/python -m docs.law_pages

.PHONY: code
code: setup ## Show the desk logins of the running demo with the code of this moment.
	@$(BIN)/python -m dsr demo codes

.PHONY: screens
screens: setup-test ## Make the screenshots of docs/screens anew (needs Chromium).
	$(BIN)/python -m docs.screens

.PHONY: lock
lock: ## Compile requirements*.in into hash-pinned requirements*.txt (needs uv).
	uv pip compile --python-version 3.11 --generate-hashes --no-header -q requirements.in -o requirements.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-header -q requirements-test.in -o requirements-test.txt

.PHONY: clean
clean: ## Remove the demo's data, the venv and caches.
	rm -rf var $(VENV) .pytest_cache .mypy_cache .ruff_cache

# --- set-up: a venv with hash-pinned packages, the two Debian libraries of WeasyPrint, translations

.PHONY: setup setup-test
setup: $(VENV)/.app pango $(VENV)/.words
setup-test: $(VENV)/.test pango $(VENV)/.words

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy --no-install-recommends python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); } || { rm -rf $(VENV); echo "As root, first: apt-get update && apt-get install -y python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"; exit 1; }

$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	@echo "Installing packages (hash-pinned); this takes about a minute the first time."
	@$(BIN)/python -m pip install -q --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.app
	@echo "Installing the tools for tests (hash-pinned)."
	@$(BIN)/python -m pip install -q --require-hashes -r requirements-test.txt
	@touch $@

$(VENV)/.words: $(wildcard dsr/web/translations/*/LC_MESSAGES/*.po) | $(VENV)/.app
	@for side in patient desk processor; do $(BIN)/pybabel -q compile -f -d dsr/web/translations -D $$side 2>/dev/null || exit 1; done
	@touch $@

.PHONY: pango
pango: | $(VENV)/.app
	@$(BIN)/python -c 'import ctypes; [ctypes.CDLL(n) for n in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")]' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 >/dev/null; } || { echo "As root, first: apt-get update && apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"; exit 1; }
