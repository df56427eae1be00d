# make demo   a call centre on this machine, without Asterisk and without a broker to install
# make test   everything, with real servers; installs them on Debian when run as root

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# The project itself: what it needs is in the lock file, setuptools included.
INSTALL_PROJECT := $(PIP) --no-deps --no-build-isolation --editable .

SOURCES := ctibridge tests

# -- what people type --------------------------------------------------------------------------------------------------

.PHONY: help demo test
help:
	@grep -hE '^# make' Makefile | cut -c3-
	@echo "targets: demo test lint types imports unit replay integration monitoring exactness chaos soak fuzz bench throughput pages asterisk servers docs format lock vendor audit clean"

demo: $(VENV)/.run
	@exec $(BIN)/ctibridge demo $(ARGS)

# Tests with real servers mostly wait, so several wait at once; whoever takes a file takes all of it.
SIDE_BY_SIDE := --numprocesses 4 --dist loadfile
# Real telephones and servers miss a moment on a busy machine.  What fails beside the others gets one more try, alone,
# and both runs are shown; what is wrong fails again.  Faults are a load of their own, and have the machine to
# themselves.
ONCE_ALONE := { [ $$? -eq 1 ] || exit 2; echo "once more, alone:"; \
	$(BIN)/pytest --last-failed --last-failed-no-failures none; }

test: servers lint types imports $(VENV)/.dev
	$(BIN)/pytest $(SIDE_BY_SIDE) --durations=15 --ignore tests/chaos $(ARGS) || $(ONCE_ALONE)
	$(BIN)/pytest tests/chaos || $(ONCE_ALONE)

# -- parts of `make test` ----------------------------------------------------------------------------------------------

.PHONY: lint types imports unit replay integration exactness bench throughput asterisk servers
lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

unit: $(VENV)/.dev
	$(BIN)/pytest tests/unit $(ARGS)

replay: $(VENV)/.dev
	$(BIN)/pytest tests/replay $(ARGS)

integration: servers $(VENV)/.dev
	$(BIN)/pytest tests/integration $(SIDE_BY_SIDE) $(ARGS)

# Every scene live on both versions of Asterisk, the bridge's figures beside queue_log's; writes docs/exactness.md.
exactness: servers
	$(BIN)/python -m tests.integration.exactness --page docs/exactness.md $(ARGS)
	$(BIN)/python -m tests.integration.storm.storm --page docs/storm.md

# Everything that can break is broken, on a real Asterisk; an independent recorder judges.  Writes docs/reliability.md.
.PHONY: chaos soak fuzz
chaos: servers $(VENV)/.dev
	$(BIN)/python -m tests.chaos --page docs/reliability.md $(ARGS)

# Half an hour at 300 events a second: does anything grow?  ARGS="--seconds 300" for less.
soak: servers $(VENV)/.dev
	$(BIN)/python -m tests.chaos.soak --page docs/reliability.md $(ARGS)

# Looks for input that breaks something, a minute for each kind; what is found is kept in tests/fuzz/found.
FUZZ_SECONDS ?= 60
fuzz: $(VENV)/.dev
	$(PIP) 'pip>=25.1'  # Which knows dependency groups.
	$(PIP) --group fuzz
	for target in ami queue_log command topic; do \
		$(BIN)/python -m tests.fuzz $$target --seconds $(FUZZ_SECONDS) $(ARGS); \
	done

# All that is measured of the daemon's speed, beside other clients, in about 20 minutes; writes docs/performance.md.
# ARGS="--only delay" for one part of it, which leaves the page as it is.
bench: $(VENV)/.dev
	@scripts/servers.sh packages
	$(BENCH_PEERS)
	$(BIN)/python -m tests.bench --page docs/performance.md $(ARGS)

# What only the benchmarks need: peers to measure beside, and what draws.  Node's peer is left out without npm.
define BENCH_PEERS
$(PIP) 'pip>=25.1'  # Which knows dependency groups.
$(PIP) --group bench
-cd tests/bench/peers/node && npm ci --silent
endef

