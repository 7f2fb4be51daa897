SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
KUBECTL ?= kubectl
DOCKER  ?= docker
IMAGE   ?= lanekeeper:dev
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# One way of building for everything, so that the build cache serves the manager,
# the tests and the parts of the stack alike.
export CGO_ENABLED := 0

# Tools are pinned in go.tools.mod, apart from the product's modules.
TOOL := $(GO) tool -modfile=go.tools.mod

# What is generated, and must be committed as generated.
GENERATED := api manifests/crd manifests/rbac/role.yaml trafficprovider

##@ Help

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
		/^[a-zA-Z0-9_-]+:.*## / {printf "  \033[36m%-18s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Build

.PHONY: build
build: ## Build the manager into bin/
	$(GO) build -trimpath -ldflags="-s -w -X main.version=$(VERSION)" -o bin/lanekeeper ./cmd/lanekeeper

.PHONY: image
image: ## Build the container image (IMAGE=name:tag)
	$(DOCKER) build --build-arg VERSION=$(VERSION) -t $(IMAGE) .

.PHONY: generate
generate: ## Generate the deep copies of the API types
	$(TOOL) controller-gen object paths=./api/...

.PHONY: manifests
manifests: ## Generate the CRDs, and the manager's roles from the markers in the code
	$(TOOL) controller-gen crd paths=./api/... output:crd:dir=manifests/crd
	$(TOOL) controller-gen rbac:roleName=lanekeeper paths=./webhook/... paths=./rolloutwatch/... \
		paths=./trafficprovider/... paths=./cmd/... output:rbac:dir=manifests/rbac

.PHONY: golden
golden: ## Rewrite the golden files from what the code does now
	$(GO) test ./trafficprovider/istio -update

# What the trace-id filter is built with, to the same bytes everywhere.
ZIG := env ZIG_GLOBAL_CACHE_DIR=$(CURDIR)/bin/.zig ZIG_LOCAL_CACHE_DIR=$(CURDIR)/bin/.zig bin/zig/zig

.PHONY: traceplugin
traceplugin: ## Build the trace-id filter from its source
	cd test && $(GO) run ./cmd/stack build zig
	$(ZIG) cc -target wasm32-freestanding -Oz -Wall -Wextra -Werror -nostdlib -Wl,--no-entry -Wl,--strip-all \
		-o trafficprovider/istio/traceplugin/traceplugin.wasm trafficprovider/istio/traceplugin/src/traceplugin.c

##@ Check

.PHONY: fmt
fmt: ## Format the code
	lint="$$($(TOOL) -n golangci-lint)"; \
	"$$lint" fmt ./... && cd test && "$$lint" fmt ./...

.PHONY: lint
lint: ## Lint both modules
	lint="$$($(TOOL) -n golangci-lint)"; \
	"$$lint" run ./... && cd test && "$$lint" run ./...

.PHONY: verify
verify: generate manifests golden traceplugin ## Regenerate everything and fail on a difference
	@changed="$$(git status --porcelain -- $(GENERATED))"; \
	if [[ -n "$$changed" ]]; then \
		echo "generated files differ from what is committed:" >&2; echo "$$changed" >&2; \
		git --no-pager diff -- $(GENERATED); exit 1; \
	fi

##@ Test

# Stacks side by side, where tests need one.
STACKS ?= 2

.PHONY: test
test test-all: NAME = e2e
test: check parts ## Prove every promise once: unit, integration, the stack, and scenarios under load (STACKS=n)
	cd test && $(GO) build -o ../bin/suite ./cmd/suite
	bin/suite -once -again -stacks=$(STACKS)

.PHONY: test-all
test-all: check $(if $(if $(PIECES),$(findstring scenarios,$(PIECES)),all),check-otel otel-parts) parts ## Run all that has not passed on this commit: every scenario, fault and mutant (UNTIL=30m; PIECES=names)
	cd test && $(GO) build -o ../bin/suite ./cmd/suite
	bin/suite -stacks=$(STACKS) $(if $(UNTIL),-until=$(UNTIL)) $(PIECES)

.PHONY: test-left
test-left: ## Say what of it is still to be run on this commit
	cd test && $(GO) build -o ../bin/suite ./cmd/suite
	bin/suite -left

# Tests in module test that need a stack or an API server, and are not for test-unit.
HEAVY := /(bench|e2e|integration(/.*)?|mutants/caught|stack/proof|stack/node/live)$$

.PHONY: test-unit
test-unit: ## Run the tests that need nothing but Go
	$(GO) test ./...
	cd test && $(GO) test $$($(GO) list ./... | grep -Ev '$(HEAVY)')

.PHONY: test-model
test-model: ## Play 10,000 sequences of events and faults, others for each commit (SEED=n: from that seed on; 0: any; RUN=n: only that one)
	cd test && $(GO) test ./model -count=1 -v -run=TestPromises -timeout=1h -args \
		$(if $(RUN),-seed=$(RUN) -only -logs,-sequences=10000 -seed=$(or $(SEED),$$(git rev-parse --short=12 HEAD | sed s/^/0x/)))

SERVER_PARTS := etcd kube-apiserver kubectl assets

.PHONY: test-integration
test-integration: ## Run the tests against a real API server
	cd test && $(GO) run ./cmd/stack check -build -servers=2 $(SERVER_PARTS)
	cd test && $(GO) run ./cmd/stack build $(SERVER_PARTS)
	sum="$$($(TOOL) -n gotestsum)"; cd test && "$$sum" --format pkgname -- -count=1 -timeout=30m ./integration/... ./bench/...

##@ Install

.PHONY: install
install: ## Install on the cluster of the current kubectl context
	$(KUBECTL) apply --server-side -k manifests/default

.PHONY: uninstall
uninstall: ## Take everything off that cluster again, in order (FORCE=1: also where no manager is left)
	KUBECTL="$(KUBECTL)" manifests/uninstall.sh $(if $(FORCE),--force)

# parts, check, stack-up, stack-down, test-stack; demo, test-e2e, test-faults; test-mutants; bench.
include test/stack.mk test/e2e.mk test/mutants.mk test/bench.mk
