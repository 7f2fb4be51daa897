package providertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Setup is a provider to test.
type Setup struct {
	New func(settle time.Duration) trafficprovider.Provider
	// Scheme is what the provider's AddToScheme makes.
	Scheme *runtime.Scheme
	// Gateway makes the mesh's gateway of that name.
	Gateway func(name types.NamespacedName) client.Object
}

// Run tests a provider.
func Run(t *testing.T, setup Setup) {
	for name, promise := range map[string]func(*testing.T, *harness){
		"nothing is there at first":                      nothingAtFirst,
		"a plan comes true and then rests":               comesTrueAndRests,
		"a lane is programmed one settle after it came":  oneSettleLater,
		"a lane that was removed leaves nothing behind":  removedLaneLeavesNothing,
		"a withdrawn service leaves nothing behind":      withdrawnLeavesNothing,
		"frozen and pending write nothing":               heldWritesNothing,
		"an ingress follows its service":                 ingressFollows,
		"written objects tell whose they are":            writtenObjectsAreOwned,
		"foreign objects stay":                           foreignObjectsStay,
		"others' namespaces have nothing of ours":        othersNamespacesAreTheirs,
		"an ingress at an earlier gateway is still ours": earlierGatewaysCount,
		"what others put on an object stays":             additionsStay,
		"new markers wait for one settle":                newMarkersWait,
		"who writes nothing knows of markers, too":       isolationIsKnownWithoutWrites,
		"translating changes nothing it was given":       translatingIsPure,
		"its kinds are in the scheme":                    kindsAreKnown,
		"its flags are checked":                          flagsAreChecked,
		"a cache with its indexes finds everything":      restsWithIndexes,
		"patches that cannot be merged are refused":      patchesAreChecked,
		"rules are sampled":                              rulesAreSampled,
		"a patch that is refused stops nothing":          refusedPatchStopsNothing,
		"the routes tell where everybody goes":           servingIsTheBaseline,
		"another lane becomes the baseline in order":     baselineMoves,
		"statuses have words for what is waited for":     everythingHasWords,
	} {
		t.Run(name, func(t *testing.T) { promise(t, newHarness(setup)) })
	}
}

const (
	settle = 10 * time.Second
	group  = "rollout"
)

var (
	service = types.NamespacedName{Namespace: "default", Name: "mocka"}
	gateway = types.NamespacedName{Namespace: "istio-system", Name: "gateway"}
)

// harness is a provider with an Applier, a fake API server and a clock.
type harness struct {
	*trafficprovider.Applier
	client  client.Client
	gateway func(name types.NamespacedName) client.Object
	// another makes a provider that has written nothing.
	another func(settle time.Duration) trafficprovider.Provider
	now     time.Time
}

func newHarness(s Setup) *harness {
	c := fake.NewClientBuilder().WithScheme(s.Scheme).WithObjects(s.Gateway(gateway)).Build()
	h := &harness{client: c, gateway: s.Gateway, another: s.New, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.Applier = &trafficprovider.Applier{
		Client: c, Reader: c, Provider: s.New(settle), Now: func() time.Time { return h.now },
	}
	return h
}

// managed is a plan with these lanes present, of a group of canary and s2.
func managed(gray ...string) lane.Plan {
	p := lane.Plan{
		Group: group, Service: service, State: lane.StateManaged, Tag: lane.Tag{RouteHeader: "x-lane"},
		Baseline: member("base"), GrayLanes: []string{"canary", "s2"}, Ingress: true,
	}
	for _, name := range gray {
		p.Gray = append(p.Gray, member(name))
	}
	return p
}

func member(name string) lane.Member {
	return lane.Member{Lane: name, Selector: map[string]string{"lane": name}}
}

// ingressPlan is a plan of an ingress whose canary rule is in its lane or not.
func ingressPlan(inLane bool) lane.IngressPlan {
	route := func(name string, in bool, headers map[string]lane.Match) lane.IngressRoute {
		return lane.IngressRoute{
			Name: name + "/rule", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}, Headers: headers},
			Service: service, Destinations: []lane.Destination{{Lane: name, Tag: name, InLane: in}}, Baseline: "base",
		}
	}
	return lane.IngressPlan{
		Group: group, State: lane.StateManaged, Gateway: gateway, Tag: lane.Tag{RouteHeader: "x-lane"}, Baseline: "base",
		Routes: []lane.IngressRoute{
			route("canary", inLane, map[string]lane.Match{"x-user": {Kind: lane.MatchExact, Value: "jason"}}),
			route("base", true, nil),
		},
	}
}

func (h *harness) live(t *testing.T) trafficprovider.Live {
	live, err := h.Service(t.Context(), group, service)
	require.NoError(t, err)
	return live
}

func (h *harness) liveIngress(t *testing.T) trafficprovider.LiveIngress {
	live, err := h.Ingress(t.Context(), group, gateway)
	require.NoError(t, err)
	return live
}

func (h *harness) apply(t *testing.T, plan lane.Plan) trafficprovider.Outcome {
	out, err := h.Apply(t.Context(), plan, h.live(t))
	require.NoError(t, err)
	return out
}

func (h *harness) applyIngress(t *testing.T, plan lane.IngressPlan) trafficprovider.Outcome {
	out, err := h.ApplyIngress(t.Context(), plan, h.liveIngress(t), map[types.NamespacedName]trafficprovider.Live{service: h.live(t)})
	require.NoError(t, err)
	return out
}

// untilComplete applies until the outcome is complete, and waits in between as long as it says.
func (h *harness) untilComplete(t *testing.T, apply func() trafficprovider.Outcome) trafficprovider.Outcome {
	for range 10 {
		out := apply()
		if out.Complete() {
			return out
		}
		h.now = h.now.Add(max(out.Again, time.Millisecond))
	}
	t.Fatal("never complete")
	return trafficprovider.Outcome{}
}

func (h *harness) complete(t *testing.T, plan lane.Plan) {
	h.untilComplete(t, func() trafficprovider.Outcome { return h.apply(t, plan) })
}

func (h *harness) get(ctx context.Context, t *testing.T, like client.Object) client.Object {
	obj := like.DeepCopyObject().(client.Object)
	require.NoError(t, h.client.Get(ctx, client.ObjectKeyFromObject(like), obj))
	return obj
}
