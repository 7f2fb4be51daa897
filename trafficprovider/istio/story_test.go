package istio_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/yaml"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

const (
	groupName   = "rollout"
	routeHeader = "x-asm-prefer-tag"
	settle      = 10 * time.Second
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// key reads "namespace/name".
func key(s string) types.NamespacedName {
	namespace, name, _ := strings.Cut(s, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}
}

// teller plays a story with the real Applier and writes down what it did.
type teller struct {
	t       *testing.T
	client  client.Client
	applier *trafficprovider.Applier
	// provider notes which steps needed to be confirmed.
	provider *noting
	now      time.Time
	plans    []lane.Plan
	entered  map[types.NamespacedName]bool // by the ingresses of the whole story
	ingress  *lane.IngressPlan
	group    *apiv1.ASMSwimLaneGroup
	out      strings.Builder
}

func newScheme(t testing.TB) *runtime.Scheme {
	scheme := runtime.NewScheme()
	require.NoError(t, istio.New(settle).AddToScheme(scheme))
	return scheme
}

// newGateway serves every host.
func newGateway(name types.NamespacedName) *networkingv1.Gateway {
	g := &networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
	g.Spec.Servers = []*networkingapi.Server{{Hosts: []string{"*"}, Port: &networkingapi.Port{Number: 80, Name: "http", Protocol: "HTTP"}}}
	return g
}

// noting is a provider that notes whether its last step was from what was confirmed,
// and had to be.
type noting struct {
	*istio.Provider
	confirmed bool
}

func (n *noting) Translate(plan lane.Plan, live trafficprovider.Live, basis trafficprovider.Basis, now time.Time) (trafficprovider.Step, error) {
	cached, _ := n.Provider.Translate(plan, live, trafficprovider.Cached, now)
	n.confirmed = basis == trafficprovider.Confirmed && cached.Phase == trafficprovider.Unconfirmed
	return n.Provider.Translate(plan, live, basis, now)
}

func (n *noting) TranslateIngress(plan lane.IngressPlan, live trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live, basis trafficprovider.Basis, now time.Time) (trafficprovider.Step, error) {
	cached, _ := n.Provider.TranslateIngress(plan, live, services, trafficprovider.Cached, now)
	n.confirmed = basis == trafficprovider.Confirmed && cached.Phase == trafficprovider.Unconfirmed
	return n.Provider.TranslateIngress(plan, live, services, basis, now)
}

func tell(t *testing.T, s story) string {
	b := fake.NewClientBuilder().WithScheme(newScheme(t))
	if s.Gateways == nil {
		s.Gateways = []string{"istio-system/ingressgateway", "edge/gateway", "edge/other"}
	}
	for _, name := range s.Gateways {
		b = b.WithObjects(newGateway(key(name)))
	}
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: groupName}}
	for _, namespace := range s.Namespaces {
		group.Spec.Services = append(group.Spec.Services, apiv1.ServiceReference{Namespace: namespace, Name: "another"})
	}
	c := b.WithObjects(group).Build()
	teller := &teller{t: t, client: c, group: group, now: t0, entered: map[types.NamespacedName]bool{}, provider: &noting{Provider: istio.New(settle)}}
	teller.applier = &trafficprovider.Applier{
		Client: c, Reader: c, Provider: teller.provider, Now: func() time.Time { return teller.now },
	}
	for _, m := range s.Moments {
		for _, r := range routesOf(m.Ingress) {
			teller.entered[key(r.Service)] = true
		}
	}
	for _, m := range s.Moments {
		teller.live(m)
	}
	return teller.out.String()
}

func (r *teller) live(m moment) {
	if m.After != "" {
		after, err := time.ParseDuration(m.After)
		require.NoError(r.t, err)
		r.now = r.now.Add(after)
	}
	if m.Plans != nil {
		r.plans = nil
		for _, p := range m.Plans {
			plan := p.plan()
			plan.Ingress = r.entered[plan.Service]
			r.plans = append(r.plans, plan)
		}
	}
	if m.Ingress != nil {
		r.ingress = new(m.Ingress.plan())
	}
	r.keepGroup()
	r.interfere(m)
	fmt.Fprintf(&r.out, "### %s: %s\n", r.now.Sub(t0), m.Note)
	services := map[types.NamespacedName]trafficprovider.Live{}
	for _, plan := range r.plans {
		live, err := r.applier.Service(r.t.Context(), groupName, plan.Service)
		require.NoError(r.t, err)
		services[plan.Service] = live
		outcome, err := r.applier.Apply(r.t.Context(), plan, live)
		r.note("service "+plan.Service.String(), outcome, err)
	}
	if r.ingress != nil {
		live, err := r.applier.Ingress(r.t.Context(), groupName, r.ingress.Gateway, r.ingress.Hosts()...)
		require.NoError(r.t, err)
		outcome, err := r.applier.ApplyIngress(r.t.Context(), *r.ingress, live, services)
		r.note("entry", outcome, err)
	}
}

