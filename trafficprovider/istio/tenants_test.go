package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Whoever has a namespace can give his objects there any name and any labels.

var edge = types.NamespacedName{Namespace: "edge", Name: "gw"}

// entered is a group with Services in default, whose Gateway is in edge and was in the
// namespaces earlier.
func entered(name string, earlier ...string) *apiv1.ASMSwimLaneGroup {
	g := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, namespace := range append(earlier, edge.Namespace) {
		g.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: namespace, Name: edge.Name}
		lane.NamespacesOf(g).Record(g)
	}
	g.Spec.Services = []apiv1.ServiceReference{{Namespace: mockb.Namespace, Name: mockb.Name}}
	return g
}

// entry is a group's ingress in a namespace, or looks like it.
func entry(group, namespace string) *networkingv1.VirtualService {
	vs := newRoutes(namespace, ingressName(group, namespace).Name, []string{namespace + "/gw"}, "*")
	vs.Labels = ingressLabels(group)
	vs.Spec.Http = []*networkingapi.HTTPRoute{{
		Headers: stampTag(lane.Tag{RouteHeader: "x-lane"}, "canary", entryWay{}),
		Route:   []*networkingapi.HTTPRouteDestination{{Destination: &networkingapi.Destination{Host: hostname.Of(mockb), Subset: "canary"}}},
	}}
	return vs
}

func TestAnObjectIsAGroupsByLabelsNameAndNamespace(t *testing.T) {
	rule := func(edit func(*networkingv1.DestinationRule)) client.Object {
		o := newRule("default", ruleName("rollout", mockb).Name, hostname.Of(mockb))
		o.Labels = serviceLabels("rollout", mockb)
		edit(o)
		return o
	}
	in := func(edit func(*networkingv1.VirtualService)) client.Object {
		o := entry("rollout", "edge")
		edit(o)
		return o
	}
	for name, tc := range map[string]struct {
		object    client.Object
		service   bool // it is the group's for mockb
		onGateway bool // it is the group's on Gateway edge/gw
	}{
		"a rule":                       {rule(func(*networkingv1.DestinationRule) {}), true, false},
		"a rule of another name":       {rule(func(o *networkingv1.DestinationRule) { o.Name += "-2" }), false, false},
		"a rule named like routes":     {rule(func(o *networkingv1.DestinationRule) { o.Name = routesName("rollout", mockb).Name }), false, false},
		"a rule in another namespace":  {rule(func(o *networkingv1.DestinationRule) { o.Namespace = "shop" }), false, false},
		"a rule managed by somebody":   {rule(func(o *networkingv1.DestinationRule) { o.Labels[apiv1.LabelManagedBy] = "helm" }), false, false},
		"a rule of another group":      {rule(func(o *networkingv1.DestinationRule) { o.Labels[apiv1.LabelGroup] = "b" }), false, false},
		"a rule of another Service":    {rule(func(o *networkingv1.DestinationRule) { o.Labels[apiv1.LabelService] = "mockc" }), false, false},
		"a rule that says it is entry": {rule(func(o *networkingv1.DestinationRule) { o.Labels[apiv1.LabelEntry] = "true" }), false, false},
		"a rule named like an entry": {rule(func(o *networkingv1.DestinationRule) {
			o.Name, o.Labels = ingressName("rollout", "default").Name, ingressLabels("rollout")
		}), false, false},
		"an entry":                           {in(func(*networkingv1.VirtualService) {}), false, true},
		"an entry of another name":           {in(func(o *networkingv1.VirtualService) { o.Name = "copy" }), false, false},
		"an entry of another group":          {in(func(o *networkingv1.VirtualService) { o.Labels[apiv1.LabelGroup] = "b" }), false, false},
		"an entry managed by somebody":       {in(func(o *networkingv1.VirtualService) { o.Labels[apiv1.LabelManagedBy] = "helm" }), false, false},
		"an entry that does not say so":      {in(func(o *networkingv1.VirtualService) { delete(o.Labels, apiv1.LabelEntry) }), false, false},
		"an entry that says something else":  {in(func(o *networkingv1.VirtualService) { o.Labels[apiv1.LabelEntry] = "maybe" }), false, false},
		"an entry in another namespace":      {in(func(o *networkingv1.VirtualService) { o.Namespace = "shop" }), false, false},
		"an entry whose gateways are edited": {in(func(o *networkingv1.VirtualService) { o.Spec.Gateways = nil }), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.service, groupOfService(tc.object, mockb) == "rollout")
			assert.Empty(t, groupOfService(tc.object, types.NamespacedName{Namespace: "default", Name: "mockc"}))
			if vs, ok := tc.object.(*networkingv1.VirtualService); ok {
				assert.Equal(t, tc.onGateway, groupOnGateway(vs, edge) == "rollout")
			}
		})
	}
}

