package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValuesThatEnvoyTakes(t *testing.T) {
	for _, value := range []string{
		"", "plain", "é", "a\tb", "100%% sure", "%%", "%%ENV%%", "%HOSTNAME%", "prefix %PROTOCOL% suffix", "%REQ(x)%%PROTOCOL%",
		"%REQ(:authority)%", "%REQ(X-A?:PATH)%", "%REQ(x-user):12%", "%RESP(server)%", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
		"%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%", "%DOWNSTREAM_PEER_URI_SAN%", "%UPSTREAM_HOST%", "%ENVIRONMENT(HOME)%",
		"%DYNAMIC_METADATA(a:b):10%", `%UPSTREAM_METADATA(["a","b"])%`, "%FILTER_STATE(a:PLAIN)%", "%FILTER_STATE(a)%",
		"%START_TIME%", "%START_TIME(%Y/%m/%dT%H:%M:%S%z)%", "%START_TIME(%s.%3f)%",
	} {
		assert.Empty(t, valueProblem(value), value)
	}
}

func TestValuesThatEnvoyRefuses(t *testing.T) {
	const percent, unknown = "write %% for a percent sign", "is not known to be a command"
	for value, want := range map[string]string{
		"100% sure": percent, "50% %": percent, "%": percent, "%%%": percent, "%HOSTNAME": percent, "%protocol%": percent, "%PROTOCOL %": percent,
		"%ENV%": "%ENV% " + unknown, "a %BOGUS%": "%BOGUS% " + unknown, "%REQ%": unknown, "%REQ()%": unknown, "%REQ(a b)%": unknown,
		"%REQ(a?b?c)%": unknown, "%REQ(a):x%": unknown, "%PROTOCOL(a)%": unknown, "%PROTOCOL:3%": unknown, "%UPSTREAM_METADATA(a:b):3%": unknown,
		"%START_TIME(%3n)%": "%", "%START_TIME(%n)%": "%", "%FILTER_STATE(a:b)%": unknown,
		"a\nb": "no line break", "a\rb": "no line break", "a\x00b": "no line break", "%REQ(a\n)%": "no line break",
	} {
		assert.Contains(t, valueProblem(value), want, "%q", value)
	}
}
