# Each target's words after ## are its help.
.DEFAULT_GOAL := help
.PHONY: help run up down url env setup test chaos bench bench-short lint fuzz build clean-local

SECONDS ?= 60
VENV := .local/venv/bin

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything, make three payments and a refund, stay until Ctrl-C
	@infra/local/run.sh

up: ## Start everything in the background; return when it is ready
	@infra/local/up.sh
	@infra/local/urls.sh

down: ## Stop everything; the data stays
	@infra/local/down.sh

url: ## Print the URLs of the functions and the database
	@infra/local/urls.sh

env: ## Print the settings of the stack, to be evaluated by a shell
	@infra/local/env.sh

setup: ## Install what the stack needs into .local
	@infra/local/setup.sh

test: ## Run every test on a database of its own
	@infra/local/test.sh

chaos: ## Kill instances 500 times (CHAOS_KILLS=n) and prove that nothing is lost or doubled
	@cargo build --workspace --bins
	@CHAOS_KILLS=$${CHAOS_KILLS:-500} infra/local/test-cluster.sh \
	  cargo test -p payonce-tests --test integration chaos -- --nocapture

bench: ## Measure the webhook beside a floor and beside peers (25 minutes; STORED=10000000 for a larger database)
	@bench/run.sh --stored $${STORED:-1000000}

bench-short: ## The same in two small rounds
	@bench/run.sh --short

lint: setup ## Check format, lints, docs, dependencies, migrations and shell scripts
	@infra/local/lint-tools.sh
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items
	cargo deny check licenses bans sources
	cargo machete
	$(VENV)/squawk migrations/*.sql
	$(VENV)/openapi-spec-validator functions/*/openapi.json
	git ls-files -z -co --exclude-standard '*.sh' '.ci/run' | xargs -0 $(VENV)/shellcheck -x -P SCRIPTDIR

fuzz: ## Fuzz each target for SECONDS=60
	@fuzz/run.sh $(SECONDS)

build: ## Build for release
	cargo build --workspace --release

clean-local: ## Stop everything and remove it with its data
	@infra/local/clean.sh
