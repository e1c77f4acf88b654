# Everything starts here: each target builds .venv first, on a machine with python3 (3.11 or newer) and make alone.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Where this is set, each of the hundreds of processes that tests start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PY := $(BIN)/python
HOST ?= 127.0.0.1
PORT ?= 8000
#: worker processes of the test-suite: one more than processors, for tests wait for servers and browsers
JOBS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
PO := $(wildcard web/translations/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)

.PHONY: help .venv run test lint coverage format replay fuzz fuzz-records fuzz-releases bench-expressions bench-forms bench-import bench-publish chaos shots vendor lock browser messages clean

help: ## list the targets
	@grep -hE '^[a-z.-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z.-]+):.*## */\1|/' | awk -F'|' '{printf "  make %-20s %s\n", $$1, $$2}'

.venv: .venv/.stamp $(MO) web/static/vendor/.compressed ## build the environment from the locks and compile the translations

.venv/.stamp: requirements-dev.lock
	@scripts/bootstrap

# Large files that carry their version in their name are compressed once; the server hands out the .gz beside them.
web/static/vendor/.compressed: web/static/vendor/manifest.json | .venv/.stamp
	@rm -f web/static/vendor/*.gz web/static/vendor/licences/*.gz
	@$(PY) -m whitenoise.compress --quiet --no-brotli web/static/vendor gz md txt json
	@touch $@

%.mo: %.po | .venv/.stamp
	@$(BIN)/pybabel --quiet compile -i $< -o $@

run: .venv ## open the demonstration on http://127.0.0.1:8000 (HOST=, PORT=); data is kept in var/
	@mkdir -p var
	$(BIN)/steerway demo --host $(HOST) --port $(PORT)
	$(BIN)/steerway serve --host $(HOST) --port $(PORT)

test: .venv browser ## all tests: both databases and the browser
	$(PY) -m pytest -n $(JOBS) $(ARGS)

lint: .venv ## ruff and mypy; all three speak before it fails
	@failed=0; \
	for check in "ruff check --quiet ." "ruff format --quiet --check ." "mypy"; do \
	  echo "== $$check"; $(BIN)/$$check || failed=1; \
	done; exit $$failed

coverage: .venv browser ## all tests with branch coverage
	$(PY) -m pytest -n $(JOBS) --cov --cov-report=term $(ARGS)

format: .venv ## let ruff mend what it can
	$(BIN)/ruff check --fix-only --quiet . || true
	$(BIN)/ruff format .

fuzz-records: .venv ## random apps under random edits from two connections, swept and replayed (EXAMPLES=200)
	FUZZ_RECORDS=$(or $(EXAMPLES),200) $(PY) -m pytest tests/engine/records/test_property_derived.py $(ARGS)

fuzz-releases: .venv ## random configs published, edited and gone back to with records inside; no cell is lost (EXAMPLES=200)
	FUZZ_RELEASES=$(or $(EXAMPLES),200) $(PY) -m pytest tests/engine/releases/test_property_releases.py $(ARGS)

replay: .venv ## the whole log of the permits lived through day by day, and what its rule opened and resolved
	REPLAY=whole $(PY) -m pytest tests/samples/test_permits_replay.py $(ARGS)

fuzz: .venv ## the three evaluators of expressions against each other (ROWS=1000000 for the full run)
	$(PY) -m tests.rules.fuzz $(ARGS)

bench-expressions: .venv ## speed of expressions, next to other engines
	@$(BIN)/uv pip install --quiet --require-hashes --python $(PY) -r requirements-bench.lock \
	  || $(PY) -m pip install --quiet --require-hashes -r requirements-bench.lock
	$(PY) -m benchmarks.expressions $(ARGS)

bench-forms: .venv ## speed of a form of 300 fields, and of a table of 1,000 rows
	$(PY) -m benchmarks.forms $(ARGS)

bench-alerts: .venv ## speed of alerts: rules over many records, changes, deliveries (ARGS=drain for one part)
	$(PY) -m benchmarks.alerts $(ARGS)

bench-records: .venv ## pages over 100,000 and 1,000,000 records, next to the same asked by hand (ARGS="--rows 100000 --dry")
	$(PY) -m benchmarks.records $(ARGS)

race: .venv ## eight clients at once through screens and API; no record may hold another's data (ARGS="--requests 400")
	$(PY) -m benchmarks.race $(ARGS)

bench-import: .venv ## speed of a large import, next to bare inserts of the same rows (ARGS="--database postgresql --rows 20000")
	$(PY) -m benchmarks.records_imports $(ARGS)

bench-publish: .venv ## kills while publishing, seconds of going back and of looking ahead (ARGS="--parts kills --kills 10")
	$(PY) -m benchmarks.publish $(ARGS)

chaos: .venv ## kill processes at random while records change and mail fails; nothing may be lost (ARGS="--changes 1000 --kills 20")
	$(PY) -m benchmarks.chaos $(ARGS)

shots: .venv browser ## photograph every main screen into var/shots
	$(PY) -m scripts.shots $(ARGS)

vendor: ## rebuild web/static/vendor from web/vendor_src (needs npm)
	@scripts/vendor

lock: .venv/.stamp ## rewrite the locks from requirements*.in (ARGS=--upgrade moves all pins)
	@scripts/lock $(ARGS)

browser: ## find Chromium and a Chinese font, or install them where we may
	@scripts/browser

messages: .venv ## collect the visible sentences into web/translations, and list those without translation
	$(PY) -m scripts.messages

clean: ## remove caches and the environment; var/ with its data stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.mo' -not -path './node_modules/*' -delete
