package steps

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/test/chain"
)

// tenObjects are the chain of Ten: s0 to s4 in one namespace and s5 to s9 in the other, the group, and
// its lanes.
func tenObjects() string {
	var o chain.Objects
	for _, name := range []string{"ten-a", "ten-b"} {
		o.Namespace(name)
	}
	o.Add(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: ten-b}
spec: {mtls: {mode: PERMISSIVE}}
`)
	group := chain.Group{Name: "ten"}
	for n := range 10 {
		group.Services = append(group.Services, tenService(n))
		o.Service(tenService(n))
		tenWorkload(&o, n, tenService(n).Name, "ten-base", 1)
	}
	o.Group(group)
	tenLaneObject(&o, "ten-base")
	for n := 1; n <= 10; n++ {
		tenLaneObject(&o, tenLane(n))
		tenWorkload(&o, 5, tenLane(n), tenLane(n), n+1)
	}
	return o.String()
}

func tenService(n int) types.NamespacedName {
	out := types.NamespacedName{Namespace: "ten-a", Name: fmt.Sprintf("s%d", n)}
	if n >= 5 {
		out.Namespace = "ten-b"
	}
	return out
}

func tenWorkload(o *chain.Objects, n int, name, lane string, version int) {
	w := chain.Workload{Name: name, Lane: lane, Service: tenService(n), Version: version, PassOn: chain.TagHeader}
	if n < 9 {
		next := tenService(n + 1)
		w.Upstream = fmt.Sprintf("http://%s.%s.svc.cluster.local:8000/", next.Name, next.Namespace)
	}
	o.Workload(w)
}

func tenLaneObject(o *chain.Objects, name string) {
	o.Lane(chain.Lane{Name: name, Group: "ten", Path: tenPath, Label: name, To: tenService(0)})
}
