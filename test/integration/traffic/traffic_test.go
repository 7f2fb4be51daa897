// Package traffic shows that the real API server takes what the Istio provider
// writes, and keeps all of it.
package traffic

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"lanekeeper.io/lane"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

const settle = 10 * time.Second

var (
	service = types.NamespacedName{Namespace: "default", Name: "mocka"}
	gateway = types.NamespacedName{Namespace: "istio-system", Name: "gateway"}
)

func TestMain(m *testing.M) {
	// Each check is dozens of requests. The command line still has the last word.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	flag.Parse()
	log.SetLogger(logr.Discard())
	os.Exit(apiserver.Main(m))
}

// TestTheAPIServerKeepsWhatIsWritten applies plans of every shape through a
// client that the API server answers with an error where it would drop an
// unknown field. What comes true must then need no further write: nothing was
// dropped, defaulted or turned round.
func TestTheAPIServerKeepsWhatIsWritten(t *testing.T) {
	server := apiserver.Shared(t)
	server.InstallCRDs(t, apiserver.IstioCRDs(t))
	scheme := runtime.NewScheme()
	require.NoError(t, istio.New(settle).AddToScheme(scheme))
	require.NoError(t, corev1.AddToScheme(scheme))
	plain := server.Client(t, client.Options{Scheme: scheme})
	require.NoError(t, plain.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: gateway.Namespace}}))
	require.NoError(t, plain.Create(t.Context(), newGateway()))

	now := time.Now()
	strict := client.WithFieldValidation(plain, metav1.FieldValidationStrict)
	applier := &trafficprovider.Applier{
		Client: strict, Reader: strict, Provider: istio.New(settle), Now: func() time.Time { return now },
	}
	rapid.Check(t, func(rt *rapid.T) {
		plan := drawPlan(rt)
		entry := drawEntry(rt, plan)
		rest := false
		for range 30 {
			service, in := apply(t, applier, plan, entry)
			require.Nil(t, service.Problem)
			require.Nil(t, in.Problem)
			if rest = service.Complete() && in.Complete() && service.Written+in.Written == 0; rest {
				break
			}
			now = now.Add(max(service.Again, in.Again))
		}
		require.True(t, rest, "it never comes to rest")
	})

	gone := lane.Plan{Group: "rollout", Service: service, State: lane.StateWithdrawn}
	for range 5 {
		apply(t, applier, gone, lane.IngressPlan{Group: "rollout", State: lane.StateWithdrawn})
		now = now.Add(2 * settle)
	}
	rules := &networkingv1.DestinationRuleList{}
	require.NoError(t, plain.List(t.Context(), rules))
	assert.Empty(t, rules.Items)
}

// newGateway serves every host.
func newGateway() *networkingv1.Gateway {
	g := &networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: gateway.Namespace, Name: gateway.Name}}
	g.Spec.Servers = []*networkingapi.Server{{Hosts: []string{"*"}, Port: &networkingapi.Port{Number: 80, Name: "http", Protocol: "HTTP"}}}
	return g
}

func apply(t *testing.T, a *trafficprovider.Applier, plan lane.Plan, entry lane.IngressPlan) (trafficprovider.Outcome, trafficprovider.Outcome) {
	live, err := a.Service(t.Context(), plan.Group, plan.Service)
	require.NoError(t, err)
	out, err := a.Apply(t.Context(), plan, live)
	require.NoError(t, err)
	liveEntry, err := a.Ingress(t.Context(), plan.Group, entry.Gateway)
	require.NoError(t, err)
	in, err := a.ApplyIngress(t.Context(), entry, liveEntry, map[types.NamespacedName]trafficprovider.Live{service: live})
	require.NoError(t, err)
	return out, in
}

func drawPlan(t *rapid.T) lane.Plan {
	member := func(name string) lane.Member {
		return lane.Member{Lane: name, Selector: map[string]string{"ASM_TRAFFIC_TAG": name, "tier": "web"}}
	}
	plan := lane.Plan{
		Group: "rollout", Service: service, State: lane.StateManaged, Tag: lane.Tag{RouteHeader: "x-asm-prefer-tag"},
		Baseline: member("base"), GrayLanes: []string{"canary", "s2"}, Ingress: true,
		Policy: lane.Policy{
			Traffic: []byte(rapid.SampledFrom([]string{"", "{}",
				`{"connectionPool": {"tcp": {"maxConnections": 10, "connectTimeout": "3s"}, "http": {"http2MaxRequests": 100}}}`,
				`{"loadBalancer": {"consistentHash": {"httpCookie": {"name": "user", "ttl": "0s"}}}, "tls": {"mode": "ISTIO_MUTUAL"}}`,
				`{"loadBalancer": {"simple": "LEAST_REQUEST", "warmup": {"duration": "30s"}}}`,
			}).Draw(t, "traffic")),
			Route: []byte(rapid.SampledFrom([]string{"", "{}",
				`{"timeout": "3s", "retries": {"attempts": 2, "perTryTimeout": "1s", "retryOn": "connect-failure"}}`,
				`{"headers": {"request": {"set": {"x-a": "b"}}, "response": {"add": {"x-c": "d"}}}, "corsPolicy": {"allowOrigins": [{"exact": "*"}]}}`,
				`{"fault": {"delay": {"percentage": {"value": 0.5}, "fixedDelay": "1s"}}}`,
			}).Draw(t, "route")),
		},
	}
	for _, name := range plan.GrayLanes {
		if rapid.Bool().Draw(t, name) {
			plan.Gray = append(plan.Gray, member(name))
		}
	}
	return plan
}

func drawEntry(t *rapid.T, plan lane.Plan) lane.IngressPlan {
	hosts := [][]string{{"*"}, {"a.example.com"}, {"*.example.org", "b.example.com"}}
	matches := []*lane.Match{nil, {Kind: lane.MatchExact, Value: "/a"}, {Kind: lane.MatchPrefix, Value: "/"}, {Kind: lane.MatchRegex, Value: "/a.*"}}
	entry := lane.IngressPlan{Group: plan.Group, State: lane.StateManaged, Gateway: gateway, Tag: lane.Tag{RouteHeader: plan.RouteHeader}}
	add := func(name string, inLane bool) {
		entry.Routes = append(entry.Routes, lane.IngressRoute{
			Name: name + "/rule", Lane: name, Rule: "rule",
			RequestMatch: lane.RequestMatch{
				Hosts:   rapid.SampledFrom(hosts).Draw(t, "hosts"),
				URI:     rapid.SampledFrom(matches).Draw(t, "uri"),
				Headers: map[string]lane.Match{"x-user": {Kind: lane.MatchExact, Value: name}},
			},
			Service: service, Port: rapid.SampledFrom([]int32{0, 8080}).Draw(t, "port"),
			Destinations: []lane.Destination{{Lane: name, Tag: name, InLane: inLane}},
			Baseline:     plan.Baseline.Lane, Policy: plan.Policy,
		})
	}
	for _, m := range plan.Gray {
		add(m.Lane, true)
	}
	add(plan.Baseline.Lane, true)
	return entry
}
