package steps

import (
	"fmt"
	"strings"
)

// tenObjects are the chain of Ten: s0 to s4 in one namespace and s5 to s9 in the other, the group, and
// its lanes.
func tenObjects() string {
	var o tenYAML
	for _, name := range []string{"ten-a", "ten-b"} {
		o.add(`
apiVersion: v1
kind: Namespace
metadata: {name: %s, labels: {istio-injection: enabled}}
`, name)
	}
	o.add(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: ten-b}
spec: {mtls: {mode: PERMISSIVE}}
`)
	for n := range 10 {
		o.service(n)
		o.workload(n, fmt.Sprintf("s%d", n), "ten-base", 1)
	}
	o.group()
	o.lane("ten-base", "")
	for n := 1; n <= 10; n++ {
		o.lane(tenLane(n), ", headers: {x-asm-prefer-tag: {exact: "+tenLane(n)+"}}")
		o.workload(5, tenLane(n), tenLane(n), n+1)
	}
	return o.String()
}

// tenYAML is built object by object.
type tenYAML struct{ strings.Builder }

func (o *tenYAML) add(format string, args ...any) { fmt.Fprintf(o, "---"+format, args...) }

func tenNamespace(n int) string {
	if n < 5 {
		return "ten-a"
	}
	return "ten-b"
}

func (o *tenYAML) service(n int) {
	o.add(`
apiVersion: v1
kind: Service
metadata: {name: s%[1]d, namespace: %[2]s}
spec:
  ports: [{port: 8000, name: http}]
  selector: {app: s%[1]d}
`, n, tenNamespace(n))
}

func (o *tenYAML) workload(n int, name, lane string, version int) {
	upstream := ""
	if n < 9 {
		upstream = fmt.Sprintf("http://s%d.%s.svc.cluster.local:8000/", n+1, tenNamespace(n+1))
	}
	o.add(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  selector: {matchLabels: {app: s%[3]d, lane: %[4]s}}
  template:
    metadata:
      labels: {app: s%[3]d, lane: %[4]s}
    spec:
      containers:
      - name: default
        image: go-http-sample:%[5]d.0
        env: [{name: app, value: s%[3]d}, {name: upstream_url, value: "%[6]s"}]
        ports: [{containerPort: 8000}]
`, name, tenNamespace(n), n, lane, version, upstream)
}

func (o *tenYAML) group() {
	o.add(`
apiVersion: istio.alibabacloud.com/v1
kind: ASMSwimLaneGroup
metadata: {name: ten}
spec:
  ingress:
    gateway: {name: ingressgateway, namespace: istio-system, type: ASM}
    ingressRouting: {ingressRoutingStrategy: rule_based}
  isPermissive: true
  permissiveModeConfiguration: {fallbackTarget: ten-base, routeHeader: x-asm-prefer-tag}
  autoUpdate: true
  services:
`)
	for n := range 10 {
		fmt.Fprintf(o, "  - {name: s%d, namespace: %s}\n", n, tenNamespace(n))
	}
}

func (o *tenYAML) lane(name, headers string) {
	o.add(`
apiVersion: istio.alibabacloud.com/v1
kind: ASMSwimLane
metadata: {name: %[1]s, labels: {swimlane-group: ten}}
spec:
  labelSelector: {lane: %[1]s}
  ingressRules:
  - name: in
    online: true
    hosts: ['*']
    match: {uri: {exact: %[2]s}%[3]s}
    route: {destination: {host: s0.ten-a.svc.cluster.local}}
`, name, tenPath, headers)
}
