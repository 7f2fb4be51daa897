package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1"
)

func TestRequestsThatAreSafeToRepeatAreSentAgain(t *testing.T) {
	tag := map[string]*networkingapi.StringMatch{"x-asm-prefer-tag": exactly("canary")}
	route := &networkingapi.HTTPRoute{Name: "canary", Match: []*networkingapi.HTTPMatchRequest{
		{Headers: tag}, {Headers: tag, Uri: exactly("/mock")},
	}}
	before := proto.Clone(route)

	routes := withRetries(route, true)

	require.Len(t, routes, 2)
	assert.True(t, proto.Equal(before, route), "what it is given stays as it is")
	rest := routes[1]
	assert.Equal(t, unreached, rest.Retries.RetryOn)
	assert.True(t, rest.Retries.RetryRemoteLocalities.GetValue())
	rest.Retries = nil
	assert.True(t, proto.Equal(before, rest), "all other requests go the lane's own way")
	safe := routes[0]
	assert.True(t, safe.Retries.RetryRemoteLocalities.GetValue())
	assert.Equal(t, "canary/safe", safe.Name)
	assert.Contains(t, safe.Retries.RetryOn, "reset")
	require.Len(t, safe.Match, 2)
	for i, m := range safe.Match {
		assert.Equal(t, "GET|HEAD|OPTIONS", m.Method.GetRegex(), "every alternative asks for the method")
		m.Method = nil
		assert.True(t, proto.Equal(route.Match[i], m))
	}
}

func TestOfTheMethodsThatARuleAsksForTheSafeOnesAreSentAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		asked *networkingapi.StringMatch
		safe  string // empty: no route of its own
	}{
		"one that is safe":  {exactly("GET"), "GET"},
		"one that is not":   {exactly("POST"), ""},
		"some of both":      {&networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: "GET|POST|HEAD"}}, "GET|HEAD"},
		"by how they begin": {&networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: "O"}}, "OPTIONS"},
		"begins like none":  {&networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: "P"}}, ""},
	} {
		routes := withRetries(&networkingapi.HTTPRoute{Name: "canary", Match: []*networkingapi.HTTPMatchRequest{{Method: tc.asked}}}, true)
		last := routes[len(routes)-1]
		assert.True(t, proto.Equal(tc.asked, last.Match[0].Method), name)
		assert.Equal(t, unreached, last.Retries.RetryOn, name)
		if tc.safe == "" {
			assert.Len(t, routes, 1, name)
			continue
		}
		assert.Equal(t, tc.safe, routes[0].Match[0].Method.GetRegex(), name)
	}
}

func TestARouteForEverythingStaysOneForSafeMethodsOnly(t *testing.T) {
	routes := withRetries(&networkingapi.HTTPRoute{Name: "canary/rule"}, true)

	require.Len(t, routes, 2)
	require.Len(t, routes[0].Match, 1, "without a match it would take everything")
	assert.Equal(t, "GET|HEAD|OPTIONS", routes[0].Match[0].Method.GetRegex())
	assert.Empty(t, routes[1].Match)
}

func TestRetriesWhoseUserSaysWhenStand(t *testing.T) {
	for name, retries := range map[string]*networkingapi.HTTPRetry{
		"none":           {Attempts: 0},
		"one":            {Attempts: 1},
		"and says when":  {Attempts: 3, RetryOn: "5xx"},
		"for what is ok": {Attempts: 2, RetryOn: "connect-failure"},
	} {
		route := &networkingapi.HTTPRoute{Name: "canary", Retries: retries}
		assert.Equal(t, []*networkingapi.HTTPRoute{route}, withRetries(route, true), name)
	}
}

func TestRetriesWhoseUserDoesNotSayWhenPassOverDeadPods(t *testing.T) {
	route := &networkingapi.HTTPRoute{Name: "canary", Retries: &networkingapi.HTTPRetry{Attempts: 5, PerTryTimeout: durationpb.New(time.Second)}}

	routes := withRetries(route, true)

	require.Len(t, routes, 2)
	for i, when := range []string{safeRetries, unreached} {
		r := routes[i].Retries
		assert.Equal(t, int32(5), r.Attempts)
		assert.Equal(t, time.Second, r.PerTryTimeout.AsDuration())
		assert.Equal(t, when, r.RetryOn)
		assert.True(t, r.RetryRemoteLocalities.GetValue())
	}
}

// Where a hash chooses the pod, Istio sends to the same one again unless it is told not to.
func TestAnotherPodIsTriedFirstUnlessTheUserSaysOtherwise(t *testing.T) {
	for name, tc := range map[string]struct {
		says *wrapperspb.BoolValue
		want bool
	}{
		"nothing":  {nil, true},
		"another":  {wrapperspb.Bool(true), true},
		"the same": {wrapperspb.Bool(false), false},
	} {
		route := &networkingapi.HTTPRoute{Name: "canary", Retries: &networkingapi.HTTPRetry{Attempts: 3, RetryIgnorePreviousHosts: tc.says}}
		for _, r := range withRetries(route, true) {
			require.NotNil(t, r.Retries.RetryIgnorePreviousHosts, name)
			assert.Equal(t, tc.want, r.Retries.RetryIgnorePreviousHosts.GetValue(), name)
		}
	}
}
