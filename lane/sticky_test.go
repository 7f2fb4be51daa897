package lane

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	apiv1 "lanekeeper.io/api/v1"
)

func TestTheCookieOfAGroup(t *testing.T) {
	for value, want := range map[string]*Cookie{
		"lane":                       {Name: "lane"},
		"lane.of-shop; Max-Age=3600": {Name: "lane.of-shop", MaxAge: 3600},
		"lane;max-age=1":             {Name: "lane", MaxAge: 1},
		"":                           nil,
		"la ne":                      nil,
		"lane%2":                     nil,
		"lane; Max-Age=0":            nil,
		"lane; Max-Age=-1":           nil,
		"lane; Max-Age=99999999999":  nil,
		"lane; Secure":               nil,
		"lane; Max-Age=1; Secure":    nil,
	} {
		got, ignored := newCookie(sticking(value, 4))
		assert.Equal(t, want, got, value)
		assert.Equal(t, want == nil, ignored != "", value)
	}
	assert.Equal(t, []string{"annotation lanekeeper.io/sticky-cookie has no effect: weightedRoutingRule has 5 requestMatches, and clients stay in their lane with up to 4"},
		IgnoredAnnotations(sticking("lane", 5)))
	byRule := sticking("lane", 1)
	byRule.Spec.Ingress.IngressRouting.IngressRoutingStrategy = apiv1.StrategyRuleBased
	assert.Equal(t, []string{"annotation lanekeeper.io/sticky-cookie has no effect: only the strategy weighted leaves a lane to chance"}, IgnoredAnnotations(byRule))
	noHeader := sticking("lane", 1)
	noHeader.Spec.PermissiveModeConfiguration.RouteHeader = ""
	assert.Equal(t, []string{"annotation lanekeeper.io/sticky-cookie has no effect: it needs a routeHeader, which a strict group may have, too"}, IgnoredAnnotations(noHeader))
	got, ignored := newCookie(&apiv1.ASMSwimLaneGroup{})
	assert.Nil(t, got)
	assert.Empty(t, ignored)
}

// sticking is a group by weight with the annotation, and a rule of so many alternatives.
func sticking(value string, alternatives int) *apiv1.ASMSwimLaneGroup {
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{apiv1.AnnotationStickyCookie: value}}}
	group.Spec.PermissiveModeConfiguration.RouteHeader = "x-tag"
	group.Spec.Ingress.IngressRouting = apiv1.IngressRouting{IngressRoutingStrategy: apiv1.StrategyWeighted,
		WeightedRoutingRule: apiv1.WeightedRoutingRule{RequestMatches: make([]apiv1.RequestMatch, alternatives)}}
	return group
}

func counted(buckets []Bucket) map[string]int {
	out := map[string]int{}
	for _, b := range buckets {
		out[b.Lane]++
	}
	return out
}

// owners are the lanes by bucket.
func owners(buckets []Bucket) (out [Buckets]string) {
	for _, b := range buckets {
		out[b.Number] = b.Lane
	}
	return out
}

func TestBucketsAreAsManyAsTheWeightsSay(t *testing.T) {
	shares := func(weights ...int32) []Destination {
		var out []Destination
		for i, w := range weights {
			out = append(out, Destination{Lane: string(rune('a' + i)), Weight: w})
		}
		return out
	}
	for name, tc := range map[string]struct {
		weights []int32
		want    map[string]int
	}{
		"of a hundred":         {[]int32{60, 20, 20}, map[string]int{"a": 60, "b": 20, "c": 20}},
		"relative":             {[]int32{3, 1}, map[string]int{"a": 75, "b": 25}},
		"by remainders":        {[]int32{1, 1, 1}, map[string]int{"a": 34, "b": 33, "c": 33}},
		"at least one":         {[]int32{100, 100, 1}, map[string]int{"a": 50, "b": 49, "c": 1}},
		"all of one":           {[]int32{0}, map[string]int{"a": 100}},
		"more than fit by one": {[]int32{100, 1, 1, 1}, map[string]int{"a": 97, "b": 1, "c": 1, "d": 1}},
	} {
		assert.Equal(t, tc.want, counted(shareOut(shares(tc.weights...), nil)), name)
	}
}

