package istio

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// full is an expression as Envoy matches it.
func full(m *networkingapi.StringMatch) *regexp.Regexp {
	return regexp.MustCompile("^(?:" + m.GetRegex() + ")$")
}

func TestMembersOfBaggage(t *testing.T) {
	canary := full(member("x-lane", "canary"))
	for baggage, want := range map[string]bool{
		"x-lane=canary":                   true,
		"a=1,x-lane=canary":               true,
		"x-lane=canary,a=1":               true,
		"b=2, x-lane = canary ;p=1 , a=1": true,
		",x-lane=canary":                  true,
		"a=1;p=2,\tx-lane\t=\tcanary;q":   true,
		"x-lane=canary2":                  false,
		"x-lane=base":                     false,
		"foo-x-lane=canary":               false,
		"a=b;x-lane=canary":               false, // a property
		"X-Lane=canary":                   false, // names are told apart by case
		"x.lane=canary":                   false,
		"":                                false,
	} {
		assert.Equal(t, want, canary.MatchString(baggage), baggage)
	}
}

// Whoever may choose a lane by his baggage loses it at the entry.
func TestBaggageThatMayChooseALane(t *testing.T) {
	dirty := full(ofLanes("x-lane"))
	for baggage, want := range map[string]bool{
		"user=jason":           false,
		"user=jason%20b,a=%41": false, // values may be encoded
		"a=b;p=%20":            false,
		"x-lane=canary":        true,
		"a=1,x-lane=%63anary":  true,
		"a=1, X-LANE =b":       true,
		"x%2Dlane=canary":      true,
		"a=1,%78-lane=canary":  true,
		"a=1;b, x-lan%65=c":    true,
		"user=x-lane":          true, // harmless, and replaced all the same
	} {
		assert.Equal(t, want, dirty.MatchString(baggage), baggage)
	}
}

func TestHowAnEntryStampsBaggage(t *testing.T) {
	by := lane.Tag{RouteHeader: "x-lane", Baggage: true}
	ways := entryWays(by, lane.RequestMatch{})
	require.Len(t, ways, 2)
	own, none := stampTag(by, "canary", ways[0]).Request, stampTag(by, "canary", ways[1]).Request
	assert.Equal(t, map[string]string{"x-lane": "canary", "baggage": "x-lane=canary,%REQ(baggage)%"}, own.Set)
	assert.Equal(t, map[string]string{"x-lane": "canary", "baggage": "x-lane=canary"}, none.Set)

	own, none = stampTag(by, "", ways[0]).Request, stampTag(by, "", ways[1]).Request
	assert.Equal(t, []string{"x-lane"}, own.Remove, "it says nothing of lanes")
	assert.Equal(t, []string{"x-lane", "baggage"}, none.Remove)

	assert.Len(t, entryWays(by, lane.RequestMatch{Headers: map[string]lane.Match{"baggage": {}}}), 1, "one expression cannot ask for two things")
	assert.Len(t, entryWays(lane.Tag{RouteHeader: "x-lane"}, lane.RequestMatch{}), 1)
}

// Nor on the one of the ids from which tags are restored, in an entry or in the mesh: all requests
// would have one.
func TestPatchesLeaveTraceIDsAlone(t *testing.T) {
	by := lane.Tag{RouteHeader: "x-lane", Trace: "my-request-id"}
	group := lane.Group{Name: "g", Tag: by, Services: []types.NamespacedName{mockb}, DefaultPolicy: lane.Policy{Route: []byte(`{"headers": {"request": {"set": {"My-Request-ID": "fixed"}}}}`)}}
	problem := (&Provider{}).CheckPatches(group)
	require.NotNil(t, problem)
	assert.Contains(t, problem.Message, "the header my-request-id")
	group.Trace = ""
	assert.Nil(t, (&Provider{}).CheckPatches(group), "without a filter it is an application's own affair")
}

// A patch decides on no header that carries a tag.
func TestPatchesLeaveBaggageAlone(t *testing.T) {
	by := lane.Tag{RouteHeader: "x-lane", Baggage: true}
	base := &networkingapi.HTTPRoute{Headers: stampTag(by, "canary", entryWays(by, lane.RequestMatch{})[1])}
	patch := lane.Policy{Route: []byte(`{"headers": {"request": {"set": {"Baggage": "x-lane=base"}}}}`)}
	for _, tags := range [][]string{{"x-lane", "baggage"}, {"x-lane"}} {
		_, err := mergeRoute(patch, mockb, tags, base)
		if len(tags) == 2 {
			assert.ErrorContains(t, err, "the header baggage")
		} else {
			assert.NoError(t, err)
		}
	}
}
