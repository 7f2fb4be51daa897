package rolloutwatch

import (
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// mesh is a mesh that does at once what it is to do, unless it is slow.
type mesh struct {
	services map[lane.GroupService][]string
	entries  map[string][]string
	// routes are those of the entries, by group.
	routes map[string]map[string]lane.LiveRoute
	// unseen are the services' lanes that the cache does not have yet.
	unseen map[lane.GroupService][]string
	// slow is set when nothing is complete, and lanes are not isolated.
	slow bool
	// problem keeps everything as it is; hurt and notes do not.
	problem, hurt *lane.Problem
	notes         []lane.Problem
	// ingressNotes are about every ingress.
	ingressNotes []lane.Problem
	// err fails every write, and unread every read of an ingress.
	err, unread error
	// cards are the traffic objects of groups, and cardsLive as the API server has them.
	cards, cardsLive client.Client
	// applied and entered are the plans, in their order.
	applied []lane.Plan
	entered []lane.IngressPlan
}

func newMesh() *mesh {
	return &mesh{services: map[lane.GroupService][]string{}, entries: map[string][]string{}, routes: map[string]map[string]lane.LiveRoute{}}
}

type meshLive struct {
	lanes  []string
	exists bool
	slow   bool
	// elsewhere is set when another group has the Service, too.
	elsewhere bool
	routes    map[string]lane.LiveRoute
}

func (l meshLive) Serving() string                    { return "" }
func (l meshLive) ServingLabels() map[string]string   { return nil }
func (l meshLive) TakenOver() bool                    { return l.exists }
func (l meshLive) Isolates(string, time.Time) bool    { return !l.slow || !l.exists }
func (l meshLive) Answers() []string                  { return nil }
func (l meshLive) Records() lane.Records              { return nil }
func (l meshLive) Names(name string) bool             { return slices.Contains(l.lanes, name) }
func (l meshLive) HeldByOther() bool                  { return l.elsewhere }
func (l meshLive) OthersServing() []map[string]string { return nil }
func (l meshLive) OthersAnswers() []string            { return nil }
func (l meshLive) Exists() bool                       { return l.TakenOver() }
func (l meshLive) Routes() map[string]lane.LiveRoute  { return l.routes }
func (l meshLive) Baseline() string                   { return "" }

func (m *mesh) Service(_ context.Context, group string, service types.NamespacedName) (trafficprovider.Live, error) {
	lanes, ok := m.services[lane.GroupService{Group: group, Service: service}]
	live := meshLive{lanes: lanes, exists: ok, slow: m.slow}
	for other := range m.services {
		live.elsewhere = live.elsewhere || other.Service == service && other.Group != group
	}
	return live, nil
}

// ConfirmedService also has what the cache has not seen yet.
func (m *mesh) ConfirmedService(ctx context.Context, group string, service types.NamespacedName) (trafficprovider.Live, error) {
	if lanes, ok := m.unseen[lane.GroupService{Group: group, Service: service}]; ok {
		return meshLive{lanes: lanes, exists: true}, nil
	}
	return m.Service(ctx, group, service)
}

func (m *mesh) Ingress(_ context.Context, group string, _ types.NamespacedName, _ ...string) (trafficprovider.LiveIngress, error) {
	lanes, ok := m.entries[group]
	return meshLive{lanes: lanes, exists: ok, slow: m.slow, routes: m.routes[group]}, m.unread
}

func (m *mesh) Apply(_ context.Context, p lane.Plan, _ trafficprovider.Live) (trafficprovider.Outcome, error) {
	m.applied = append(m.applied, p)
	out := trafficprovider.Outcome{Step: trafficprovider.Step{Problem: m.hurt, Notes: m.notes}}
	key := lane.GroupService{Group: p.Group, Service: p.Service}
	switch {
	case m.err != nil:
		return out, m.err
	case m.problem != nil:
		out.Problem = m.problem
		return out, nil
	case m.slow:
		out.Again = time.Second
		return out, nil
	case p.State == lane.StateWithdrawn:
		delete(m.services, key)
		delete(m.unseen, key)
	case p.State == lane.StateManaged:
		lanes := []string{p.Baseline.Lane}
		for _, g := range p.Gray {
			lanes = append(lanes, g.Lane)
		}
		m.services[key], out.Programmed = lanes, lanes
	}
	out.Phase = trafficprovider.Complete
	return out, nil
}

func (m *mesh) ApplyIngress(_ context.Context, p lane.IngressPlan, _ trafficprovider.LiveIngress, _ map[types.NamespacedName]trafficprovider.Live) (trafficprovider.Outcome, error) {
	m.entered = append(m.entered, p)
	switch p.State {
	case lane.StateWithdrawn:
		delete(m.entries, p.Group)
		delete(m.routes, p.Group)
	case lane.StateManaged:
		m.entries[p.Group], m.routes[p.Group] = nil, map[string]lane.LiveRoute{}
		for _, r := range p.Routes {
			m.routes[p.Group][r.Name] = lane.LiveRoute{RequestMatch: r.RequestMatch, Readable: true, Service: r.Service, Port: r.Port}
		}
		m.entries[p.Group] = append(m.entries[p.Group], p.Lanes()...)
	}
	return trafficprovider.Outcome{Step: trafficprovider.Step{Phase: trafficprovider.Complete, Programmed: m.entries[p.Group], Notes: m.ingressNotes}}, m.err
}

// Objects counts a group's cards.
func (m *mesh) Objects(ctx context.Context, group string) (int, error) {
	a := trafficprovider.Applier{Client: m.cards, Reader: m.cardsLive, Provider: cards{}}
	return a.Objects(ctx, group)
}

// cards is a provider whose traffic objects are ConfigMaps.
type cards struct{ trafficprovider.Provider }

func (cards) OwnedKinds() []client.Object { return []client.Object{&corev1.ConfigMap{}} }

func (cards) OwnerOf(o client.Object) (trafficprovider.Owner, bool) {
	l := o.GetLabels()
	c := trafficprovider.Owner{Group: l[apiv1.LabelSwimLaneGroup],
		Service: types.NamespacedName{Namespace: l[apiv1.LabelServiceNamespace], Name: l[apiv1.LabelService]}}
	if c.Service.Name == "" {
		c.Ingress = []types.NamespacedName{fixture.Mockb}
	}
	return c, l[apiv1.LabelManagedBy] == apiv1.ManagedBy
}

func (cards) ReadKinds() []client.Object { return nil }

func (cards) OptionalKinds() []client.Object { return nil }

// ImpactOf reads what a card of somebody else speaks for from its data.
func (cards) ImpactOf(_ context.Context, o client.Object) (trafficprovider.Impact, error) {
	var a trafficprovider.Impact
	for kind, value := range o.(*corev1.ConfigMap).Data {
		key := types.NamespacedName{Namespace: "default", Name: value}
		switch kind {
		case "service":
			a.Services = append(a.Services, key)
		case "prefix":
			a.Matches = func(s types.NamespacedName) bool { return strings.HasPrefix(s.Name, value) }
		case "clients":
			a.Clients = value
		case "gateway":
			a.Gateways = append(a.Gateways, key)
		}
	}
	return a, nil
}

func card(name, group, service string) *corev1.ConfigMap {
	c := &corev1.ConfigMap{ObjectMeta: fixture.Named(name)}
	c.Labels = map[string]string{apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelSwimLaneGroup: group}
	if service != "" {
		c.Labels[apiv1.LabelServiceNamespace], c.Labels[apiv1.LabelService] = "default", service
	}
	return c
}
