package crd

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
)

// lane returns a lane's spec with more fields beside the labelSelector.
func lane(fields string) string {
	return `{labelSelector: {ASM_TRAFFIC_TAG: canary}, ` + fields + `}`
}

// rule returns a lane's spec with one ingress rule.
func rule(fields string) string {
	return lane(`ingressRules: [{` + fields + `}]`)
}

func TestLaneIsAccepted(t *testing.T) {
	check(t, "ASMSwimLane", []object{
		{title: "selector alone", spec: lane(``)},
		{title: "longest name", name: strings.Repeat("l", lanev1.MaxLaneNameLength), spec: lane(``)},
		{title: "qualified label key", spec: `{labelSelector: {example.com/lane: v1.2_a}}`},
		{title: "several labels", spec: `{labelSelector: {version: v2, lane: canary}}`},
		{title: "weight of all", spec: lane(`ingressWeight: {destination: {host: a.b.svc.cluster.local, portNum: 8000}, weight: 100}`)},
		{title: "no share", spec: lane(`ingressWeight: {destination: {}}`)},
		{title: "weight of none", spec: lane(`ingressWeight: {destination: {}, weight: 0}`)},
		{title: "rule with every matcher", spec: rule(`online: true, hosts: ["*", "*.example.com", a.example.com], match: {uri: {prefix: /a}, headers: {x-user: {regex: "a.*"}, X-Lane: {exact: canary}}}, route: {destination: {host: mocka}}`)},
		{title: "rule with the matchers that are ours", spec: rule(`online: true, match: {method: {exact: GET}, queryParams: {"a[]": {prefix: b}}, cookie: {name: user, regex: "a|b"}}, route: {destination: {host: a.b}}`)},
		{title: "rule switched off and incomplete", spec: rule(`name: later`)},
		{title: "no services", spec: lane(`services: []`)},
		{title: "what ASM writes for fields that nobody set", spec: lane(`ingressWeight: {destination: {}}, ingressRules: [{match: {}, route: {destination: {}}}]`)},
	})
}

