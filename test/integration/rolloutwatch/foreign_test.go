package rolloutwatch

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
)

// TestObjectsOfOthers lets objects of others come and go around ours: those that
// are there first keep us out where we would break them, those that come later
// are named, and no restart, edit or label of ours is needed when they go.
func TestObjectsOfOthers(t *testing.T) {
	server := apiserver.Start(t, apiserver.WithCRDs(apiserver.IstioCRDs(t), apiserver.RolloutCRDs(t)))
	c := cluster{t, server.Client(t, client.Options{Scheme: newScheme(t)})}
	for _, name := range []string{"shop", "istio-system"} {
		c.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	startManager(t, server)
	w := &walk{cluster: c, stable: newDeployment("mockb-v1", "mockb")}

	w.step("they were there first", w.theirsFirst)
	w.step("a gateway that does not exist", w.gatewayAppears)
	w.step("a gateway that does not serve us", w.gatewayServesOthers)
	w.step("a wider rule has settings that we lack", w.widerComesAndGoes)
	w.step("one of the same host comes after us", w.laterComesAndGoes)
	w.step("a client's namespace hides ours", w.clientHidesOurs)
	w.step("another route on the gateway", w.gatewayIsShared)
	w.step("somebody has what looks like the group's", w.tenantImitates)
	w.step("a younger group on both", w.youngerGroup)
	w.step("two groups that come to one name", w.oneName)
}

// What others have. Of objects that are as old to the second Istio puts the
// first by name first, and ours begin with letters before these.
const (
	mineVS = `
kind: VirtualService
metadata: {name: users, namespace: default}
spec: {hosts: [mockb], http: [{route: [{destination: {host: mockb}}]}]}`
	wideVS = `
kind: VirtualService
metadata: {name: wide, namespace: shop}
spec: {hosts: ['*.default.svc.cluster.local'], http: [{route: [{destination: {host: mockb}}]}]}`
	clientDR = `
kind: DestinationRule
metadata: {name: mtls, namespace: shop}
spec: {host: '*.local', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}`
	gatewayDR = `
kind: DestinationRule
metadata: {name: mtls, namespace: istio-system}
spec: {host: '*.local', exportTo: ['.'], trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}`
	rootDR = `
kind: DestinationRule
metadata: {name: default, namespace: istio-system}
spec: {host: '*.local', trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}}`
	frontVS = `
kind: VirtualService
metadata: {name: users-front, namespace: shop}
spec: {hosts: ['*'], gateways: [default/ingressgateway], http: [{name: all, match: [{headers: {x-any: {}}}], route: [{destination: {host: front}}]}]}`
)

// put applies an object of somebody else.
func (w *walk) put(text string) client.Object {
	w.Helper()
	var kind metav1.TypeMeta
	require.NoError(w, yaml.Unmarshal([]byte(text), &kind))
	var o client.Object = &networkingv1.VirtualService{}
	if kind.Kind == "DestinationRule" {
		o = &networkingv1.DestinationRule{}
	}
	require.NoError(w, yaml.UnmarshalStrict([]byte(text), o))
	w.create(o)
	return o
}

func (w *walk) theirsFirst() {
	mine, theirs, tenants := w.put(mineVS), w.put(gatewayDR), w.put(clientDR)
	w.create(newLane("canary", "rollout"), newGroup("rollout", "mockb"), newLane("base", "rollout"), newService("mockb"), w.stable)
	_, pod := w.run(w.stable)
	w.ready(pod)
	w.eventually("both are named", func(t *assert.CollectT) {
		w.says(t, "False", apiv1.ReasonConflict, "VirtualService default/users (host mockb) routes the host already", "DestinationRule istio-system/mtls (host *.local) hides ours from clients and gateways in namespace istio-system")
	})
	w.remove(mine)
	w.eventually("one is left", func(t *assert.CollectT) {
		w.says(t, "False", apiv1.ReasonConflict, "DestinationRule istio-system/mtls")
		assert.NotContains(t, w.group(t).Status.Services[0].Message, "default/users")
	})
	assert.True(w, apierrors.IsNotFound(w.get(w.rule())), "we stayed out")
	w.remove(theirs)
	w.eventually("taken over, whatever a namespace has that is not of the group", func(t *assert.CollectT) {
		w.routes(t, "base")
		assert.Contains(t, w.group(t).Status.Services[0].Message, "DestinationRule shop/mtls")
	})
	w.remove(tenants)
	w.eventually("nothing is left", func(t *assert.CollectT) { assert.Empty(t, w.group(t).Status.Services[0].Reason) })
}

func (w *walk) gatewayAppears() {
	w.eventually("the entry waits for its gateway", func(t *assert.CollectT) {
		w.entrySays(t, "False", apiv1.ReasonGatewayNotFound, "Gateway default/ingressgateway does not exist: apply it")
	})
	w.create(newGateway())
	w.eventually("entered", func(t *assert.CollectT) {
		w.entrySays(t, "True", apiv1.ReasonProgrammed)
		w.says(t, "True", "")
	})
}

// gatewayServesOthers: our routes stay, and hold again as soon as it serves them.
func (w *walk) gatewayServesOthers() {
	before := w.ourVersions()
	gateway := newGateway()
	require.NoError(w, w.get(gateway))
	gateway.Spec.Servers[0].Hosts = []string{"shop/*"}
	require.NoError(w, w.Update(w.Context(), gateway))
	w.eventually("said", func(t *assert.CollectT) {
		w.entrySays(t, "False", apiv1.ReasonGatewayDoesNotServe, "no HTTP server of Gateway default/ingressgateway serves host * for namespace default (rule base/base, canary/canary): its server on port 80 has it for VirtualServices of namespace shop only")
	})
	gateway.Spec.Servers[0].Hosts = []string{"*/*"}
	require.NoError(w, w.Update(w.Context(), gateway))
	w.eventually("entered again", func(t *assert.CollectT) { w.entrySays(t, "True", apiv1.ReasonProgrammed) })
	assert.Equal(w, before, w.ourVersions())
}

func (w *walk) widerComesAndGoes() {
	root, wide := w.put(rootDR), w.put(wideVS)
	w.eventually("named on a group that is ready", func(t *assert.CollectT) {
		w.says(t, "True", apiv1.ReasonConflict, "DestinationRule istio-system/default (host *.local) gives way to ours, so that the service goes without its connectionPool",
			"VirtualService shop/wide (host *.default.svc.cluster.local) gives way to ours")
	})
	w.remove(root, wide)
	w.eventually("not any more", func(t *assert.CollectT) { w.says(t, "True", "") })
}

func (w *walk) laterComesAndGoes() {
	mine := w.put(mineVS)
	w.eventually("named on a group that is ready", func(t *assert.CollectT) {
		w.says(t, "True", apiv1.ReasonConflict, "VirtualService default/users (host mockb) has no effect: ours is older")
	})
	w.remove(mine)
	w.eventually("not any more", func(t *assert.CollectT) { w.says(t, "True", "") })
}

// clientHidesOurs: clients there are answered 503, and that is said. The group is not
// ready if they are its own. What everybody else relies on stays.
func (w *walk) clientHidesOurs() {
	before := w.ourVersions()
	tenants := w.put(clientDR)
	w.eventually("named on a group that is ready", func(t *assert.CollectT) {
		w.says(t, "True", apiv1.ReasonConflict, "DestinationRule shop/mtls (host *.local) hides ours from clients and gateways in namespace shop")
	})
	theirs := w.put(gatewayDR)
	w.eventually("not ready", func(t *assert.CollectT) {
		w.says(t, "False", apiv1.ReasonConflict, "DestinationRule istio-system/mtls (host *.local) hides ours from clients and gateways in namespace istio-system")
		assert.Equal(t, apiv1.ReasonConflict, reason(w.lane(t, "base").Status.Conditions, apiv1.ConditionReady))
	})
	assert.Equal(w, before, w.ourVersions())
	w.remove(theirs, tenants)
	w.eventually("ready again", func(t *assert.CollectT) { w.says(t, "True", "") })
	assert.Equal(w, before, w.ourVersions())
}

func (w *walk) gatewayIsShared() {
	front := w.put(frontVS)
	w.eventually("named on an entry that is programmed", func(t *assert.CollectT) {
		w.entrySays(t, "True", apiv1.ReasonProgrammed, "VirtualService shop/users-front (host *) is on the same Gateway and comes after the group's entry: its route all misses requests that rule canary/canary takes")
	})
	w.remove(front)
	w.eventually("not any more", func(t *assert.CollectT) {
		w.entrySays(t, "True", apiv1.ReasonProgrammed)
		assert.NotContains(t, meta.FindStatusCondition(w.group(t).Status.Conditions, apiv1.ConditionIngressProgrammed).Message, "users-front")
	})
}

// tenantImitates lets somebody have an entry and a rule with the group's names and labels
// in his namespace, which he does not let go of. They stay to the end.
func (w *walk) tenantImitates() {
	entry := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "swimlane-ingress-vs-rollout"}}
	rule := w.rule()
	require.NoError(w, w.get(entry))
	require.NoError(w, w.get(rule))
	rule.Name, rule.Spec.Host = "trafficlabel-dr-rollout-shop-cart", "cart.shop.svc.cluster.local"
	rule.Labels[apiv1.LabelServiceNamespace], rule.Labels[apiv1.LabelService] = "shop", "cart"
	entry.Spec.Gateways = []string{"shop/gateway"}
	for _, o := range []client.Object{entry, rule} {
		o.SetNamespace("shop")
		o.SetResourceVersion("")
		o.SetUID("")
		o.SetFinalizers([]string{"shop.example.com/keeps"})
		w.create(o)
	}
	w.eventually("named on an entry that is programmed", func(t *assert.CollectT) {
		w.entrySays(t, "True", apiv1.ReasonProgrammed, "VirtualService shop/swimlane-ingress-vs-rollout has the name and labels of the group's entry")
	})
}

