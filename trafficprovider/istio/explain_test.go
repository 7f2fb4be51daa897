package istio

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What lane.Explain says of a request is what the objects make of it. They are read here as Istio's
// reference has it, and by nothing of ours.

// followed is a request on its way.
type followed struct {
	host, method, path, query string
	headers                   map[string]string
	// caller are the labels of the pod that sends it; none of a gateway's.
	caller map[string]string
	// namespace is that pod's.
	namespace string
}

func (f followed) takes(m *networkingapi.HTTPMatchRequest) bool {
	whole := func(s *networkingapi.StringMatch, value string, there bool) bool {
		switch t := s.GetMatchType().(type) {
		case nil:
			return there
		case *networkingapi.StringMatch_Exact:
			return there && t.Exact == value
		case *networkingapi.StringMatch_Prefix:
			return there && strings.HasPrefix(value, t.Prefix)
		case *networkingapi.StringMatch_Regex:
			return there && regexp.MustCompile("^(?:"+t.Regex+")$").MatchString(value)
		}
		return false
	}
	if m.Uri != nil && !whole(m.Uri, f.path, true) || m.Method != nil && !whole(m.Method, f.method, true) || m.Authority != nil && !whole(m.Authority, f.host, true) {
		return false
	}
	for name, s := range m.Headers {
		if value, there := f.headers[name]; !whole(s, value, there) {
			return false
		}
	}
	for name, s := range m.WithoutHeaders {
		if value, there := f.headers[name]; whole(s, value, there) {
			return false
		}
	}
	for name, s := range m.QueryParams {
		value, there := "", false
		for part := range strings.SplitSeq(f.query, "&") {
			if key, v, _ := strings.Cut(part, "="); key == name && !there {
				value, there = v, true
			}
		}
		if !whole(s, value, there) {
			return false
		}
	}
	if m.SourceNamespace != "" && m.SourceNamespace != f.namespace {
		return false
	}
	for key, value := range m.SourceLabels {
		if f.caller[key] != value {
			return false
		}
	}
	return true
}

// route is the first of an object that takes the request; nil for none.
func (f followed) route(vs *networkingv1.VirtualService) *networkingapi.HTTPRoute {
	if !slices.ContainsFunc(vs.Spec.Hosts, func(h string) bool {
		return h == "*" || h == f.host || strings.HasPrefix(h, "*.") && strings.HasSuffix(f.host, h[1:])
	}) {
		return nil
	}
	for _, r := range vs.Spec.Http {
		if len(r.Match) == 0 || slices.ContainsFunc(r.Match, f.takes) {
			return r
		}
	}
	return nil
}

// stamped is the request with what headers say.
func (f followed) stamped(all ...*networkingapi.Headers) followed {
	f.headers = maps.Clone(f.headers)
	for _, h := range all {
		for _, name := range h.GetRequest().GetRemove() {
			delete(f.headers, name)
		}
		for name, value := range h.GetRequest().GetSet() {
			f.headers[name] = strings.ReplaceAll(value, "%REQ(baggage)%", f.headers["baggage"])
		}
	}
	return f
}

// answering are the pods of a subset that may answer: of the ready ones those of the first rank,
// which is theirs who have most of the priority's entries from the front.
func answering(rule *networkingv1.DestinationRule, subset string, pods []lane.Pod) (out []string) {
	i := slices.IndexFunc(rule.Spec.Subsets, func(s *networkingapi.Subset) bool { return s.Name == subset })
	if i < 0 {
		return nil
	}
	s := rule.Spec.Subsets[i]
	priority := s.GetTrafficPolicy().GetLoadBalancer().GetLocalityLbSetting().GetFailoverPriority()
	best := -1
	for _, p := range pods {
		if !p.Ready || p.Terminating || !lane.Selects(s.Labels, p.Labels) && len(s.Labels) > 0 {
			continue
		}
		rank := 0
		for rank < len(priority) {
			key, value, _ := strings.Cut(priority[rank], "=")
			if p.Labels[key] != value {
				break
			}
			rank++
		}
		if rank > best {
			best, out = rank, nil
		}
		if rank == best {
			out = append(out, p.Name)
		}
	}
	slices.Sort(out)
	return out
}

// worldOf is a group with lanes and a chain of two Services.
type worldOf struct {
	ingress lane.IngressPlan
	entry   *networkingv1.VirtualService
	chain   []lane.Snapshot
	rules   []*networkingv1.DestinationRule
	routes  []*networkingv1.VirtualService
}

