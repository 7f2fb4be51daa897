package istio

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// bySticky is the entry of a baseline with 90 buckets, and of a lane whose subset may be named
// with 10.
func bySticky(t *testing.T, baselineTag string, baggage bool) *networkingv1.VirtualService {
	t.Helper()
	return stickyBy(t, baselineTag, lane.Tag{RouteHeader: "x-tag", Baggage: baggage})
}

func stickyBy(t *testing.T, baselineTag string, by lane.Tag) *networkingv1.VirtualService {
	t.Helper()
	sticky := &lane.Sticky{Cookie: lane.Cookie{Name: "lane", MaxAge: 60}}
	for b := range lane.Buckets {
		owner := "base"
		if b%10 == 7 {
			owner = "canary"
		}
		sticky.Buckets = append(sticky.Buckets, lane.Bucket{Number: b, Lane: owner})
	}
	service := types.NamespacedName{Namespace: "default", Name: "mocka"}
	r := resolvedRoute{subsets: []string{"base", "canary"}, IngressRoute: lane.IngressRoute{
		Name: "weighted/all", Rule: "all", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}, Service: service, Baseline: "base", Sticky: sticky,
		Destinations: []lane.Destination{{Lane: "base", Tag: baselineTag, Weight: 90, InLane: true}, {Lane: "canary", Tag: "canary", Weight: 10, InLane: true}}}}
	plan := lane.IngressPlan{Group: "g", Tag: by, Baseline: "base", Gateway: types.NamespacedName{Namespace: "edge", Name: "gw"}}
	vs, err := ingressRoutes(plan, []resolvedRoute{r}, types.NamespacedName{Namespace: "edge", Name: "entry"}, nil)
	require.NoError(t, err)
	return vs
}

func TestClientsStayInTheirLaneByACookie(t *testing.T) {
	vs := bySticky(t, "base", false)
	var names []string
	for _, r := range vs.Spec.Http {
		names = append(names, r.Name)
	}
	assert.Equal(t, []string{"weighted/all/base", "weighted/all/canary/safe", "weighted/all/canary", "weighted/all/safe", "weighted/all"}, names)

	canary := vs.Spec.Http[2]
	require.Len(t, canary.Route, 1)
	assert.Equal(t, "canary", canary.Route[0].Destination.Subset)
	assert.Equal(t, "canary", canary.Headers.Request.Set["x-tag"])
	cookie := regexp.MustCompile("^(?:" + canary.Match[0].Headers["cookie"].GetRegex() + ")$")
	for b := range lane.Buckets {
		assert.Equal(t, b%10 == 7, cookie.MatchString(fmt.Sprintf("a=1; lane=%02d", b)))
	}
	for _, odd := range []string{"lane=7", "lane=070", "lane=x", "lane="} {
		assert.False(t, cookie.MatchString(odd), "%s is nobody's: that client is shared out again", odd)
	}

	fresh := vs.Spec.Http[4]
	require.Len(t, fresh.Route, lane.Buckets)
	assert.Empty(t, fresh.Match)
	for b, d := range fresh.Route {
		want := "base"
		if b%10 == 7 {
			want = "canary"
		}
		assert.Equal(t, []string{want, want}, []string{d.Destination.Subset, d.Headers.Request.Set["x-tag"]})
		assert.Equal(t, int32(1), d.Weight)
		assert.Equal(t, fmt.Sprintf("lane=%02d; Path=/; HttpOnly; Max-Age=60", b), d.Headers.Response.Add["set-cookie"])
	}
}

// Who owns what is read back, also while the baseline's tag is taken off, and by whatever
// header the tag went.
func TestWhoOwnsABucketIsReadBack(t *testing.T) {
	baggage, trace := lane.Tag{RouteHeader: "x-tag", Baggage: true}, lane.Tag{RouteHeader: "x-tag", Trace: "my-request-id"}
	for _, c := range []struct {
		by          lane.Tag
		baselineTag string
	}{{baggage, "base"}, {baggage, ""}, {trace, "base"}} {
		vs := stickyBy(t, c.baselineTag, c.by)
		vs.Labels = map[string]string{apiv1.LabelGroup: "g"}
		live := (&liveIngress{ours: []*networkingv1.VirtualService{vs}}).Routes()
		buckets := live["weighted/all"].Buckets
		require.Len(t, buckets, lane.Buckets)
		for i, b := range buckets {
			want := "base"
			if b.Number%10 == 7 {
				want = "canary"
			}
			assert.Equal(t, lane.Bucket{Number: i, Lane: want}, b)
		}
	}
	plain := newRoutes("edge", "entry", nil, "mocka.default.svc.cluster.local")
	plain.Spec.Http = bySticky(t, "base", false).Spec.Http[:1]
	for name, r := range (&liveIngress{ours: []*networkingv1.VirtualService{plain}}).Routes() {
		assert.Empty(t, r.Buckets, name)
	}
}

// The largest entry fits into an object, which has 1.5 MiB.
func TestTheLargestEntryThatClientsStayWithIsWritten(t *testing.T) {
	long := strings.Repeat("l", 58)
	sticky := &lane.Sticky{Cookie: lane.Cookie{Name: long, MaxAge: 1<<31 - 1}}
	for b := range lane.Buckets {
		sticky.Buckets = append(sticky.Buckets, lane.Bucket{Number: b, Lane: long})
	}
	var routes []resolvedRoute
	for i := range 4 { // alternatives at most
		routes = append(routes, resolvedRoute{subsets: []string{long}, IngressRoute: lane.IngressRoute{
			Name: fmt.Sprintf("weighted/requestMatches[%d]", i), RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}, Sticky: sticky, Baseline: "base",
			Service:      types.NamespacedName{Namespace: strings.Repeat("n", 63), Name: strings.Repeat("s", 63)},
			Destinations: []lane.Destination{{Lane: long, Tag: long, Weight: 1, InLane: true}}}})
	}
	plan := lane.IngressPlan{Tag: lane.Tag{RouteHeader: "x-asm-prefer-tag", Baggage: true}}
	vs, err := ingressRoutes(plan, routes, types.NamespacedName{}, nil)
	require.NoError(t, err)
	out, err := json.Marshal(vs)
	require.NoError(t, err)
	assert.Less(t, len(out), 1400<<10)
}