// youngerGroup names a Service of the older group, and its requests: it stays
// off both as long as the older is there.
func (w *walk) youngerGroup() {
	group, base, deployment := newGroup("second", "mockb", "mockc"), newLane("base-2", "second"), newDeployment("mockc-v1", "mockc")
	group.Spec.PermissiveModeConfiguration.FallbackTarget = "base-2"
	base.Spec.LabelSelector = map[string]string{tag: "base"}
	base.Spec.IngressRules[0].Route.Destination.Host = "mockc.default.svc.cluster.local"
	w.create(group, base, newService("mockc"), deployment)
	_, pod := w.run(deployment)
	w.ready(pod)
	entry := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "swimlane-ingress-vs-second"}}
	w.eventually("it stays out and says so", func(t *assert.CollectT) {
		require.NoError(t, w.get(group))
		entered := meta.FindStatusCondition(group.Status.Conditions, apiv1.ConditionIngressProgrammed)
		if assert.NotNil(t, entered) {
			assert.Equal(t, apiv1.ReasonConflict, entered.Reason)
			assert.Contains(t, entered.Message, "ingress rule base-2 of lane base-2 is left out: it could take the same requests as ingress rule base of lane base of the older group rollout on Gateway default/ingressgateway")
		}
		assert.Equal(t, "1/2", group.Status.ServicesReady, "its own service is in the mesh")
		assert.Equal(t, apiv1.ReasonConflict, group.Status.Services[0].Reason)
		assert.Equal(t, "Service default/mockb belongs to the older group rollout: take it out of one of them", group.Status.Services[0].Message)
	})
	assert.True(w, apierrors.IsNotFound(w.get(entry)))
	w.remove(w.group(w))
	w.eventually("it has both when the older has gone", func(t *assert.CollectT) {
		assert.True(t, apierrors.IsNotFound(w.get(newGroup("rollout"))), "nothing of others keeps it")
		assert.NoError(t, w.get(entry))
		require.NoError(t, w.get(group))
		assert.Equal(t, apiv1.ReasonProgrammed, reason(group.Status.Conditions, apiv1.ConditionIngressProgrammed))
		assert.Equal(t, "2/2", group.Status.ServicesReady)
	})
}

