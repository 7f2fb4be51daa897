// Package builder builds the real parts that the tests run against, and puts
// them into bin/: etcd, Kubernetes, Kruise Rollout, Istio, Envoy, and this
// repository's own programs.
//
// Every foreign part is pinned in a go.mod of its own below test/tools (Envoy in
// a requirements.txt), which is the only place that names its version. A stamp
// beside the binary remembers the pin it was built from, so that a part is built
// once and again only when its pin changes: the first build of all of them takes
// some twenty minutes on two cores, every later one a second.
//
// Tests that are run as programs of their own, and not by `go test`, are built in the
// same way (Tests).
package builder
