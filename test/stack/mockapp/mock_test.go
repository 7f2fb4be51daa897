package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func env(kv ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return func(k string) string { return m[k] }
}

func start(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func get(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestChain(t *testing.T) {
	c := start(t, newMock(env("app", "mockc", "version", "v1", "POD_IP", "10.0.0.3")))
	b := start(t, newMock(env("app", "mockb", "version", "v2", "POD_IP", "10.0.0.2", "upstream_url", c)))
	code, body := get(t, b+"/any/path")
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "-> mockb(version: v2, ip: 10.0.0.2)-> mockc(version: v1, ip: 10.0.0.3)", body)
}

func TestResettingAnswersNothing(t *testing.T) {
	resetting := start(t, newMock(env("app", "mockc", "MOCK_MODE", "resetting")))
	code, body := get(t, start(t, newMock(env("app", "mockb", "upstream_url", resetting))))
	assert.Equal(t, http.StatusBadGateway, code)
	assert.Contains(t, body, "EOF")
}

func TestForwardsExactlyTheNamedHeaders(t *testing.T) {
	var got http.Header
	up := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	headers := []string{"x-asm-prefer-tag", "canary", "my-request-id", "7", "baggage", "a=b"}

	get(t, start(t, newMock(env("upstream_url", up))), headers...)
	assert.Equal(t, "canary", got.Get("x-asm-prefer-tag"))
	assert.Equal(t, "7", got.Get("my-request-id"))
	assert.Empty(t, got.Get("baggage"), "it was not told to pass this on")

	get(t, start(t, newMock(env("upstream_url", up, "FORWARD_HEADERS", "baggage"))), headers...)
	assert.Equal(t, "a=b", got.Get("baggage"))
	assert.Empty(t, got.Get("x-asm-prefer-tag"))
}

func TestUpstreamFailuresAreVisible(t *testing.T) {
	failing := start(t, newMock(env("app", "mockc", "MOCK_MODE", "failing")))
	code, body := get(t, start(t, newMock(env("app", "mockb", "upstream_url", failing))))
	assert.Equal(t, http.StatusInternalServerError, code)
	assert.Contains(t, body, "HTTP(500)")
	assert.Contains(t, body, "-> mockc(")

	code, body = get(t, start(t, newMock(env("app", "mockb", "upstream_url", "http://127.0.0.1:1/"))))
	assert.Equal(t, http.StatusBadGateway, code)
	assert.Contains(t, body, "-> mockb(")
	assert.Contains(t, body, "ERR(")
}

func TestAnInstrumentedOnePassesBaggageOn(t *testing.T) {
	for propagators, want := range map[string]string{"tracecontext,baggage": "x-lane=s2", "": ""} {
		var got http.Header
		upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
		defer upstream.Close()
		env := map[string]string{"upstream_url": upstream.URL, "FORWARD_HEADERS": "x-nothing", "OTEL_PROPAGATORS": propagators}
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header.Set("Baggage", "x-lane=s2")
		req.Header.Set("X-Lane", "s2")
		application(func(name string) string { return env[name] }).ServeHTTP(httptest.NewRecorder(), req)
		assert.Equal(t, want, got.Get("Baggage"))
		assert.Empty(t, got.Get("X-Lane"))
	}
}
