package apilog

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNextReadsWholeLinesOnce(t *testing.T) {
	l := &Log{path: filepath.Join(t.TempDir(), "audit.log")}
	none, err := l.Next()
	require.NoError(t, err)
	assert.Empty(t, none)

	first := `{"verb":"update","objectRef":{"resource":"destinationrules","namespace":"shop","name":"a"},` +
		`"requestReceivedTimestamp":"2026-01-01T00:00:00.000001Z","stageTimestamp":"2026-01-01T00:00:00.002001Z"}` + "\n"
	half := `{"verb":"get","objectRef":{"reso`
	require.NoError(t, os.WriteFile(l.path, []byte(first+half), 0o600))
	requests, err := l.Next()
	require.NoError(t, err)
	require.Len(t, requests, 1)
	assert.Equal(t, "2ms", requests[0].Done.Sub(requests[0].Received).String())

	require.NoError(t, os.WriteFile(l.path, []byte(first+half+`urce":"pods"}}`+"\n"), 0o600))
	requests, err = l.Next()
	require.NoError(t, err)
	require.Len(t, requests, 1)
	assert.Equal(t, "pods", requests[0].Resource)
}

func TestCountByKind(t *testing.T) {
	requests := []Request{
		{Verb: "update", Resource: "virtualservices"}, {Verb: "create", Resource: "destinationrules"},
		{Verb: "update", Resource: "asmswimlanes", Subresource: "status"}, {Verb: "patch", Resource: "asmswimlanes"},
		{Verb: "get", Resource: "destinationrules"}, {Verb: "watch", Resource: "pods"},
	}

	writes := Count(requests, Request.Write)

	assert.Equal(t, "asmswimlanes 1, mesh 2, status 1", writes.String())
	assert.Equal(t, 4, writes.Total())
	assert.Equal(t, 1, Count(requests, Request.Read).Total())
}
