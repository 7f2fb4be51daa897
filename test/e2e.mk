# The main job on the real stack: for a person to watch, and as tests.

##@ End to end

# Where the evidence of a failed scenario goes.
E2E_EVIDENCE := dist/e2e

.PHONY: demo
demo: parts ## Play the whole story on a fresh stack (KEEP=1: leave it up)
	cd test && $(GO) build -o ../bin/demo ./cmd/demo
	bin/demo $(if $(KEEP),-keep)

.PHONY: test-e2e
test-e2e: parts ## Run the scenarios under load (RUN=name: one of them, on a stack that is kept; KEEP=1: keep it)
	mkdir -p $(E2E_EVIDENCE)
	cd test && $(GO) test ./load/... ./e2e/promise ./e2e/timeline
	cd test && $(GO) test ./e2e -v -count=1 -timeout=45m -artifacts -outputdir=$(CURDIR)/$(E2E_EVIDENCE) \
		-run='TestScenarios$(if $(RUN),/^$(RUN)$$)' -args $(if $(RUN)$(KEEP),-keep)

.PHONY: test-faults
test-faults: parts ## Let things break down during releases under load (RUN=name, KEEP=1: as for test-e2e)
	mkdir -p $(E2E_EVIDENCE)
	cd test && $(GO) test ./e2e/apifault
	cd test && $(GO) test ./e2e -v -count=1 -timeout=40m -artifacts -outputdir=$(CURDIR)/$(E2E_EVIDENCE) \
		-run='TestFaults$(if $(RUN),/^$(RUN)$$)' -args $(if $(RUN)$(KEEP),-keep)
