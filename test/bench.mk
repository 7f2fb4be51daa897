# How fast and how large the manager is.

##@ Benchmarks

# kruise and mesh run on a stack; the others need an API server only, meshsizes an istiod, too.
BENCH_PARTS = $(if $(filter kruise mesh,$(or $(BENCH),kruise)),,lanekeeper etcd kube-apiserver kubectl assets $(if $(filter meshsizes,$(BENCH)),pilot-discovery))

# What lanes cost the mesh are two: in a chain, and by size.
BENCHMARKS = -bench='(?i)^Benchmark$(or $(BENCH),.*)(sizes)?$$'

.PHONY: bench
bench: ## Measure against the goals of docs/benchmarks.md (BENCH=admission, reaction, scale, podevents, lanes, kruise, mesh or meshsizes; CHECK=1: fail where one is missed)
	$(if $(BENCH),cd test && $(GO) test ./bench -list='^$$' $(BENCHMARKS))
	cd test && $(GO) run ./cmd/stack check -build -servers=1 $(if $(BENCH_PARTS),,-stacks=1 -name=bench) $(BENCH_PARTS)
	cd test && $(GO) run ./cmd/stack build $(BENCH_PARTS)
	cd test && $(GO) test ./bench -run='^$$' $(BENCHMARKS) -benchtime=1x -timeout=45m \
		-args -command="make bench$(if $(BENCH), BENCH=$(BENCH))" $(if $(CHECK),-check) $(BENCH_FLAGS)
