##@ Stack

STACK ?= default

# Everything of the tests is built without cgo, so that the build cache serves
# the programs and the tests alike.
.PHONY: parts
parts: ## Build what the tests run against into bin/ (PARTS="etcd kubectl" for some)
	cd test && CGO_ENABLED=0 $(GO) run ./cmd/stack build $(PARTS)

.PHONY: stack-up
stack-up: parts ## Start a real cluster on this machine that stays (STACK=name)
	bin/stack up -name $(STACK)

.PHONY: stack-status
stack-status: ## Show what runs in it
	bin/stack status -name $(STACK)

.PHONY: stack-down
stack-down: ## End it; nothing of it is left
	bin/stack down -name $(STACK)

.PHONY: test-stack
test-stack: parts ## Prove that the stack tells the truth and leaves nothing behind
	cd test && CGO_ENABLED=0 $(GO) test -count=1 -timeout=10m ./stack/proof
