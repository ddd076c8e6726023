# Every command of the project. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLUSTER := $(PYTHON) -m cluster
IN_CLUSTER = eval "$$($(CLUSTER) env)" &&
RELEASE := stresscampaigns
# Most of a unit test's time is waiting for deadlines, so more of them run at once than there are cores.
SIDE_BY_SIDE := --numprocesses 3 --dist loadfile

.PHONY: help demo test lint unit e2e stress torture bench up clean crds

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: up ## Bring everything up and run a campaign to its verdict (BREAK=1: with a defect that it must find)
	@$(IN_CLUSTER) $(PYTHON) -m demo $(if $(BREAK),--break)

test: lint up unit e2e ## Everything that CI runs

lint: $(VENV)/ready ## Linters, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy operator cluster benchmarks demo --exclude '^demo/service/'
	MYPYPATH=demo $(BIN)/mypy demo/service
	$(BIN)/lint-imports

unit: $(VENV)/ready ## Unit tests, without a cluster
	@$(CLUSTER) unit-tools
	$(BIN)/pytest tests/unit -m "not alone" $(SIDE_BY_SIDE)
	$(BIN)/pytest tests/unit -m alone

e2e: up $(VENV)/ready ## End-to-end tests on the kind cluster
	@$(IN_CLUSTER) $(BIN)/pytest tests/e2e tests/stress tests/torture -m "not long"

stress: up $(VENV)/ready ## Every campaign rehearsed, what faults do measured from outside, on the staging system and with each defect
	@$(IN_CLUSTER) $(BIN)/pytest tests/stress
	@$(IN_CLUSTER) $(BIN)/pytest tests/e2e -m long

torture: up $(VENV)/ready ## Random faults, random SIGKILLs, and nothing left: an hour (ROUNDS=200 SEED=1)
	@$(IN_CLUSTER) $(BIN)/python -m tests.torture --rounds $(or $(ROUNDS),200) --seed $(or $(SEED),1)

bench: up $(VENV)/ready ## Every promised figure beside its reference, an hour (ONLY=crowd: one part; MINUTES=5: a shorter soak; COLD=1: from nothing, too)
	@$(IN_CLUSTER) $(if $(MINUTES),MINUTES=$(MINUTES)) $(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(COLD),--cold)

up: ## The cluster with our images in it
	@$(CLUSTER) up
	@$(CLUSTER) images

clean: ## Take the cluster and our images away (CACHE=1: what took long to build, too)
	@$(CLUSTER) clean $(if $(CACHE),--cache)

crds: $(VENV)/ready ## Make the CRDs from the models
	$(BIN)/python -m stresscampaigns.api.crd crds charts/stresscampaigns/files/crds

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $@
