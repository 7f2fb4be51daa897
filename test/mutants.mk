# Whether the tests see anything.

##@ Mutants

.PHONY: test-mutants
test-mutants: check parts ## Put small faults into the product, one at a time; a test must see each (RUN=name, BUSY=1, STACKS=n)
	cd test && $(GO) test ./mutants/caught -v -count=1 -timeout=150m -run='TestMutants$(if $(RUN),/^$(RUN)$$)' \
		-args -stacks=$(STACKS) $(if $(BUSY),-busy)
