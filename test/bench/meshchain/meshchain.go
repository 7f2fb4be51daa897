// Package meshchain makes the chains of the mesh's benchmark: five services each, in a
// namespace of their own, that call each other and are asked by the gateway under the
// namespace's name.
package meshchain

import (
	"fmt"
	"slices"
	"strings"
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
func Lane(chain string, n int) string { return fmt.Sprintf("%s-gray%d", chain, n) }

// Chains are the objects of all chains, with one gray lane each that has no pod.
func Chains() string {
	var out objects
	for _, chain := range Names {
		out.add(`
apiVersion: v1
kind: Namespace
metadata: {name: %[1]s, labels: {istio-injection: enabled}}
`, chain)
		for i, service := range services {
			out.service(chain, service)
			out.workload(chain, service, "base", upstream(i))
		}
		if chain == Plain {
			out.route(chain)
			continue
		}
		out.group(chain)
		out.lane(chain, chain+"-base", "base")
		out.lane(chain, Lane(chain, 1), Lane(chain, 1))
	}
	return out.String()
}

// Release gives the first gray lanes of the chains pods of the released services.
func Release() string {
	var out objects
	for _, chain := range Groups {
		for i, service := range services {
			if slices.Contains(Released, service) {
				out.workload(chain, service, Lane(chain, 1), upstream(i))
			}
		}
	}
	return out.String()
}

// Lanes gives one chain so many gray lanes in all; what ids cost does not grow with them. Those beside
// the first have pods of one service.
func Lanes(lanes int) string {
	var out objects
	for n := 2; n <= lanes; n++ {
		name := Lane(Laned, n)
		out.lane(Laned, name, name)
		out.workload(Laned, Released[0], name, upstream(slices.Index(services, Released[0])))
	}
	return out.String()
}

func upstream(i int) string {
	if i+1 == len(services) {
		return ""
	}
	return "http://" + services[i+1] + ":8000/"
}

type objects struct{ strings.Builder }

func (o *objects) add(format string, args ...any) {
	o.WriteString("---")
	fmt.Fprintf(o, format, args...)
}

func (o *objects) service(chain, name string) {
	o.add(`
apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  ports: [{port: 8000, name: http}]
  selector: {app: %[2]s}
`, chain, name)
}

// workload passes on the tag, or the id where the mesh restores the tag.
func (o *objects) workload(chain, service, lane, upstream string) {
	passOn, version := "x-asm-prefer-tag", 1
	if lane != "base" {
		version = 2
	}
	if chain == Traced {
		passOn = "my-request-id"
	}
	o.add(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[2]s-%[3]s, namespace: %[1]s}
spec:
  selector: {matchLabels: {app: %[2]s, lane: %[3]s}}
  template:
    metadata:
      labels: {app: %[2]s, lane: %[3]s}
    spec:
      containers:
      - name: default
        image: go-http-sample:%[6]d.0
        env: [{name: app, value: %[2]s}, {name: upstream_url, value: "%[4]s"}, {name: FORWARD_HEADERS, value: %[5]s}]
        ports: [{containerPort: 8000}]
`, chain, service, lane, upstream, passOn, version)
}

// route is the user's own, as somebody has it who has no lanes.
func (o *objects) route(chain string) {
	o.add(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: entry, namespace: %[1]s}
spec:
  hosts: ['*']
  gateways: [istio-system/ingressgateway]
  http:
  - match: [{uri: {exact: /%[1]s}}]
    route: [{destination: {host: a.%[1]s.svc.cluster.local}}]
`, chain)
}

func (o *objects) group(chain string) {
	restore := "{}"
	if chain == Traced {
		restore = `{lanekeeper.io/restore-tags: "true"}`
	}
	o.add(`
apiVersion: istio.alibabacloud.com/v1
kind: ASMSwimLaneGroup
metadata: {name: %[1]s, annotations: %[2]s}
spec:
  ingress:
    gateway: {name: ingressgateway, namespace: istio-system, type: ASM}
    ingressRouting: {ingressRoutingStrategy: rule_based}
  isPermissive: true
  permissiveModeConfiguration: {fallbackTarget: %[1]s-base, routeHeader: x-asm-prefer-tag%[3]s}
  autoUpdate: true
  services:
`, chain, restore, map[string]string{Traced: ", traceHeader: my-request-id"}[chain])
	for _, service := range services {
		fmt.Fprintf(o, "  - {name: %s, namespace: %s}\n", service, chain)
	}
}

func (o *objects) lane(chain, name, label string) {
	match := "{uri: {exact: /" + chain + "}}"
	if label != "base" {
		match = "{uri: {exact: /" + chain + "}, headers: {x-asm-prefer-tag: {exact: " + name + "}}}"
	}
	o.add(`
apiVersion: istio.alibabacloud.com/v1
kind: ASMSwimLane
metadata: {name: %[2]s, labels: {swimlane-group: %[1]s}}
spec:
  labelSelector: {lane: %[3]s}
  ingressRules:
  - name: in
    online: true
    hosts: ['*']
    match: %[4]s
    route: {destination: {host: a.%[1]s.svc.cluster.local}}
`, chain, name, label, match)
}
