// Package proxies are sidecars as far as istiod can tell: each subscribes to what Envoy does, by
// delta xDS, and counts what comes.
package proxies

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// Kind is one of the kinds of resources.
type Kind string

// Kinds of the resources that proxies ask for.
const (
	CDS Kind = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	EDS Kind = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
	RDS Kind = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
)

// Kinds are all of them, in the order in which they are asked for.
var Kinds = []Kind{CDS, EDS, RDS}

// String is the kind as it is called.
func (k Kind) String() string {
	return map[Kind]string{CDS: "CDS", EDS: "EDS", RDS: "RDS"}[k]
}

// Count is what came of one kind.
type Count struct{ Pushes, Resources, Bytes int }

// Add is both together.
func (c Count) Add(o Count) Count {
	return Count{c.Pushes + o.Pushes, c.Resources + o.Resources, c.Bytes + o.Bytes}
}

// Proxy is one that is connected.
type Proxy struct {
	stream discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
	close  func()
	node   *corev3.Node
	routes string

	mutex  sync.Mutex
	counts map[Kind]Count
	last   time.Time
	err    error
}

// Connect starts the n-th sidecar of a namespace. routes are the names of the routes that it asks for:
// those of the ports that Services have.
func Connect(t testing.TB, address, namespace string, n int, routes string) *Proxy {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := discoveryv3.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(ctx)
	require.NoError(t, err)
	name := fmt.Sprintf("proxy-%d", n)
	metadata, err := structpb.NewStruct(map[string]any{
		"NAMESPACE": namespace, "NAME": name, "CLUSTER_ID": "Kubernetes", "ISTIO_VERSION": "1.30.0", "MESH_ID": "cluster.local",
		"LABELS": map[string]any{"app": name},
	})
	require.NoError(t, err)
	p := &Proxy{
		stream: stream, close: func() { cancel(); _ = conn.Close() }, routes: routes, counts: map[Kind]Count{}, last: time.Now(),
		node: &corev3.Node{Id: fmt.Sprintf("sidecar~10.200.%d.%d~%s.%s~%s.svc.cluster.local", n>>7, 1+n&127, name, namespace, namespace), Metadata: metadata},
	}
	t.Cleanup(p.Close)
	require.NoError(t, p.ask(CDS))
	go p.follow()
	return p
}

// Close ends it.
func (p *Proxy) Close() { p.close() }

func (p *Proxy) ask(kind Kind, names ...string) error {
	return p.stream.Send(&discoveryv3.DeltaDiscoveryRequest{Node: p.node, TypeUrl: string(kind), ResourceNamesSubscribe: names})
}

// follow answers what comes until the stream ends.
func (p *Proxy) follow() {
	asked := false
	for {
		r, err := p.stream.Recv()
		if err == nil {
			err = p.acknowledge(r)
		}
		if err == nil && Kind(r.TypeUrl) == CDS {
			err = p.subscribe(r)
			if !asked && err == nil {
				asked, err = true, p.ask(RDS, p.routes)
			}
		}
		if err != nil {
			p.mutex.Lock()
			p.err = err
			p.mutex.Unlock()
			return
		}
	}
}

// acknowledge counts a push and says that it was taken.
func (p *Proxy) acknowledge(r *discoveryv3.DeltaDiscoveryResponse) error {
	p.mutex.Lock()
	p.counts[Kind(r.TypeUrl)] = p.counts[Kind(r.TypeUrl)].Add(Count{1, len(r.Resources), proto.Size(r)})
	p.last = time.Now()
	p.mutex.Unlock()
	return p.stream.Send(&discoveryv3.DeltaDiscoveryRequest{TypeUrl: r.TypeUrl, ResponseNonce: r.Nonce})
}

// subscribe asks for the endpoints of the clusters that came, and of those that went no more. Envoy asks
// again for those of a cluster that changed, which is one that comes again.
func (p *Proxy) subscribe(r *discoveryv3.DeltaDiscoveryResponse) error {
	request := &discoveryv3.DeltaDiscoveryRequest{TypeUrl: string(EDS)}
	for _, c := range r.Resources {
		if strings.HasPrefix(c.Name, "outbound|") {
			request.ResourceNamesSubscribe = append(request.ResourceNamesSubscribe, c.Name)
		}
	}
	for _, name := range r.RemovedResources {
		if strings.HasPrefix(name, "outbound|") {
			request.ResourceNamesUnsubscribe = append(request.ResourceNamesUnsubscribe, name)
		}
	}
	if len(request.ResourceNamesSubscribe)+len(request.ResourceNamesUnsubscribe) == 0 {
		return nil
	}
	return p.stream.Send(request)
}

// Take is what came since the last call.
func (p *Proxy) Take() (map[Kind]Count, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	out := p.counts
	p.counts = map[Kind]Count{}
	return out, p.err
}

// Quiet is for how long nothing has come.
func (p *Proxy) Quiet() time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return time.Since(p.last)
}