// Raising a weight takes nobody out of the lane, although that takes two edits, of which the first
// changes every share. Where the other weight falls first nobody else moves either.
func TestRaisingAWeightMovesOnlyTheAddedShare(t *testing.T) {
	share := func(base, canary, s2 int32) []Destination {
		return []Destination{{Lane: "base", Weight: base}, {Lane: "canary", Weight: canary}, {Lane: "s2", Weight: s2}}
	}
	before := shareOut(share(70, 10, 20), nil)
	for name, tc := range map[string]struct {
		between []Destination
		others  int // that go from one lane to another, and not to the raised one
	}{"lowered first": {share(60, 10, 20), 0}, "raised first": {share(70, 20, 20), 2}} {
		was, is := owners(before), owners(shareOut(share(60, 20, 20), shareOut(tc.between, before)))
		came, others := 0, 0
		for b := range is {
			switch {
			case was[b] == is[b]:
			case is[b] == "canary":
				came++
			default:
				assert.Equal(t, "base", was[b], "%s: nobody leaves the lane", name)
				others++
			}
		}
		assert.Equal(t, 10, came, name)
		assert.Equal(t, tc.others, others, name)
	}
}

// Whatever weights become, every bucket has an owner, and no more change than have to.
func TestBucketsChangeAsLittleAsCanBe(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	draw := func(t *rapid.T, label string) []Destination {
		var out []Destination
		for _, name := range names {
			if w := rapid.Int32Range(0, 100).Draw(t, label+name); w > 0 {
				out = append(out, Destination{Lane: name, Weight: w})
			}
		}
		if len(out) == 0 {
			out = []Destination{{Lane: "a"}}
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		first, second := draw(t, "first "), draw(t, "second ")
		was := shareOut(first, nil)
		is := shareOut(second, was)
		had, has, changed := counted(was), counted(is), 0
		before, after := owners(was), owners(is)
		for b := range after {
			if before[b] != after[b] {
				changed++
			}
			if after[b] == "" {
				t.Fatalf("bucket %d has no owner", b)
			}
		}
		must := 0
		for _, name := range names {
			must += max(0, has[name]-had[name])
			if has[name] > 0 == (quotas(second)[name] == 0) {
				t.Fatalf("lane %s owns %d buckets", name, has[name])
			}
		}
		if changed != must {
			t.Fatalf("%d buckets changed their owner, and %d had to", changed, must)
		}
		if !slices.Equal(is, shareOut(second, is)) {
			t.Fatalf("they change without a reason")
		}
	})
}

func TestRoutesByWeightThatClientsStayWith(t *testing.T) {
	g := byWeight("canary")
	g.Ingress.Cookie = &Cookie{Name: "lane"}
	g.Ingress.Weighted = append(g.Ingress.Weighted, IngressRule{Name: "requestMatches[1]", RequestMatch: RequestMatch{
		Hosts: []string{"*"}, URI: &Match{MatchExact, "/a"}, Cookie: &CookieMatch{"user", Match{MatchExact, "a"}}}})
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOfMocka("canary")}})
	require.Len(t, p.Routes, 2)
	for _, r := range p.Routes {
		assert.Equal(t, r.Cookie == nil, r.Sticky != nil, "one header cannot be matched by two expressions")
		if r.Sticky != nil {
			assert.Equal(t, map[string]int{"base": 75, "canary": 25}, counted(r.Sticky.Buckets))
			live := map[string]LiveRoute{r.Name: {Buckets: []Bucket{{0, "canary"}, {99, "canary"}, {99, "base"}, {100, "base"}}, Readable: true, Service: mocka, Port: 8000}}
			again := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOfMocka("canary")}, Live: live})
			for _, r := range again.Routes {
				if r.Sticky != nil {
					assert.Equal(t, []string{"canary", "canary"}, []string{owners(r.Sticky.Buckets)[0], owners(r.Sticky.Buckets)[99]})
				}
			}
		}
	}
	assert.Contains(t, p.Shares(), "clients stay in their lane by the cookie lane")
}
