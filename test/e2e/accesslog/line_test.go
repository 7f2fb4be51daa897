package accesslog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	fine = `start=2026-11-26T01:02:03.456Z method=GET path="/mock" code=200 flags=- details="via_upstream" failure="-" duration=12 ` +
		`upstream=10.244.0.5:8000 cluster="outbound|8000|canary|mocka.default.svc.cluster.local" downstream=10.244.0.1:40000 route="canary/canary" ` +
		`authority="10.244.0.2:8080" id="tagged-1-7" tag="canary" xid="abc"`
	slow = `start=2026-11-26T01:02:04.000Z method=GET path="/a b=c" code=503 flags=URX,UF ` +
		`details="upstream_reset_before_response_started{connection_timeout}" failure="-" duration=10001 upstream=10.244.0.6:8000 id="tagged-1-8" tag="canary"`
	nobody = `start=2026-11-26T01:02:05.000Z method=GET path="/mock" code=503 flags=UH details="no_healthy_upstream" failure="-" duration=0 upstream=- id="tagged-1-9"`
)

func TestParse(t *testing.T) {
	l, ok := Parse(fine)
	require.True(t, ok)
	assert.Equal(t, Line{Start: time.Date(2026, 11, 26, 1, 2, 3, 456e6, time.UTC), Duration: 12 * time.Millisecond,
		Flags: "-", Details: "via_upstream", Upstream: "10.244.0.5", ID: "tagged-1-7", Text: fine}, l)
	assert.False(t, l.ConnectTimedOut())

	l, ok = Parse(slow)
	require.True(t, ok)
	assert.True(t, l.ConnectTimedOut())
	assert.Equal(t, l.Start.Add(10001*time.Millisecond), l.End())

	l, ok = Parse(nobody)
	require.True(t, ok)
	assert.Empty(t, l.Upstream)

	for _, other := range []string{"", "2026-11-26T01:02:03Z\tinfo\tready", "start=", "start=yesterday duration=1", `start=2026-11-26T01:02:05.000Z duration=long`} {
		_, ok := Parse(other)
		assert.False(t, ok, other)
	}
}

func TestExplain(t *testing.T) {
	dir := t.TempDir()
	for pod, lines := range map[string][]string{
		"istio-system_gateway": {fine, "some words", slow}, "default_mocka": {slow, nobody},
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "pods", pod), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "pods", pod, "istio-proxy.log"), []byte(strings.Join(lines, "\n")), 0o600))
	}
	lost, _ := Parse(slow)
	var out strings.Builder
	require.NoError(t, Explain(&out, dir, lost.ID, lost.Start, lost.End()))

	mine, others, _ := strings.Cut(out.String(), "others at that time")
	assert.Equal(t, 2, strings.Count(mine, "tagged-1-8\" tag"), "both proxies saw it")
	assert.Contains(t, others, "tagged-1-7", "sent at the same time")
	assert.Contains(t, others, "no_healthy_upstream", "another that went wrong meanwhile")

	require.ErrorContains(t, Explain(&out, t.TempDir(), "x", lost.Start, lost.End()), "no proxy's log")
}
