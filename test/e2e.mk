# The main job on the real stack: for a person to watch, and as tests.

##@ End to end

# Where the evidence of a failed scenario goes.
E2E_EVIDENCE := dist/e2e

STORY ?= full-chain

.PHONY: demo
demo: NAME = demo
demo: STACKS = 1
demo: check $(if $(filter baggage-lanes,$(STORY)),check-otel otel-parts) parts ## Play a whole story on a fresh stack (STORY=full-chain or baggage-lanes; KEEP=1: leave it up)
	cd test && $(GO) build -o ../bin/demo ./cmd/demo
	bin/demo -story=$(STORY) $(if $(KEEP),-keep)

E2E = cd test && $(GO) test ./e2e -v -count=1 -timeout=90m -artifacts -outputdir=$(CURDIR)/$(E2E_EVIDENCE)
# A kept stack has a name of its own: nobody else plays on it.
E2E_ARGS = $(if $(RUN)$(KEEP),-keep -stack=kept,-stacks=$(STACKS))

.PHONY: test-e2e
test-e2e test-faults: NAME = $(if $(RUN)$(KEEP),,e2e)
test-e2e: check $(if $(filter-out languages,$(RUN)),,check-otel otel-parts) parts ## Run all scenarios under load (STACKS=n; RUN=name: one of them, on a stack that is kept; KEEP=1: keep it)
	mkdir -p $(E2E_EVIDENCE)
	$(E2E) -run='TestScenarios$(if $(RUN),/^$(RUN)$$)' -args $(E2E_ARGS)

.PHONY: test-faults
test-faults: check parts ## Let things break down during releases under load (STACKS=n, RUN=name, KEEP=1: as for test-e2e)
	mkdir -p $(E2E_EVIDENCE)
	$(E2E) -run='TestFaults$(if $(RUN),/^$(RUN)$$)' -args $(E2E_ARGS)