var chainOf = []types.NamespacedName{{Namespace: "default", Name: "a"}, {Namespace: "default", Name: "b"}}

// drawWorld programs a group at random.
func drawWorld(t *rapid.T) worldOf {
	one := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "g", Annotations: map[string]string{}}}
	group.Spec.AutoUpdate = true
	group.Spec.IsPermissive = yes("permissive")
	group.Spec.PermissiveModeConfiguration = apiv1.PermissiveModeConfiguration{FallbackTarget: "base", RouteHeader: "x-lane", TraceHeader: one("trace", "", "baggage")}
	baseline, least := "base", int32(0)
	if !group.Spec.IsPermissive && yes("baseline") {
		group.Annotations[apiv1.AnnotationBaseline] = "base"
	} else if !group.Spec.IsPermissive {
		baseline, least = lane.AllVersions, 1 // without a weight all versions would be met, and go on each by its lane
	}
	for _, s := range chainOf {
		group.Spec.Services = append(group.Spec.Services, apiv1.ServiceReference{Namespace: s.Namespace, Name: s.Name})
	}
	group.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "edge", Name: "gw"}
	weighted := yes("weighted")
	match := func() (out apiv1.RequestMatch) {
		switch one("uri", "none", "exact", "prefix", "regex") {
		case "exact":
			out.URI.Exact = one("path", "/x", "/x/y", "/z")
		case "prefix":
			out.URI.Prefix = one("path", "/", "/x", "/x/")
		case "regex":
			out.URI.Regex = one("path", ".*", "/x.*", "/[xz]")
		}
		if yes("header") {
			out.Headers = map[string]apiv1.StringMatch{one("name", "X-User", "x-lane", "baggage"): {Prefix: one("value", "j", "s2", "user=j")}}
		}
		if yes("method") {
			out.Method = apiv1.StringMatch{Exact: "POST"}
		}
		if yes("query") {
			out.QueryParams = map[string]apiv1.StringMatch{"beta": {Exact: "1"}}
		}
		if yes("cookie") {
			out.Cookie = apiv1.CookieMatch{Name: "user", StringMatch: apiv1.StringMatch{Regex: one("cookie", "^j.*$", ".*n", "jason")}}
		}
		return out
	}
	hosts := func() []string {
		return rapid.SampledFrom([][]string{nil, {"*"}, {"a.example.com"}, {"*.example.com"}, {"a.example.com", "b.example.com"}}).Draw(t, "hosts")
	}
	if weighted {
		group.Spec.Ingress.IngressRouting = apiv1.IngressRouting{IngressRoutingStrategy: apiv1.StrategyWeighted, WeightedRoutingRule: apiv1.WeightedRoutingRule{Hosts: hosts(), RequestMatches: []apiv1.RequestMatch{match(), match()}}}
	}
	var lanes []apiv1.ASMSwimLane
	for _, name := range []string{"base", "s2", "s3"} {
		l := apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: "g"}}}
		l.Spec.LabelSelector = map[string]string{"tag": name}
		to := apiv1.Destination{Host: "a.default"}
		if weighted {
			l.Spec.IngressWeight = apiv1.IngressWeight{Destination: to, Weight: rapid.Int32Range(least, 3).Draw(t, "weight")}
		}
		for n := range rapid.IntRange(0, 2).Draw(t, "rules") {
			l.Spec.IngressRules = append(l.Spec.IngressRules, apiv1.IngressRule{Name: fmt.Sprint("r", n), Online: true, Hosts: hosts(), Match: match(), Route: apiv1.IngressRoute{Destination: to}})
		}
		lanes = append(lanes, l)
	}
	g, problem := lane.NewGroup(group, lanes)
	require.Nil(t, problem)
	var w worldOf
	var plans []lane.Plan
	for _, service := range chainOf {
		s := lane.Snapshot{Group: g, Service: lane.Service{Key: service, Found: true, Settings: lane.Settings{Ports: []lane.Port{{Number: 8000}}}}, TakenOver: true, Serving: baseline}
		if baseline == "base" {
			s.ServingLabels = map[string]string{"tag": "base"}
		}
		for _, name := range []string{"base", "s2", "s3", "nobody"} {
			for n := range rapid.IntRange(0, 2).Draw(t, "pods") {
				s.Pods = append(s.Pods, lane.Pod{Name: fmt.Sprint(service.Name, "-", name, "-", n), Ready: yes("ready"), Labels: map[string]string{"tag": name}, Owner: lane.Owner{Known: true}})
			}
		}
		for _, relabel := range lane.Compute(s).Relabel {
			i := slices.IndexFunc(s.Pods, func(p lane.Pod) bool { return p.Name == relabel.Pod })
			s.Pods[i].Labels = relabel.Verdict.Change.Apply(s.Pods[i].Labels)
		}
		plan := lane.Compute(s)
		require.Equal(t, lane.StateManaged, plan.State, "%+v", plan.Problem)
		in := transition{is: map[string]lane.Subset{}, serving: baseline}
		for _, name := range lanesOf(plan) {
			in.is[name] = lane.Subset{Defined: true, Routed: true}
		}
		in.was = in.is
		for _, m := range plan.Gray {
			if m.Answers {
				in.selecting = append(in.selecting, m.Lane)
			}
		}
		dr, _, err := rule(plan, &live{service: service}, in, time.Time{})
		require.NoError(t, err)
		vs, err := meshRoutes(plan, &live{service: service}, in)
		require.NoError(t, err)
		w.chain, w.rules, w.routes, plans = append(w.chain, s), append(w.rules, dr), append(w.routes, vs), append(plans, plan)
	}
	w.ingress = lane.ComputeIngress(lane.IngressSnapshot{Group: g, Plans: plans, Settled: true})
	routes := make([]resolvedRoute, len(w.ingress.Routes))
	for i, r := range w.ingress.Routes {
		routes[i] = resolvedRoute{IngressRoute: r}
		for _, d := range r.Destinations {
			subset := r.Baseline
			if d.InLane {
				subset = d.Lane
			}
			routes[i].subsets = append(routes[i].subsets, subset)
		}
	}
	var err error
	w.entry, err = ingressRoutes(w.ingress, routes, types.NamespacedName{}, nil)
	require.NoError(t, err)
	return w
}

