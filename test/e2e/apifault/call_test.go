package apifault

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCallOf(t *testing.T) {
	cases := map[string]struct {
		method, url string
		want        Call
	}{
		"create a rule": {http.MethodPost, "/apis/networking.istio.io/v1/namespaces/default/destinationrules",
			Call{Verb: "POST", Resource: "destinationrules", Namespace: "default"}},
		"update a rule": {http.MethodPut, "/apis/networking.istio.io/v1/namespaces/default/destinationrules/dr?timeout=5s",
			Call{Verb: "PUT", Resource: "destinationrules", Namespace: "default", Name: "dr"}},
		"status of a lane": {http.MethodPut, "/apis/istio.alibabacloud.com/v1/asmswimlanes/canary/status",
			Call{Verb: "PUT", Resource: "asmswimlanes", Name: "canary", Subresource: "status"}},
		"watch of pods": {http.MethodGet, "/api/v1/pods?watch=true&resourceVersion=1",
			Call{Verb: "GET", Resource: "pods", Watch: true}},
		"a namespace itself": {http.MethodGet, "/api/v1/namespaces/default",
			Call{Verb: "GET", Resource: "namespaces", Name: "default"}},
		"discovery": {http.MethodGet, "/apis/apps/v1", Call{Verb: "GET"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, callOf(httptest.NewRequest(tc.method, tc.url, nil)))
		})
	}
}

func TestWhatCountsAsAWrite(t *testing.T) {
	assert.True(t, Call{Verb: "PUT", Resource: "virtualservices"}.Mesh())
	assert.False(t, Call{Verb: "GET", Resource: "virtualservices"}.Mesh())
	assert.True(t, Call{Verb: "PATCH", Resource: "pods"}.Write())
	assert.False(t, Call{Verb: "PATCH", Resource: "pods"}.Mesh())
	assert.False(t, Call{Verb: "PUT", Resource: "leases"}.Write(), "a leader renews it all the time")
}

func TestCallNames(t *testing.T) {
	status := Call{Verb: "PUT", Resource: "asmswimlanes", Name: "canary", Subresource: "status"}
	assert.Equal(t, "PUT asmswimlanes/status canary", status.String())
	assert.Equal(t, "POST pods default", Call{Verb: "POST", Resource: "pods", Namespace: "default"}.String())
	assert.Equal(t, "PATCH pods", Call{Verb: "PATCH", Resource: "pods", Namespace: "default", Name: "a"}.Kind())
}
