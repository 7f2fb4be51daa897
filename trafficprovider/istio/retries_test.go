package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
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
	assert.True(t, proto.Equal(before, routes[1]), "all other requests go the lane's own way")
	safe := routes[0]
	assert.Equal(t, "canary/safe", safe.Name)
	assert.Contains(t, safe.Retries.RetryOn, "reset")
	require.Len(t, safe.Match, 2)
	for i, m := range safe.Match {
		assert.Equal(t, safeMethods, m.Method.GetRegex(), "every alternative asks for the method")
		m.Method = nil
		assert.True(t, proto.Equal(route.Match[i], m))
	}
}

func TestARouteForEverythingStaysOneForSafeMethodsOnly(t *testing.T) {
	routes := withRetries(&networkingapi.HTTPRoute{Name: "canary/rule"}, true)

	require.Len(t, routes, 2)
	require.Len(t, routes[0].Match, 1, "without a match it would take everything")
	assert.Equal(t, safeMethods, routes[0].Match[0].Method.GetRegex())
	assert.Empty(t, routes[1].Match)
}

func TestRetriesOfTheUsersOwnStand(t *testing.T) {
	off := &networkingapi.HTTPRoute{Name: "canary", Retries: &networkingapi.HTTPRetry{Attempts: 0}}

	assert.Equal(t, []*networkingapi.HTTPRoute{off}, withRetries(off, true))
}
