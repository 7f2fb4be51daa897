// Package chain writes the objects of chains of mock applications, and of groups and lanes over
// them, as YAML that somebody could apply.
package chain

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Objects are written one after the other.
type Objects struct{ strings.Builder }

// Add writes an object that has no function of its own; its text begins with a line break.
func (o *Objects) Add(format string, args ...any) { fmt.Fprintf(o, "---"+format, args...) }

// Namespace writes one whose pods are in the mesh.
func (o *Objects) Namespace(name string) {
	o.Add(`
apiVersion: v1
kind: Namespace
metadata: {name: %s, labels: {istio-injection: enabled}}
`, name)
}

// Service writes a Service, and its selector of label app.
func (o *Objects) Service(s types.NamespacedName) {
	o.Add(`
apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  ports: [{port: 8000, name: http}]
  selector: {app: %[2]s}
`, s.Namespace, s.Name)
}

// Workload is a Deployment of one pod of a Service, in a lane by label lane.
type Workload struct {
	Name, Lane string
	Service    types.NamespacedName
	Version    int
	Upstream   string // the URL of the next Service; empty for the last
	PassOn     string // headers
}

// Workload writes one.
func (o *Objects) Workload(w Workload) {
	o.Add(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  selector: {matchLabels: {app: %[3]s, lane: %[4]s}}
  template:
    metadata:
      labels: {app: %[3]s, lane: %[4]s}
    spec:
      containers:
      - name: default
        image: go-http-sample:%[5]d.0
        env: [{name: app, value: %[3]s}, {name: upstream_url, value: "%[6]s"}, {name: FORWARD_HEADERS, value: %[7]s}]
        ports: [{containerPort: 8000}]
`, w.Name, w.Service.Namespace, w.Service.Name, w.Lane, w.Version, w.Upstream, w.PassOn)
}

// TagHeader is the groups'.
const TagHeader = "x-asm-prefer-tag"

// Group is a permissive one on the samples' Gateway, whose baseline is the lane NAME-base.
type Group struct {
	Name, TraceHeader string
	Annotations       string // in YAML
	Services          []types.NamespacedName
}

// Group writes one.
func (o *Objects) Group(g Group) {
	o.Add(`
apiVersion: istio.alibabacloud.com/v1
kind: ASMSwimLaneGroup
metadata: {name: %[1]s, annotations: {%[2]s}}
spec:
  ingress:
    gateway: {name: ingressgateway, namespace: istio-system, type: ASM}
    ingressRouting: {ingressRoutingStrategy: rule_based}
  isPermissive: true
  permissiveModeConfiguration: {fallbackTarget: %[1]s-base, routeHeader: %[3]s, traceHeader: "%[4]s"}
  autoUpdate: true
  services:
`, g.Name, g.Annotations, TagHeader, g.TraceHeader)
	for _, s := range g.Services {
		fmt.Fprintf(o, "  - {name: %s, namespace: %s}\n", s.Name, s.Namespace)
	}
}

// Lane is one whose requests enter at a path, with its name as their tag; the baseline's enter without.
type Lane struct {
	Name, Group, Path string
	Label             string // of its pods
	To                types.NamespacedName
}

// Lane writes one.
func (o *Objects) Lane(l Lane) {
	headers := ""
	if l.Name != l.Group+"-base" {
		headers = ", headers: {" + TagHeader + ": {exact: " + l.Name + "}}"
	}
	o.Add(`
apiVersion: istio.alibabacloud.com/v1
kind: ASMSwimLane
metadata: {name: %[1]s, labels: {swimlane-group: %[2]s}}
spec:
  labelSelector: {lane: %[3]s}
  ingressRules:
  - name: in
    online: true
    hosts: ['*']
    match: {uri: {exact: %[4]s}%[5]s}
    route: {destination: {host: %[6]s.%[7]s.svc.cluster.local}}
`, l.Name, l.Group, l.Label, l.Path, headers, l.To.Name, l.To.Namespace)
}