func TestLaneIsRefused(t *testing.T) {
	const (
		name    = "a lane's name must be a DNS label of at most 58 characters: it is the name of a subset and part of a label key"
		key     = "every key of labelSelector must be a label key such as ASM_TRAFFIC_TAG"
		value   = "every value of labelSelector must be a label value"
		matcher = "set exactly one of exact, prefix and regex"
		host    = "a host must be *, a DNS name, or *. followed by a DNS name"
		entry   = "an ingress rule that is online needs route.destination.host: the entry service"
	)
	check(t, "ASMSwimLane", []object{
		{title: "name too long", name: strings.Repeat("l", lanev1.MaxLaneNameLength+1), spec: lane(``), want: name},
		{title: "a name of ours", name: "all-versions", spec: lane(``), want: "a lane cannot be named all-versions"},
		{title: "name with dots", name: "v1.2", spec: lane(``), want: name},
		{title: "no selector", spec: `{services: []}`, want: "spec.labelSelector: Required value"},
		{title: "empty selector", spec: `{labelSelector: {}}`, want: "labelSelector must not be empty: it names the labels of the lane's pods"},
		{title: "selector with a bad key", spec: `{labelSelector: {"a b": c}}`, want: key},
		{title: "selector with a key too long", spec: `{labelSelector: {` + strings.Repeat("k", 64) + `: c}}`, want: key},
		{title: "selector with a bad prefix", spec: `{labelSelector: {EXAMPLE/lane: c}}`, want: key},
		{title: "selector with a bad value", spec: `{labelSelector: {lane: "a b"}}`, want: value},
		{title: "selector with a value that ends badly", spec: `{labelSelector: {lane: a_}}`, want: value},
		{title: "selector with an empty value", spec: `{labelSelector: {lane: ""}}`, want: value},
		{title: "selector with a value too long", spec: `{labelSelector: {lane: ` + strings.Repeat("v", 64) + `}}`, want: value},
		{title: "selector by a revision", spec: `{labelSelector: {pod-template-hash: abc}}`, want: "labelSelector cannot use pod-template-hash"},
		{title: "selector by a marker of ours", spec: `{labelSelector: {lanekeeper.io/outside: "1"}}`, want: "labelSelector cannot use pod-template-hash"},
		{title: "selector of too many labels", spec: `{labelSelector: {a: a, b: b, c: c, d: d, e: e}}`, want: "must have at most 4 items"},
		{title: "service named twice", spec: lane(`services: [{name: a, namespace: b}, {name: a, namespace: b}]`), want: "Duplicate value"},
		{title: "negative weight", spec: lane(`ingressWeight: {destination: {host: a}, weight: -1}`), want: "spec.ingressWeight.weight in body should be greater than or equal to 0"},
		{title: "weight over 100", spec: lane(`ingressWeight: {destination: {host: a}, weight: 101}`), want: "spec.ingressWeight.weight in body should be less than or equal to 100"},
		{title: "weight of nothing", spec: lane(`ingressWeight: {destination: {}, weight: 20}`), want: "a lane with a weight needs ingressWeight.destination.host"},
		{title: "destination that is no host", spec: lane(`ingressWeight: {destination: {host: "a/b"}}`), want: "host must be the DNS name of a Service"},
		{title: "port that is none", spec: lane(`ingressWeight: {destination: {host: a, portNum: 70000}}`), want: "should be less than or equal to 65535"},
		{title: "rule without an entry service", spec: rule(`online: true, route: {destination: {}}`), want: entry},
		{title: "rule without a route", spec: rule(`online: true`), want: entry},
		{title: "rule with an empty host", spec: rule(`hosts: [""]`), want: "spec.ingressRules[0].hosts[0]"},
		{title: "rule with a host of a long label", spec: rule(`hosts: ["` + strings.Repeat("a", 64) + `.com"]`), want: host},
		{title: "rule with a host of two dots", spec: rule(`hosts: ["a..com"]`), want: host},
		{title: "rule to a host of two dots", spec: rule(`route: {destination: {host: a..b}}`), want: "host must be the DNS name of a Service"},
		{title: "rule with a wildcard inside", spec: rule(`hosts: ["a.*.com"]`), want: host},
		{title: "matcher without a value", spec: rule(`match: {uri: {}}`), want: matcher},
		{title: "matcher with two values", spec: rule(`match: {uri: {exact: /a, prefix: /b}}`), want: matcher},
		{title: "matcher with an empty value", spec: rule(`match: {uri: {exact: ""}}`), want: "should be at least 1 chars long"},
		{title: "header matcher without a value", spec: rule(`match: {headers: {x-user: {}}}`), want: matcher},
		{title: "matcher of a newer kind", spec: rule(`match: {uri: {suffix: /a}}`), want: matcher},
		{title: "header that is none", spec: rule(`match: {headers: {"x user": {exact: a}}}`), want: "every key of headers must be an HTTP header name such as x-user"},
		{title: "pseudo header", spec: rule(`match: {headers: {":path": {exact: a}}}`), want: "every key of headers must be an HTTP header name such as x-user"},
		{title: "method of two matchers", spec: rule(`match: {method: {exact: GET, prefix: P}}`), want: matcher},
		{title: "parameter without a name", spec: rule(`match: {queryParams: {"": {exact: a}}}`), want: "every key of queryParams must be the name of a parameter"},
		{title: "cookie without a name", spec: rule(`match: {cookie: {exact: a}}`), want: "a cookie needs its name"},
		{title: "cookie without a value", spec: rule(`match: {cookie: {name: a}}`), want: matcher},
		{title: "cookie that is none", spec: rule(`match: {cookie: {name: "a;b", exact: a}}`), want: "name must be the name of a cookie"},
		{title: "cookie and its header", spec: rule(`match: {headers: {Cookie: {exact: a}}, cookie: {name: a, exact: a}}`), want: "ask for a cookie either in cookie or in headers"},
		{title: "header that Istio ignores, in capitals", spec: rule(`match: {headers: {URI: {exact: /}}}`), want: "headers cannot match uri, scheme, method or authority: Istio ignores them there"},
		{title: "header that Istio ignores", spec: rule(`match: {headers: {method: {exact: GET}}}`), want: "headers cannot match uri, scheme, method or authority: Istio ignores them there"},
	})
}

func TestLaneSelectorCannotChange(t *testing.T) {
	c := newClient(t)
	made := &lanev1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: "unchanging"},
		Spec:       lanev1.ASMSwimLaneSpec{LabelSelector: map[string]string{"lane": "a"}},
	}
	create(t, c, made)

	changed := made.DeepCopy()
	changed.Spec.LabelSelector["lane"] = "b"
	err := c.Update(t.Context(), changed)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "labelSelector cannot be changed; make a new lane instead")

	wider := made.DeepCopy()
	wider.Spec.LabelSelector["version"] = "v2"
	require.Error(t, c.Update(t.Context(), wider))

	same := made.DeepCopy()
	same.Spec.Services = []lanev1.ServiceReference{{Namespace: "default", Name: "mocka"}}
	require.NoError(t, c.Update(t.Context(), same), "everything else may change")
}

// newClient returns a typed client for the lane kinds.
func newClient(t *testing.T) client.Client {
	t.Helper()

	scheme := runtime.NewScheme()
	require.NoError(t, lanev1.AddToScheme(scheme))
	return apiserver.Shared(t).Client(t, client.Options{Scheme: scheme})
}
