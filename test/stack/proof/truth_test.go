package proof

import (
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/stack"
)

const (
	image    = "registry.cn-beijing.aliyuncs.com/aliacs-app-catalog/go-http-sample"
	allV1    = "mocka:v1 > mockb:v1 > mockc:v1"
	bIsV2    = "mocka:v1 > mockb:v2 > mockc:v1"
	bIsV3    = "mocka:v1 > mockb:v3 > mockc:v1"
	patience = 60 * time.Second
)

// TestStackTellsTheTruth plays a release with lane objects written by hand, under
// load. What the controller is later measured by must hold without it: otherwise
// the stack would lie about the mesh.
func TestStackTellsTheTruth(t *testing.T) {
	s := start(t, "truth")
	applySamples(t, s, "1-gateway.yaml", "2-apps.yaml", "4-rollouts.yaml")
	applyLanes(t, s)
	kubectl(t, s, "wait", "--for=condition=Available", "deployment", "--all", "--timeout=60s")
	awaitPhase(t, s, "Healthy")

	way := through(t, s)
	eventually(t, way, load.Tagged("canary"), allV1) // falls back, there is no canary
	eventually(t, way, load.Untagged(), allV1)
	everybodyKnowsTheRoutes(t, way)

	way.Streams = []load.Stream{load.Tagged("canary"), load.Untagged()}
	run, err := load.Start(t.Context(), way)
	require.NoError(t, err)
	t.Cleanup(func() { run.Stop() })

	t.Log("publish and approve")
	publish(t, s, "2.0")
	eventually(t, way, load.Tagged("canary"), bIsV2)
	approved := time.Now()
	approve(t, s, "mockb")
	awaitPhase(t, s, "Healthy")
	eventually(t, way, load.Untagged(), bIsV2)

	t.Log("publish and undo")
	publish(t, s, "3.0")
	eventually(t, way, load.Tagged("canary"), bIsV3)
	kubectl(t, s, "kruise", "rollout", "undo", "rollout/rollouts-mockb")
	eventually(t, way, load.Tagged("canary"), bIsV2)
	awaitPhase(t, s, "Healthy")

	records := run.Stop()
	t.Logf("what was sent:\n%s", load.Summarize(records))
	for _, r := range records {
		assert.Empty(t, r.Err, "request %s (%s) is lost", r.ID, r.Stream)
		if r.Stream == "untagged" && r.End.Before(approved) {
			assert.Equal(t, allV1, r.Chain.String(), "request %s met the canary", r.ID)
		}
		if r.Stream == "untagged" {
			assert.NotEqual(t, bIsV3, r.Chain.String(), "request %s met the version that was never approved", r.ID)
		}
	}
}

// everybodyKnowsTheRoutes waits until a run of requests is without an error: each
// proxy hears of new routes at its own time.
func everybodyKnowsTheRoutes(t *testing.T, way load.Config) {
	t.Helper()
	require.Eventually(t, func() bool {
		for range 20 {
			if chain(way, load.Tagged("canary")) != allV1 || chain(way, load.Untagged()) != allV1 {
				return false
			}
		}
		return true
	}, patience, 100*time.Millisecond)
}

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

// publish releases a version of mockb, and returns when its canary waits.
func publish(t *testing.T, s *stack.Stack, version string) {
	t.Helper()
	kubectl(t, s, "set", "image", "deployment/mockb-v1", "default="+image+":"+version)
	kubectl(t, s, "wait", "rollout/rollouts-mockb", "--timeout="+patience.String(),
		`--for=jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=InRolling`)
	kubectl(t, s, "wait", "rollout/rollouts-mockb", "--timeout="+patience.String(),
		"--for=jsonpath={.status.canaryStatus.currentStepState}=StepPaused")
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
	kubectl(t, s, "wait", "rollouts.rollouts.kruise.io", "--all", "--timeout="+patience.String(),
		"--for=jsonpath={.status.phase}="+phase)
}
