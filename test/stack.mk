##@ Stack

STACK ?= default

.PHONY: parts
parts: ## Build what the tests run against into bin/ (PARTS="etcd kubectl" for some)
	cd test && $(GO) run ./cmd/stack build $(PARTS)

# What tags in baggage are tried with: the OpenTelemetry operator, its agents, and the mock application in
# their languages.
OTEL_PARTS := otel-operator otel-agents mock-languages

.PHONY: check-otel
check-otel:
	cd test && $(GO) run ./cmd/stack check -build $(OTEL_PARTS)

.PHONY: otel-parts
otel-parts: check-otel ## Build what tags in baggage are tried with into bin/: OpenTelemetry's operator and agents
	cd test && $(GO) run ./cmd/stack build $(OTEL_PARTS)

# Of the stack that must not run yet, if any.
NAME ?=

.PHONY: check
check: ## Say what this machine lacks for the parts and for STACKS stacks, and what mends it
	cd test && $(GO) run ./cmd/stack check -build -stacks=$(STACKS) $(if $(NAME),-name=$(NAME))

.PHONY: stack-up
stack-up: check parts ## Start a real cluster on this machine that stays (STACK=name)
	bin/stack up -name="$(STACK)"

.PHONY: stack-status
stack-status: ## Show what runs in it
	bin/stack status -name="$(STACK)"

.PHONY: stack-down
stack-down: ## End it; nothing of it is left
	bin/stack down -name="$(STACK)"

.PHONY: test-stack
test-stack: check parts ## Prove that the stack tells the truth and leaves nothing behind
	cd test && $(GO) test -v -count=1 -timeout=20m -p=1 ./stack/proof ./stack/node/live