func TestAnEntryCountsWhereItsGroupHasOrHadItsGateway(t *testing.T) {
	kept := entry("rollout", "shop")
	kept.Finalizers, kept.DeletionTimestamp = []string{"shop.example.com/keeps"}, new(metav1.Now())
	for name, tc := range map[string]struct {
		groups  []client.Object
		entries []client.Object
		want    []string // the group's, which hold lanes and subsets
	}{
		"at its Gateway":                  {[]client.Object{entered("rollout")}, []client.Object{entry("rollout", "edge")}, []string{"edge"}},
		"at an earlier Gateway":           {[]client.Object{entered("rollout", "old")}, []client.Object{entry("rollout", "old")}, []string{"old"}},
		"at both":                         {[]client.Object{entered("rollout", "old")}, []client.Object{entry("rollout", "old"), entry("rollout", "edge")}, []string{"edge", "old"}},
		"a tenant's":                      {[]client.Object{entered("rollout")}, []client.Object{entry("rollout", "shop")}, nil},
		"a tenant's, beside":              {[]client.Object{entered("rollout", "old")}, []client.Object{entry("rollout", "shop"), entry("rollout", "edge")}, []string{"edge"}},
		"where the Services are":          {[]client.Object{entered("rollout")}, []client.Object{entry("rollout", "default")}, nil},
		"of a group that was taken off":   {nil, []client.Object{entry("rollout", "shop"), entry("rollout", "edge")}, []string{"edge", "shop"}},
		"of such a group, kept by others": {nil, []client.Object{kept, entry("rollout", "edge")}, []string{"edge"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := cached(t, append(tc.groups, tc.entries...)...)
			got, err := p.LiveIngress(t.Context(), p.cache, "rollout", types.NamespacedName{})
			require.NoError(t, err)
			var namespaces []string
			for _, vs := range got.(*liveIngress).ours {
				namespaces = append(namespaces, vs.Namespace)
			}
			assert.Equal(t, tc.want, namespaces)
			assert.Equal(t, len(tc.want) > 0, got.TakenOver())
			assert.Equal(t, len(tc.want) > 0, got.Names("canary"))

			service, err := p.Live(t.Context(), p.cache, "rollout", mockb)
			require.NoError(t, err)
			assert.Equal(t, len(tc.want) > 0, service.Names("canary"), "its subset waits for the entry")

			step, err := p.TranslateIngress(lane.IngressPlan{Group: "rollout", State: lane.StateWithdrawn}, got, nil, trafficprovider.Cached, time.Now())
			require.NoError(t, err)
			assert.Len(t, step.Writes, len(tc.want), "what is somebody else's stays")
		})
	}
}

// A Service's subsets wait for the entries of all groups; but whoever has a namespace
// could keep them for ever, in the name of a group that he makes up as well.
func TestSubsetsWaitForNobodysEntry(t *testing.T) {
	for name, tc := range map[string]struct {
		entry client.Object
		waits bool
	}{
		"another group's":                {entry("b", "edge"), true},
		"like another group's":           {entry("b", "shop"), false},
		"of a group that does not exist": {entry("nobody", "shop"), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := cached(t, entered("rollout"), entered("b"), tc.entry)
			live, err := p.Live(t.Context(), p.cache, "rollout", mockb)
			require.NoError(t, err)
			assert.Equal(t, tc.waits, live.Names("canary"))
		})
	}
}

// An object that is a group's for one Service, by all that makes it so, may speak for
// another's host.
func TestARuleForAnotherServiceIsNoOtherGroups(t *testing.T) {
	cart := types.NamespacedName{Namespace: "shop", Name: "cart"}
	theirs := newRule("shop", ruleName("b", cart).Name, "*.local")
	theirs.Labels = serviceLabels("b", cart)
	p := cached(t, entered("rollout"), entered("b"), theirs)
	live, err := p.Live(t.Context(), p.cache, "rollout", mockb)
	require.NoError(t, err)
	assert.False(t, live.HeldByOther())
	step, err := p.Translate(lane.Plan{Group: "rollout", Service: mockb, State: lane.StateManaged, Baseline: lane.Member{Lane: "base"}}, live, trafficprovider.Cached, time.Now())
	require.NoError(t, err)
	assert.Nil(t, step.Problem)
	require.Len(t, step.Notes, 1)
	assert.Contains(t, step.Notes[0].Message, "hides ours from clients and gateways in namespace shop")
	assert.Len(t, step.Writes, 1, "it is taken over")
}

func TestWhatLooksLikeTheEntryIsNamed(t *testing.T) {
	gateway := edgeGateway()
	p := cached(t, entered("rollout"), gateway, entry("rollout", "shop"), entry("rollout", "team"))
	live, err := p.LiveIngress(t.Context(), p.cache, "rollout", edge)
	require.NoError(t, err)
	c := live.(*liveIngress).conflicts(lane.IngressPlan{Group: "rollout", Gateway: edge}, entry("rollout", "edge"), nil)
	assert.Nil(t, c.Block)
	assert.Nil(t, c.Problem)
	require.Len(t, c.Notes, 1)
	assert.Equal(t, apiv1.ReasonConflict, c.Notes[0].Reason)
	assert.Contains(t, c.Notes[0].Message, "VirtualService shop/swimlane-ingress-vs-rollout (and 1 more) has the name and labels of the group's entry")
}

// A VirtualService on a Gateway is another group's entry only in the Gateway's namespace;
// from elsewhere it keeps us out like anybody's.
func TestNobodyEntersInAnotherGroupsName(t *testing.T) {
	gateway := edgeGateway()
	ours := entry("rollout", "edge")
	ours.Spec.Http[0].Name = "all"
	routes := []resolvedRoute{{IngressRoute: lane.IngressRoute{Name: "all", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}}}}
	for _, group := range []string{"b", "rollout"} {
		theirs := entry(group, "shop")
		theirs.Spec.Gateways = []string{"edge/gw"}
		p := cached(t, entered("rollout"), entered("b"), gateway, theirs)
		live, err := p.LiveIngress(t.Context(), p.cache, "rollout", edge)
		require.NoError(t, err)
		c := live.(*liveIngress).conflicts(lane.IngressPlan{Group: "rollout", Gateway: edge}, ours, routes)
		require.NotNil(t, c.Block, group)
		assert.Contains(t, c.Block.Message, "VirtualService shop/swimlane-ingress-vs-"+group+" (host *) is on the same Gateway")
	}
}
