package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPodsWithoutTheirAgentAreNamedWhereTagsAreInBaggage(t *testing.T) {
	s := snapshot(chain("canary"), basePod("base-0"), basePod("base-1"))
	s.Pods[1].AgentMissing = "instrumentation.opentelemetry.io/inject-java"
	assert.Empty(t, Compute(s).Notes, "the applications pass on the tag themselves")
	s.Group.Baggage = true
	notes := Compute(s).Notes
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0].Message, "1 of its pods (e.g. base-1): no OpenTelemetry agent, which their annotation instrumentation.opentelemetry.io/inject-java asks for")
}