func drawRequest(t *rapid.T) followed {
	one := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	f := followed{host: one("host", "a.example.com", "b.example.com", "c.example.org"), method: one("method", "GET", "POST"), path: one("path", "/", "/x", "/x/y", "/z"),
		query: one("query", "", "beta=1", "beta=2&beta=1"), headers: map[string]string{}}
	for name, values := range map[string][]string{"x-user": {"jason", "amy"}, "x-lane": {"s2", "nobody"}, "baggage": {"user=jason", "x-lane=s3,a=1", "a=%20"}, "cookie": {"user=jason", "a=1; user=john; b=n", "user=amy; x=jn"}} {
		if rapid.Bool().Draw(t, name) {
			f.headers[name] = one(name, values...)
		}
	}
	return f
}

// follow is where the objects send the request that an entry's destination takes.
func (w worldOf) follow(f followed, d *networkingapi.HTTPRouteDestination) (out []string) {
	subset := d.Destination.Subset
	for i := range w.chain {
		if i > 0 {
			r := f.route(w.routes[i])
			subset = r.Route[0].Destination.Subset
		}
		pods := answering(w.rules[i], subset, w.chain[i].Pods)
		out = append(out, strings.Join(pods, " "))
		if len(pods) == 0 {
			return out
		}
		p := slices.IndexFunc(w.chain[i].Pods, func(p lane.Pod) bool { return p.Name == pods[0] })
		f.caller, f.namespace = w.chain[i].Pods[p].Labels, chainOf[i].Namespace
		f.host = chainOf[1].Name + ".default.svc.cluster.local"
	}
	return out
}

func TestWhatIsExplainedIsWhatTheObjectsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for range 10 {
			f := drawRequest(t)
			said := lane.Explain(w.ingress, w.chain, lane.Request{Host: f.host, Method: f.method, Path: f.path + "?" + f.query, Headers: f.headers})
			route := f.route(w.entry)
			if said.Route == nil {
				require.Nil(t, route, "%+v", f)
				continue
			}
			require.NotNil(t, route, "%+v: %+v", f, said.Route)
			require.Len(t, route.Route, len(said.Ways))
			for i, way := range said.Ways {
				d := route.Route[i]
				require.Equal(t, way.Weight, d.Weight)
				sent := f.stamped(route.Headers, d.Headers)
				require.Equal(t, way.Tag, sent.headers["x-lane"], "%+v by %s", f, route.Name)
				var hops []string
				for _, hop := range way.Hops {
					hops = append(hops, strings.Join(hop.Pods, " "))
					if len(hop.Pods) == 0 {
						break // nobody is there to call the next
					}
				}
				require.Equal(t, hops, w.follow(sent, d), "%+v by %s", f, route.Name)
			}
		}
	})
}
