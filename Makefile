# Avots: `make help` lists what there is. Every target sets up what it needs.
SHELL := /bin/bash
PY := .venv/bin/python
export AVOTS_SAMPLES ?= ../shared/data
PORT ?= 8000
BENCHES := billing writing ledger report paper mail bank doctor pages

.PHONY: help demo test drill check run worker bench lock words
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

demo: .venv/ready ## set up, play the demo town's months, serve portal and office on port 8000
	AVOTS_DEMO=1 $(PY) manage.py demo --port $(PORT)
	AVOTS_DEMO=1 $(PY) manage.py run --port $(PORT)

test: .venv/ready-dev ## all tests, on SQLite and on PostgreSQL
	$(PY) -m tests.databases

drill: .venv/ready-dev ## the long proofs
	$(PY) -m tests.databases -m drill

check: .venv/ready-dev ## style, types, import contracts and house tests
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy avots && .venv/bin/lint-imports && $(PY) -m pytest tests/house

run: .venv/ready ## web server and worker together, with the environment's settings
	$(PY) manage.py migrate && $(PY) manage.py run

worker: .venv/ready ## one more worker
	$(PY) manage.py work

bench: .venv/ready-dev .venv-bench/ready ## benchmarks beside their peers: one line a figure
	@for name in $(BENCHES); do $(PY) bench/$$name.py; done; bench/start.sh

lock: .venv/ready-dev ## pin every dependency with its hashes
	$(PY) -m uv pip compile -q --upgrade --no-emit-index-url --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(PY) -m uv pip compile -q --upgrade --no-emit-index-url --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.txt
	$(PY) -m uv pip compile -q --upgrade --no-emit-index-url --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" bench/peers/requirements.in -o bench/peers/requirements.txt

words: .venv/ready ## compile the translations
	$(PY) manage.py words

.venv/bin/python:
	@python3 -m venv .venv 2>/dev/null || { rm -rf .venv; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && python3 -m venv .venv; \
		else echo "Python cannot make a virtual environment: install the package python3-venv." >&2; exit 1; fi; }

.venv/ready: requirements.txt .venv/bin/python
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(PY) manage.py words >/dev/null
	@touch $@

# Debian packages that tests use as a user would: without them those tests are skipped, visibly.
PACKAGES := chromium hunspell hunspell-lv hledger poppler-utils

.venv/packages: .venv/bin/python
	@missing="$$(for name in $(PACKAGES); do dpkg -s $$name >/dev/null 2>&1 || echo $$name; done)"; \
	if [ -z "$$missing" ]; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null \
			|| echo "Could not install: $$missing. Tests that need them are skipped." >&2; \
	else echo "Not installed: $$missing. Tests that need them are skipped." >&2; fi
	@touch $@

.venv/ready-dev: requirements-dev.txt .venv/packages
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(PY) manage.py words >/dev/null
	@touch $@

.venv-bench/ready: bench/peers/requirements.txt
	@python3 -m venv .venv-bench && .venv-bench/bin/python -m pip install -q --disable-pip-version-check \
		--require-hashes -r bench/peers/requirements.txt || echo "Peers could not be installed: figures go without them." >&2
	@touch $@