// oneName has two groups whose rules would be called trafficlabel-dr-g-default-default-s:
// the second has it as soon as the first has gone.
func (w *walk) oneName() {
	join := func(group, service string) *apiv1.ASMSwimLaneGroup {
		g, base, deployment := newGroup(group, service), newLane("base-"+group, group), newDeployment(service+"-v1", service)
		g.Spec.Ingress, g.Spec.PermissiveModeConfiguration.FallbackTarget = apiv1.GroupIngress{}, base.Name
		base.Spec.LabelSelector, base.Spec.IngressRules = map[string]string{tag: "base"}, nil
		w.create(g, base, newService(service), deployment)
		_, pod := w.run(deployment)
		w.ready(pod)
		return g
	}
	says := func(g *apiv1.ASMSwimLaneGroup, programmed, message string) {
		w.eventually(g.Name+" has "+programmed, func(t *assert.CollectT) {
			require.NoError(t, w.get(g))
			assert.Equal(t, programmed, g.Status.ServicesReady)
			if assert.Len(t, g.Status.Services, 1) {
				assert.Contains(t, g.Status.Services[0].Message, message)
			}
		})
	}
	first := join("g", "default-s")
	says(first, "1/1", "")
	second := join("g-default", "s")
	says(second, "0/1", "DestinationRule default/trafficlabel-dr-g-default-default-s is that of group g for service default/default-s")
	w.remove(first)
	says(second, "1/1", "")
}

// says checks the group's Ready and the Service's row; every part is in both.
func (w *walk) says(t require.TestingT, ready, rowReason string, parts ...string) {
	s := w.group(t).Status
	c := meta.FindStatusCondition(s.Conditions, apiv1.ConditionReady)
	require.NotNil(t, c)
	require.NotEmpty(t, s.Services)
	assert.Equal(t, ready, string(c.Status), c.Message)
	assert.Equal(t, rowReason, s.Services[0].Reason)
	for _, part := range parts {
		assert.Contains(t, s.Services[0].Message, part)
		assert.Contains(t, c.Message, part)
	}
}

func (w *walk) entrySays(t require.TestingT, status, reason string, parts ...string) {
	c := meta.FindStatusCondition(w.group(t).Status.Conditions, apiv1.ConditionIngressProgrammed)
	require.NotNil(t, c)
	assert.Equal(t, status, string(c.Status), c.Message)
	assert.Equal(t, reason, c.Reason)
	for _, part := range parts {
		assert.Contains(t, c.Message, part)
	}
}

// ourVersions are the versions of all objects of ours.
func (w *walk) ourVersions() map[string]string {
	entry := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "swimlane-ingress-vs-rollout"}}
	out := map[string]string{}
	for _, o := range []client.Object{w.rule(), w.vs(), entry} {
		require.NoError(w, w.get(o))
		out[o.GetName()] = o.GetResourceVersion()
	}
	return out
}
