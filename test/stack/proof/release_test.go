package proof

import (
	"fmt"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/stack"
)

func applyLanes(t *testing.T, s *stack.Stack) {
	t.Helper()
	for _, file := range []string{"destinationrules", "virtualservices"} {
		tmpl, err := template.ParseFiles("testdata/" + file + ".yaml.tmpl")
		require.NoError(t, err)
		var yaml strings.Builder
		require.NoError(t, tmpl.Execute(&yaml, []string{"mocka", "mockb", "mockc"}))
		apply(t, s, yaml.String())
	}
}

// publish releases a version of mockb, and returns when its canary waits. The
// step's state may be the last release's until the condition says that this one
// is under way.
func publish(t *testing.T, s *stack.Stack, version int) {
	t.Helper()
	kubectl(t, s, "set", "image", "deployment/mockb-v1", fmt.Sprintf("default=%s:%d.0", cluster.Image, version))
	await(t, s, "rollout/rollouts-mockb", `jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=InRolling`)
	await(t, s, "rollout/rollouts-mockb", "jsonpath={.status.canaryStatus.currentStepState}=StepPaused")
}

// approve returns when Kruise has acted on it: its own late write may undo it.
func approve(t *testing.T, s *stack.Stack, service string) {
	t.Helper()
	c, err := cluster.New(s)
	require.NoError(t, err)
	require.NoError(t, c.Approve(t.Context(), service))
	for _, e := range c.Timeline.Events() {
		t.Logf("%s: %s %s", e.Service, e.Kind, e.Detail)
	}
}

func awaitPhase(t *testing.T, s *stack.Stack, phase string) {
	t.Helper()
	await(t, s, "rollouts.rollouts.kruise.io", "jsonpath={.status.phase}="+phase, "--all")
}

// await waits for what kubectl can wait for.
func await(t *testing.T, s *stack.Stack, what, condition string, more ...string) {
	t.Helper()
	kubectl(t, s, append([]string{"wait", what, "--for=" + condition, "--timeout=" + patience.String()}, more...)...)
}
