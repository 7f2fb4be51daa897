package steps

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/test/chain"
)

// kindCase is a kind of workloads and a style that Kruise releases it in.
type kindCase struct {
	version, kind string
	resource      string // for kubectl
	strategy      string // of the Rollout, without its steps
	spec          string // of the workload, beside what all have
}

var kindCases = map[string]kindCase{
	"deployment-partition": {"apps/v1", "Deployment", "deployment.apps", "canary", "replicas: 3"},
	"deployment-bluegreen": {"apps/v1", "Deployment", "deployment.apps", "blueGreen", "replicas: 3"},
	"statefulset":          {"apps/v1", "StatefulSet", "statefulset.apps", "canary", "replicas: 3\n  serviceName: b\n  podManagementPolicy: Parallel"},
}

// objects are a chain a > b > c in a namespace of the case's name, of whose services b is released by a
// Rollout, the group, and its lanes.
func (k *Kinds) objects() string {
	var o chain.Objects
	o.Namespace(k.namespace())
	group := chain.Group{Name: k.namespace()}
	for n, name := range []string{"a", "b", "c"} {
		service := types.NamespacedName{Namespace: k.namespace(), Name: name}
		group.Services = append(group.Services, service)
		o.Service(service)
		upstream := ""
		if n < 2 {
			upstream = fmt.Sprintf("http://%s.%s.svc.cluster.local:8000/", string("bc"[n]), k.namespace())
		}
		if name == "b" {
			k.released(&o, upstream)
			continue
		}
		o.Workload(chain.Workload{Name: name, Lane: k.base(), Service: service, Version: 1, Upstream: upstream, PassOn: chain.TagHeader})
	}
	o.Group(group)
	for _, lane := range []string{k.base(), k.gray()} {
		o.Lane(chain.Lane{Name: lane, Group: k.namespace(), Path: k.path(), Label: lane, To: types.NamespacedName{Namespace: k.namespace(), Name: "a"}})
	}
	return o.String()
}

func (k *Kinds) released(o *chain.Objects, upstream string) {
	c := kindCases[k.Case]
	o.Add(`
apiVersion: %[1]s
kind: %[2]s
metadata: {name: b, namespace: %[3]s}
spec:
  %[4]s
  selector: {matchLabels: {app: b}}
  template:
    metadata:
      labels: {app: b, lane: %[5]s}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: default
        image: go-http-sample:1.0
        env: [{name: app, value: b}, {name: upstream_url, value: "%[6]s"}, {name: FORWARD_HEADERS, value: %[7]s}]
        ports: [{containerPort: 8000}]
        readinessProbe: {tcpSocket: {port: 8000}, periodSeconds: 1}
---
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: b, namespace: %[3]s, annotations: {lanekeeper.io/lane: %[8]s}}
spec:
  workloadRef: {apiVersion: %[1]s, kind: %[2]s, name: b}
  strategy:
    %[9]s:
      steps: [{replicas: 1}, {replicas: 50%%}, {replicas: 100%%}]
`, c.version, c.kind, k.namespace(), c.spec, k.base(), upstream, chain.TagHeader, k.gray(), c.strategy)
}
