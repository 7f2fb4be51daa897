package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1"
)

// What is in force of a route is what a user's patch made of it, and nothing of a lane's own.
func TestTheUsersRetriesOfALanesRouteStayInForce(t *testing.T) {
	own := &networkingapi.HTTPRoute{Name: "canary"}
	assert.Nil(t, routeInForce(withRetries(own, true)[1], []string{"x-tag"}))

	own.Retries = &networkingapi.HTTPRetry{Attempts: 3, PerTryTimeout: durationpb.New(2 * time.Second)}
	assert.JSONEq(t, `{"retries": {"attempts": 3, "perTryTimeout": "2s"}}`, string(routeInForce(withRetries(own, true)[1], []string{"x-tag"})))

	own.Retries.RetryIgnorePreviousHosts = wrapperspb.Bool(false)
	assert.JSONEq(t, `{"retries": {"attempts": 3, "perTryTimeout": "2s", "retryIgnorePreviousHosts": false}}`, string(routeInForce(withRetries(own, true)[1], []string{"x-tag"})))
	own.Retries.RetryIgnorePreviousHosts = nil

	own.Retries.RetryOn = "5xx"
	assert.JSONEq(t, `{"retries": {"attempts": 3, "perTryTimeout": "2s", "retryOn": "5xx"}}`, string(routeInForce(withRetries(own, true)[0], []string{"x-tag"})))
}
