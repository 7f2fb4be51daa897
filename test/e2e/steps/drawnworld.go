package steps

import (
	"fmt"
	"math/rand/v2"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// drawnWorld is a group at random, its lanes, and how many pods they have.
type drawnWorld struct {
	random   *rand.Rand
	group    *lanev1.ASMSwimLaneGroup
	lanes    []*lanev1.ASMSwimLane
	replicas map[string]int // by workload
}

// drawWorld draws one that is valid. Its hosts end with its name: of the same hosts a rule of some group
// could clash with an older group's on the Gateway, and would be left out.
func drawWorld(random *rand.Rand, name string) drawnWorld {
	d := drawnWorld{random: random, replicas: map[string]int{"a-base": 1, "b-base": 1}}
	for _, workload := range []string{"a-s2", "a-s3", "b-s2", "b-s3"} {
		d.replicas[workload] = random.IntN(2)
	}
	d.group = &lanev1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{}}}
	spec := &d.group.Spec
	spec.AutoUpdate = true
	spec.IsPermissive = random.IntN(3) > 0
	least := int32(0)
	if !spec.IsPermissive && random.IntN(2) == 0 {
		least = 1 // without a weight all versions would be met, and go on each by its lane
	} else if !spec.IsPermissive {
		d.group.Annotations[lanev1.AnnotationBaseline] = name + "-base"
	}
	spec.PermissiveModeConfiguration = lanev1.PermissiveModeConfiguration{FallbackTarget: name + "-base", RouteHeader: "x-lane", TraceHeader: pick(random, []string{"", "baggage"})}
	for _, service := range []string{"a", "b"} {
		spec.Services = append(spec.Services, lanev1.ServiceReference{Namespace: name, Name: service})
	}
	spec.Ingress.Gateway = lanev1.GatewayReference{Namespace: "istio-system", Name: worldsGateway}
	spec.DefaultTrafficPolicyPatch, spec.DefaultHTTPRoutePatch = pick(random, trafficPatches), pick(random, routePatches)
	weighted := random.IntN(3) == 0
	if weighted {
		spec.Ingress.IngressRouting = lanev1.IngressRouting{IngressRoutingStrategy: lanev1.StrategyWeighted,
			WeightedRoutingRule: lanev1.WeightedRoutingRule{Hosts: d.hosts(), RequestMatches: []lanev1.RequestMatch{d.match(), d.match()}}}
	}
	for _, tag := range []string{"base", "s2", "s3"} {
		l := &lanev1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name + "-" + tag, Labels: map[string]string{lanev1.LabelSwimLaneGroup: name}}}
		l.Spec.LabelSelector = map[string]string{"tag": tag}
		to := lanev1.Destination{Host: "a." + name + ".svc.cluster.local"}
		if weighted {
			l.Spec.IngressWeight = lanev1.IngressWeight{Destination: to, Weight: least + random.Int32N(4-least)}
		} else {
			for n := range random.IntN(3) {
				l.Spec.IngressRules = append(l.Spec.IngressRules, lanev1.IngressRule{Name: fmt.Sprint("r", n), Online: true, Hosts: d.hosts(), Match: d.match(), Route: lanev1.IngressRoute{Destination: to}})
			}
		}
		d.lanes = append(d.lanes, l)
	}
	return d
}

// Patches that choose nobody else to answer.
var (
	trafficPatches = []*runtime.RawExtension{nil, nil,
		{Raw: []byte(`{"connectionPool": {"http": {"http1MaxPendingRequests": 1000}}}`)},
		{Raw: []byte(`{"loadBalancer": {"simple": "ROUND_ROBIN", "localityLbSetting": {"failoverPriority": ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]}}}`)}}
	routePatches = []*runtime.RawExtension{nil, nil,
		{Raw: []byte(`{"timeout": "20s"}`)},
		{Raw: []byte(`{"retries": {"attempts": 3, "retryOn": "connect-failure"}, "headers": {"response": {"set": {"x-world": "a"}}}}`)}}
)

// worldsGateway is one for all worlds, of the same gateway pods as the samples'.
const worldsGateway = "worlds"

func worldGateway(worlds []string) *networkingv1.Gateway {
	out := &networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: worldsGateway}, Spec: networkingapi.Gateway{
		Selector: map[string]string{"istio": "ingressgateway"},
		Servers:  []*networkingapi.Server{{Port: &networkingapi.Port{Number: 80, Name: "http-worlds", Protocol: "HTTP"}}},
	}}
	for _, name := range worlds {
		out.Spec.Servers[0].Hosts = append(out.Spec.Servers[0].Hosts, "*."+name+".example.com")
	}
	return out
}

// baselineWorkload reports whether a workload is that of the baseline's pods, of which there are always some.
func baselineWorkload(name string) bool { return strings.HasSuffix(name, "-base") }

func (d drawnWorld) hosts() []string {
	domain := d.group.Name + ".example.com"
	return pick(d.random, [][]string{{"*." + domain}, {"a." + domain}, {"a." + domain, "b." + domain}})
}

func (d drawnWorld) match() (out lanev1.RequestMatch) {
	yes := func() bool { return d.random.IntN(3) == 0 }
	switch d.random.IntN(3) {
	case 0:
		out.URI.Exact = pick(d.random, []string{"/x", "/x/y", "/z"})
	case 1:
		out.URI.Prefix = pick(d.random, []string{"/", "/x", "/x/"})
	default:
		out.URI.Regex = pick(d.random, []string{".*", "/x.*", "/[xz]"})
	}
	if yes() {
		out.Headers = map[string]lanev1.StringMatch{pick(d.random, []string{"X-User", "x-lane"}): {Prefix: pick(d.random, []string{"j", "w"})}}
	}
	if yes() {
		out.Method = lanev1.StringMatch{Exact: "POST"}
	}
	if yes() {
		out.QueryParams = map[string]lanev1.StringMatch{"beta": {Exact: "1"}}
	}
	if yes() {
		out.Cookie = lanev1.CookieMatch{Name: "user", StringMatch: lanev1.StringMatch{Regex: pick(d.random, []string{"^j.*$", ".*n", "jason"})}}
	}
	return out
}

// request draws one that some rule may ask for.
func (d drawnWorld) request() lane.Request {
	r := lane.Request{Host: pick(d.random, []string{"a.", "b.", "c."}) + d.group.Name + ".example.com", Method: pick(d.random, []string{"GET", "POST"}),
		Path: pick(d.random, []string{"/", "/x", "/x/y", "/z"}) + pick(d.random, []string{"", "?beta=1", "?beta=2&beta=1"}), Headers: map[string]string{}}
	for _, h := range []struct {
		name   string
		values []string
	}{
		{"x-user", []string{"jason", "amy"}}, {"x-lane", []string{d.group.Name + "-s2", "nobody"}},
		{"baggage", []string{"user=jason", "x-lane=" + d.group.Name + "-s3,a=1", "a=%20"}}, {"cookie", []string{"user=jason", "a=1; user=john; b=n", "user=amy; x=jn"}},
	} {
		if d.random.IntN(2) == 0 {
			r.Headers[h.name] = pick(d.random, h.values)
		}
	}
	return r
}

func (d drawnWorld) objects() []client.Object {
	out := []client.Object{d.group}
	for _, l := range d.lanes {
		out = append(out, l)
	}
	return out
}

// String is the world as a person would apply it.
func (d drawnWorld) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "replicas: %v\n", d.replicas)
	for _, o := range d.objects() {
		text, err := yaml.Marshal(o)
		if err != nil {
			return err.Error()
		}
		fmt.Fprintf(&out, "---\n%s", text)
	}
	return out.String()
}
