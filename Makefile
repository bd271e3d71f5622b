# Each target's words after ## are its help.
.DEFAULT_GOAL := help
.PHONY: help run up down url env invoke setup test chaos rotations bench bench-short lint fuzz build rie sam-local e2e deploy \
  settings rollback freeze unfreeze clean-local

SECONDS ?= 60
# What is run here is built for this machine.
MACHINE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
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

invoke: ## Sign a sample of events/ and invoke with it: make invoke FN=stripe-webhook EVENT=customer.created
	@infra/local/invoke.sh "$(FN)" "$(EVENT)"

setup: ## Install what the stack needs into .local
	@infra/local/setup.sh

test: ## Run every test on a database of its own
	@infra/local/test.sh

chaos: ## Kill instances 500 times (CHAOS_KILLS=n) and prove that nothing is lost or doubled
	@cargo build --workspace --bins
	@CHAOS_KILLS=$${CHAOS_KILLS:-500} infra/local/test-cluster.sh \
	  cargo test -p payonce-tests --test integration chaos -- --nocapture

rotations: ## Rotate secrets 100 times (ROTATIONS=n) under 200 deliveries a second, each step killed once
	@cargo build --workspace --bins
	@ROTATIONS=$${ROTATIONS:-100} ROTATION_RATE=$${ROTATION_RATE:-200} infra/local/test-cluster.sh \
	  cargo test -p payonce-tests --test integration rotation::campaign -- --nocapture

bench: ## Measure the webhook beside a floor and beside peers (25 minutes; STORED=10000000 for a larger database)
	@ARCH=$(MACHINE) infra/deploy/build.sh
	@bench/run.sh --stored $${STORED:-1000000}

bench-short: ## The same in two small rounds
	@ARCH=$(MACHINE) infra/deploy/build.sh
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
	infra/deploy/lint.sh

fuzz: ## Fuzz each target for SECONDS=60
	@fuzz/run.sh $(SECONDS)

build: ## Build every function for Lambda (ARCH=arm64|x86_64, CA=file.pem of the database's own authority)
	@infra/deploy/build.sh

rie: ## Every function, built for release, under Amazon's Runtime Interface Emulator, answers its samples
	@ARCH=$(MACHINE) infra/deploy/build.sh
	@infra/emulators/rie.sh target/lambda

sam-local: ## The same by sam local invoke; needs a Docker engine, which root on Debian gets
	@ARCH=$(MACHINE) infra/deploy/build.sh
	@infra/emulators/sam-local.sh target/lambda

e2e: ## Deploy the template into an AWS on this machine; sell, show receipts and rotate secrets there
	@ARCH=$(MACHINE) infra/deploy/build.sh
	@infra/emulators/e2e.sh

deploy: ## Build and deploy STAGE=, the schema first; the first time it only makes the stack and its secrets
	@STAGE=$(STAGE) infra/deploy/deploy.sh

settings: ## Print the settings of STAGE= for a shell: eval "$$(make -s settings STAGE=prod)"
	@STAGE=$(STAGE) infra/deploy/settings.sh

rollback: ## Every function of STAGE= back to the release that served before, at once
	@STAGE=$(STAGE) infra/deploy/rollback.sh

freeze: ## STAGE= takes no call any more; providers bring theirs again
	@STAGE=$(STAGE) infra/deploy/freeze.sh freeze

unfreeze: ## STAGE= takes calls again
	@STAGE=$(STAGE) infra/deploy/freeze.sh unfreeze

clean-local: ## Stop everything and remove it with its data
	@infra/local/clean.sh
