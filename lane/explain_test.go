package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestsThatAMatchTakes(t *testing.T) {
	exact := func(v string) *Match { return &Match{MatchExact, v} }
	m := RequestMatch{
		Hosts: []string{"a.example.com", "*.example.org"}, URI: &Match{MatchPrefix, "/shop"}, Method: exact("GET"),
		Headers: map[string]Match{"x-user": {MatchPrefix, "ja"}}, Query: map[string]Match{"beta": {MatchExact, "1"}}, Cookie: &CookieMatch{"lane", Match{MatchRegex, "a|b"}},
	}
	good := func() Request {
		return Request{Host: "A.example.com:8080", Method: "GET", Path: "/shop/a?x=2&beta=1&beta=2", Headers: map[string]string{"x-user": "jason", "cookie": "a=1; lane=b"}}
	}
	assert.True(t, m.Takes(good()))
	for name, edit := range map[string]func(*Request){
		"another host":         func(r *Request) { r.Host = "b.example.com" },
		"another path":         func(r *Request) { r.Path = "/sho?beta=1" },
		"another method":       func(r *Request) { r.Method = "POST" },
		"another header":       func(r *Request) { r.Headers["x-user"] = "peter" },
		"no header":            func(r *Request) { delete(r.Headers, "x-user") },
		"another parameter":    func(r *Request) { r.Path = "/shop?beta=2&beta=1" },
		"an encoded parameter": func(r *Request) { r.Path = "/shop?b%65ta=1" },
		"no query":             func(r *Request) { r.Path = "/shop" },
		"another cookie":       func(r *Request) { r.Headers["cookie"] = "lane=c; xlane=a" },
	} {
		r := good()
		edit(&r)
		assert.False(t, m.Takes(r), name)
	}
	r := good()
	r.Host = "x.y.example.org"
	assert.True(t, m.Takes(r))
	assert.True(t, RequestMatch{Hosts: []string{"*"}}.Takes(Request{}))
}

func TestExplainingARequest(t *testing.T) {
	g := withIngress(chain("canary"))
	g.Lanes[0].Rules[0].URI, g.Lanes[1].Rules[0].URI = nil, nil
	b := snapshot(g, basePod("base-1"), grayPod("gray-1", "canary"), grayPod("gray-2", "canary"))
	c := snapshot(g, basePod("base-1"), grayPod("gray-1", "canary"))
	c.Pods[1].Ready = false
	in := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{Compute(b)}})

	got := Explain(in, []Snapshot{b, c}, Request{Path: "/", Headers: map[string]string{"x-asm-prefer-tag": "canary"}})
	require.NotNil(t, got.Route)
	assert.Equal(t, "canary/canary", got.Route.Name)
	require.Len(t, got.Ways, 1)
	way := got.Ways[0]
	assert.Equal(t, "canary", way.Tag)
	assert.Equal(t, ReasonRule, way.Why.Reason)
	require.Len(t, way.Hops, 2)
	assert.Equal(t, []string{"gray-1", "gray-2"}, way.Hops[0].Pods)
	assert.Equal(t, "2 ready pods of lane canary", way.Hops[0].Why.Message)
	assert.Equal(t, "canary", way.Hops[1].Lane)
	assert.Equal(t, []string{"base-1"}, way.Hops[1].Pods)
	assert.Equal(t, "1 ready pod of lane base, the baseline, since lane canary has none", way.Hops[1].Why.Message)

	got = Explain(in, []Snapshot{b, c}, Request{Path: "/", Headers: map[string]string{"x-asm-prefer-tag": "nobody"}})
	require.NotNil(t, got.Route)
	assert.True(t, got.Route.Rest)
	assert.Equal(t, []string{"base-1"}, got.Ways[0].Hops[0].Pods)

	g.Lanes[0].Rules[0].Hosts = []string{"a.example.com"}
	in = ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{Compute(b)}})
	assert.Nil(t, Explain(in, []Snapshot{b}, Request{Path: "/"}).Route, "nobody asks for these")
}

// Lanes that share requests out are as many ways, and one that has not got the ingress service begins
// at the baseline.
func TestExplainingSharesByWeight(t *testing.T) {
	g := byWeight("canary", "s2")
	a := snapshot(g, basePod("base-1"), grayPod("gray-1", "canary"))
	a.Service.Key = mocka
	b := snapshot(g, basePod("base-1"), grayPod("gray-2", "s2"))
	in := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{Compute(a)}})
	var got [][]string
	for _, way := range Explain(in, []Snapshot{a, b}, Request{Path: "/"}).Ways {
		got = append(got, []string{way.Tag, way.Hops[0].Pods[0], way.Hops[1].Pods[0]})
	}
	assert.Equal(t, [][]string{{"base", "base-1", "base-1"}, {"canary", "gray-1", "base-1"}, {"s2", "base-1", "gray-2"}}, got)
}

// Istio sends nothing of an entry that comes behind a route for everything.
func TestARouteForEverythingIsTriedLast(t *testing.T) {
	g := withIngress(chain("canary"))
	g.Lanes[1].Rules[0].RequestMatch = RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchPrefix, "/"}}
	in := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}})
	require.Equal(t, "canary/canary", in.Routes[len(in.Routes)-1].Name)
	assert.Equal(t, "base/base/default", in.Routes[in.first(Request{Path: "/mock"})].Name)
	assert.Equal(t, "canary/canary", in.Routes[in.first(Request{Path: "/else"})].Name)
}

// What a baseline's rule takes of those without its headers counts as a rule of its own.
func TestRequestsWithoutTheHeadersOfARule(t *testing.T) {
	for _, wider := range []string{"/", "/c"} {
		g := withIngress(chain("canary"))
		g.Lanes[0].Rules = []IngressRule{
			{Name: "cart", Service: mockb, Host: "cart", RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchExact, "/cart"}, Headers: map[string]Match{"x-tag": {MatchExact, "base"}}}},
			{Name: "web", Service: mockb, Host: "web", RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchPrefix, wider}}},
		}
		in := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}})
		assert.Equal(t, "base/cart/default", in.Routes[in.first(Request{Path: "/cart"})].Name, "an exact path before %s", wider)
		assert.Equal(t, "base/cart", in.Routes[in.first(Request{Path: "/cart", Headers: map[string]string{"x-tag": "base"}})].Name)
		assert.Equal(t, "base/web", in.Routes[in.first(Request{Path: "/cart2"})].Name)
	}
}