# How smooth the pages stay with 500 agents, 50 queues and 50 changes a second: ten minutes each, written to
# docs/pages.md; with ARGS, minutes and changes, only printed.
.PHONY: pages
pages: servers $(VENV)/.dev
	$(BIN)/python -m tests.bench.pages_bench $(ARGS)

# Events a second beside three peers on the same stream, and nothing else.
throughput: $(VENV)/.dev
	$(BENCH_PEERS)
	$(BIN)/python -m tests.bench.throughput $(ARGS)

# A bill of materials in build/, and what is known of the weaknesses of every locked package.
.PHONY: audit
audit: $(VENV)/.dev
	$(PIP) 'cyclonedx-bom>=5' 'pip-audit>=2.7'
	$(BIN)/python scripts/audit.py

# Alerts, routes, dashboards: promtool, amtool, every query of every panel, and a webhook that arrives.
.PHONY: monitoring
monitoring: servers $(VENV)/.dev
	$(BIN)/pytest tests/monitoring $(SIDE_BY_SIDE) $(ARGS)

# Debian packages (mosquitto, promtool, …) and one folder for each version of Asterisk; made once, then only checked.
servers:
	@scripts/servers.sh packages
	@scripts/servers.sh asterisk all

asterisk:
	@scripts/servers.sh asterisk all

# -- upkeep ------------------------------------------------------------------------------------------------------------

.PHONY: docs format lock clean
# The pages that the code writes; each is written aside first, so that a failure leaves the old page.  Then the tables of
# docs/monitoring.md, and Grafana's dashboards.
GENERATED := \
	configuration:ctibridge.app.settings_reference \
	commands:ctibridge.app.commands.reference \
	states:ctibridge.app.states_reference \
	alarms:ctibridge.app.alarms_reference \
	mqtt:ctibridge.outputs.mqtt.reference \
	metrics:ctibridge.outputs.prometheus.reference \
	api:ctibridge.outputs.web.api.reference
docs: $(VENV)/.dev
	@for page in $(GENERATED); do \
		$(BIN)/python -m $${page#*:} > docs/.page.new; \
		mv docs/.page.new docs/$${page%%:*}.md; \
		echo "docs/$${page%%:*}.md"; \
	done
	@$(BIN)/python -m tests.monitoring.tables
	@$(BIN)/python -m scripts.dashboards

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Newest versions that pyproject.toml allows, for all platforms, with hashes.  Indexes come from the environment and
# stay out of the files.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock: $(VENV)/.dev
	$(PIP) uv
	echo 'setuptools>=77' | $(LOCK) pyproject.toml - --output-file requirements.txt
	echo 'setuptools>=77' | $(LOCK) pyproject.toml - --extra demo --output-file requirements-demo.txt
	echo 'setuptools>=77' | $(LOCK) pyproject.toml - --extra demo --extra postgres --group dev --output-file requirements-dev.txt

# The pages' libraries anew from the npm registry, compared with static/vendor/vendor.lock.json; ARGS=--lock after a
# version was changed in scripts/vendor.py.
.PHONY: vendor
vendor:
	scripts/vendor.py $(ARGS)

# The Asterisk folders stay: they take minutes to make, and `rm -rf .asterisk` removes them.
clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +

# -- the virtual environment -------------------------------------------------------------------------------------------

$(BIN)/python:
	scripts/venv.sh $(VENV)

$(VENV)/.run: requirements-demo.txt pyproject.toml | $(BIN)/python
	@echo "installing what the demo needs …"
	@$(PIP) --require-hashes --requirement requirements-demo.txt
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing what the tests need …"
	@$(PIP) --require-hashes --requirement requirements-dev.txt
	@$(INSTALL_PROJECT)
	@touch $@ $(VENV)/.run
