// Package meshchain makes the chains of the mesh's benchmark: five services each, in a
// namespace of their own, that call each other and are asked by the gateway under the
// namespace's name.
package meshchain

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/test/chain"
)

// The chains, by their namespaces: one without lanes, one with lanes, and one with lanes whose
// tags the mesh restores from ids.
const (
	Plain  = "plain"
	Laned  = "laned"
	Traced = "traced"
)

// Names are all of them; Groups those that are groups, too.
var (
	Names  = []string{Plain, Laned, Traced}
	Groups = []string{Laned, Traced}
)

var services = []string{"a", "b", "c", "d", "e"}

// Released are the services that have pods in the chains' first gray lanes.
var Released = []string{"b", "d"}

// Lane is a gray lane of a chain.
func Lane(name string, n int) string { return fmt.Sprintf("%s-gray%d", name, n) }

// Chains are the objects of all chains, with one gray lane each that has no pod.
func Chains() string {
	var out chain.Objects
	for _, name := range Names {
		out.Namespace(name)
		for i := range services {
			out.Service(serviceOf(name, i))
			workload(&out, name, i, "base")
		}
		if name == Plain {
			route(&out, name)
			continue
		}
		group(&out, name)
		lane(&out, name, name+"-base", "base")
		lane(&out, name, Lane(name, 1), Lane(name, 1))
	}
	return out.String()
}

// Release gives the first gray lanes of the chains pods of the released services.
func Release() string {
	var out chain.Objects
	for _, name := range Groups {
		for _, service := range Released {
			workload(&out, name, slices.Index(services, service), Lane(name, 1))
		}
	}
	return out.String()
}

// Lanes gives one chain so many gray lanes in all; what ids cost does not grow with them. Those beside
// the first have pods of one service.
func Lanes(lanes int) string {
	var out chain.Objects
	for n := 2; n <= lanes; n++ {
		lane(&out, Laned, Lane(Laned, n), Lane(Laned, n))
		workload(&out, Laned, slices.Index(services, Released[0]), Lane(Laned, n))
	}
	return out.String()
}

func serviceOf(name string, i int) types.NamespacedName {
	return types.NamespacedName{Namespace: name, Name: services[i]}
}

// workload passes on the tag, or the id where the mesh restores the tag.
func workload(out *chain.Objects, name string, i int, label string) {
	w := chain.Workload{Name: services[i] + "-" + label, Lane: label, Service: serviceOf(name, i), Version: 1, PassOn: chain.TagHeader}
	if label != "base" {
		w.Version = 2
	}
	if name == Traced {
		w.PassOn = traceHeader
	}
	if i+1 < len(services) {
		w.Upstream = "http://" + services[i+1] + ":8000/"
	}
	out.Workload(w)
}

// route is the user's own, as somebody has it who has no lanes.
func route(out *chain.Objects, name string) {
	out.Add(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: entry, namespace: %[1]s}
spec:
  hosts: ['*']
  gateways: [istio-system/ingressgateway]
  http:
  - match: [{uri: {exact: /%[1]s}}]
    route: [{destination: {host: a.%[1]s.svc.cluster.local}}]
`, name)
}

const traceHeader = "my-request-id"

func group(out *chain.Objects, name string) {
	g := chain.Group{Name: name}
	if name == Traced {
		g.Annotations, g.TraceHeader = `lanekeeper.io/restore-tags: "true"`, traceHeader
	}
	for i := range services {
		g.Services = append(g.Services, serviceOf(name, i))
	}
	out.Group(g)
}

func lane(out *chain.Objects, name, lane, label string) {
	out.Lane(chain.Lane{Name: lane, Group: name, Path: "/" + name, Label: label, To: serviceOf(name, 0)})
}