// keepGroup lets the group name what the plans are for, and note where its objects are,
// as its controller does before there are any.
func (r *teller) keepGroup() {
	namespaces := lane.NamespacesOf(r.group)
	for _, plan := range r.plans {
		namespaces.Services = append(namespaces.Services, plan.Service.Namespace)
	}
	if r.ingress != nil {
		gateway := r.ingress.Gateway
		r.group.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: gateway.Namespace, Name: gateway.Name}
		namespaces.Ingress = append(namespaces.Ingress, gateway.Namespace)
	}
	namespaces.Record(r.group)
	require.NoError(r.t, r.client.Update(r.t.Context(), r.group))
}

func routesOf(p *ingressPlan) []ingressRoute {
	if p == nil {
		return nil
	}
	return p.Routes
}

// interfere does what people do to objects.
func (r *teller) interfere(m moment) {
	for _, raw := range m.Put {
		var kind struct{ Kind string }
		require.NoError(r.t, json.Unmarshal(raw, &kind))
		obj := empty(kind.Kind)
		require.NoError(r.t, json.Unmarshal(raw, obj))
		require.NoError(r.t, r.client.Create(r.t.Context(), obj))
	}
	for _, kind := range sorted(m.Edit) {
		for _, obj := range r.all(kind) {
			was, err := json.Marshal(obj)
			require.NoError(r.t, err)
			is, err := jsonpatch.MergePatch(was, m.Edit[kind])
			require.NoError(r.t, err)
			edited := empty(kind)
			require.NoError(r.t, json.Unmarshal(is, edited))
			require.NoError(r.t, r.client.Update(r.t.Context(), edited))
		}
	}
	for _, what := range m.Delete {
		kind, name, one := strings.Cut(what, " ")
		for _, obj := range r.all(kind) {
			if !one || client.ObjectKeyFromObject(obj) == key(name) {
				require.NoError(r.t, r.client.Delete(r.t.Context(), obj))
			}
		}
	}
}

func (r *teller) all(kind string) (out []client.Object) {
	if kind == "DestinationRule" {
		list := &networkingv1.DestinationRuleList{}
		require.NoError(r.t, r.client.List(r.t.Context(), list))
		for _, obj := range list.Items {
			out = append(out, obj)
		}
		return out
	}
	if kind == "Gateway" {
		list := &networkingv1.GatewayList{}
		require.NoError(r.t, r.client.List(r.t.Context(), list))
		for _, obj := range list.Items {
			out = append(out, obj)
		}
		return out
	}
	list := &networkingv1.VirtualServiceList{}
	require.NoError(r.t, r.client.List(r.t.Context(), list))
	for _, obj := range list.Items {
		out = append(out, obj)
	}
	return out
}

func empty(kind string) client.Object {
	switch kind {
	case "DestinationRule":
		return &networkingv1.DestinationRule{}
	case "Gateway":
		return &networkingv1.Gateway{}
	}
	return &networkingv1.VirtualService{}
}

// note writes an outcome down.
func (r *teller) note(what string, o trafficprovider.Outcome, err error) {
	require.NoError(r.t, err)
	fmt.Fprintf(&r.out, "%s: programmed %v", what, o.Programmed)
	if o.Complete() {
		r.out.WriteString(", complete")
	}
	if o.Again > 0 {
		fmt.Fprintf(&r.out, ", again in %s", o.Again)
	}
	if r.provider.confirmed {
		r.out.WriteString(", confirmed")
	}
	r.out.WriteString("\n")
	for _, note := range o.Notes {
		fmt.Fprintf(&r.out, "note: %s: %s\n", note.Reason, note.Message)
	}
	if o.Problem != nil {
		fmt.Fprintf(&r.out, "problem: %s: %s\n", o.Problem.Reason, o.Problem.Message)
	}
	for _, w := range o.Writes[:o.Written] {
		fmt.Fprintf(&r.out, "-> %s %s %s: %s (%s)\n", w.Op, kindOf(w.Object), client.ObjectKeyFromObject(w.Object), w.Reason, w.Cause)
		if w.Op != trafficprovider.Delete {
			r.out.WriteString(r.render(w))
		}
	}
}

// render shows what a write says: on an update without the names and labels
// that the create has shown.
func (r *teller) render(w trafficprovider.Write) string {
	obj := w.Object.DeepCopyObject().(client.Object)
	obj.SetResourceVersion("")
	obj.SetManagedFields(nil)
	if w.Op == trafficprovider.Update {
		obj.SetName("")
		obj.SetNamespace("")
		labels := obj.GetLabels()
		maps.DeleteFunc(labels, func(k, v string) bool { return strings.Contains(k+v, "lane") })
		obj.SetLabels(labels)
	}
	text, err := yaml.Marshal(obj)
	require.NoError(r.t, err)
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		if line != "status: {}\n" && line != "metadata: {}\n" {
			out.WriteString("  " + line)
		}
	}
	return out.String()
}

func kindOf(obj client.Object) string {
	switch obj.(type) {
	case *networkingv1.DestinationRule:
		return "DestinationRule"
	case *v1alpha3.EnvoyFilter:
		return "EnvoyFilter"
	}
	return "VirtualService"
}
