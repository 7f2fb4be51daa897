package node

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

var now = time.Unix(1e9, 0)

func statusOf(s podState, pod *corev1.Pod) corev1.PodStatus { return s.status(pod, nil, now) }

func conditionOf(s corev1.PodStatus, t corev1.PodConditionType) corev1.PodCondition {
	for _, c := range s.Conditions {
		if c.Type == t {
			return c
		}
	}
	return corev1.PodCondition{}
}

func TestPodStatus(t *testing.T) {
	up := containerFacts{Name: "app", Phase: running, Ready: true, Started: now}
	slow := containerFacts{Name: "app", Phase: running, NotReady: "connection refused", Started: now}
	ended := func(code int) containerFacts {
		return containerFacts{Name: "app", Phase: finished, Last: &exit{Code: code}}
	}
	crashed := containerFacts{Name: "app", Phase: waiting, Reason: reasonCrashLoop, Restarts: 2, Last: &exit{Code: 1}}
	cases := map[string]struct {
		state podState
		phase corev1.PodPhase
		ready bool
		why   string
	}{
		"starting":                  {podState{Containers: []containerFacts{{Name: "app", Reason: reasonCreating}}}, corev1.PodPending, false, "ContainerCreating"},
		"ready":                     {podState{Containers: []containerFacts{up}}, corev1.PodRunning, true, ""},
		"not answering":             {podState{Containers: []containerFacts{slow}}, corev1.PodRunning, false, "connection refused"},
		"one of two":                {podState{Containers: []containerFacts{up, slow}}, corev1.PodRunning, false, "connection refused"},
		"sidecar not ready":         {podState{Containers: []containerFacts{up}, Sidecar: &containerFacts{Name: SidecarName, Phase: running, NotReady: "503"}}, corev1.PodRunning, false, SidecarName},
		"sidecar ready":             {podState{Containers: []containerFacts{up}, Sidecar: &containerFacts{Name: SidecarName, Phase: running, Ready: true}}, corev1.PodRunning, true, ""},
		"between restarts":          {podState{Containers: []containerFacts{crashed}}, corev1.PodRunning, false, reasonCrashLoop},
		"finished well":             {podState{Containers: []containerFacts{ended(0)}}, corev1.PodSucceeded, false, "has ended"},
		"finished badly":            {podState{Containers: []containerFacts{ended(0), ended(137)}}, corev1.PodFailed, false, "has ended"},
		"one of two has finished":   {podState{Containers: []containerFacts{ended(0), up}}, corev1.PodRunning, false, "has ended"},
		"killed before its start":   {podState{Containers: []containerFacts{{Name: "app", Phase: finished}}}, corev1.PodSucceeded, false, "has ended"},
		"ready while it is waiting": {podState{Containers: []containerFacts{{Name: "app", Phase: waiting, Ready: true, Reason: reasonImage}}}, corev1.PodPending, false, reasonImage},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := statusOf(tc.state, testPod())
			ready := conditionOf(got, corev1.PodReady)
			assert.Equal(t, tc.phase, got.Phase)
			assert.Equal(t, tc.ready, ready.Status == corev1.ConditionTrue)
			assert.Contains(t, ready.Message, tc.why)
			assert.Len(t, got.ContainerStatuses, len(tc.state.Containers))
		})
	}
}

func TestContainerStates(t *testing.T) {
	crashed := containerFacts{Phase: waiting, Reason: reasonCrashLoop, Restarts: 2, Ready: true, Last: &exit{Code: 137, Signal: 9}}.status()
	assert.Equal(t, reasonCrashLoop, crashed.State.Waiting.Reason)
	assert.Equal(t, int32(137), crashed.LastTerminationState.Terminated.ExitCode)
	assert.Equal(t, int32(2), crashed.RestartCount)
	assert.False(t, crashed.Ready, "a container that does not run is never ready")

	done := containerFacts{Phase: finished, Last: &exit{}}.status()
	assert.Equal(t, "Completed", done.State.Terminated.Reason)
}

func TestReadinessGates(t *testing.T) {
	pod := testPod()
	pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "InPlaceUpdateReady"}}
	s := podState{Containers: []containerFacts{{Phase: running, Ready: true}}}
	got := statusOf(s, pod)
	assert.Equal(t, corev1.ConditionTrue, conditionOf(got, corev1.ContainersReady).Status)
	assert.Equal(t, "ReadinessGatesNotReady", conditionOf(got, corev1.PodReady).Reason)

	pod.Status.Conditions = []corev1.PodCondition{{Type: "InPlaceUpdateReady", Status: corev1.ConditionTrue}}
	assert.Equal(t, corev1.ConditionTrue, conditionOf(statusOf(s, pod), corev1.PodReady).Status)
}

func TestTransitionTimes(t *testing.T) {
	up := podState{Containers: []containerFacts{{Phase: running, Ready: true}}}
	first := statusOf(up, testPod())
	again := up.status(testPod(), &first, now.Add(time.Hour))
	assert.Equal(t, first.Conditions, again.Conditions)

	down := podState{Containers: []containerFacts{{Phase: running}}}.status(testPod(), &first, now.Add(time.Hour))
	assert.Equal(t, now.Add(time.Hour).Unix(), conditionOf(down, corev1.PodReady).LastTransitionTime.Unix())
}

func TestStatusPatchForgetsReasonsAndLeavesMetadata(t *testing.T) {
	pod := testPod()
	pod.Status = statusOf(podState{IP: "10.244.0.7", HostIP: "10.244.0.1", Containers: []containerFacts{{Phase: running, Ready: true}}}, pod)
	raw, err := statusPatch(pod)
	require.NoError(t, err)
	var got struct {
		Metadata map[string]any
		Status   map[string]any
	}
	require.NoError(t, json.Unmarshal(raw, &got))
	assert.Equal(t, map[string]any{"uid": "u1"}, got.Metadata, "labels are not ours to write")
	assert.Contains(t, got.Status, "reason")
	assert.Equal(t, []any{map[string]any{"$patch": "replace"}, map[string]any{"ip": "10.244.0.7"}}, got.Status["podIPs"])
	for _, c := range got.Status["conditions"].([]any) {
		c := c.(map[string]any)
		assert.Contains(t, c, "message", "a True condition must not keep the reason it was False for")
		assert.Nil(t, c["message"])
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	var got []time.Duration
	for range 7 {
		got = append(got, b.next(time.Second))
	}
	assert.Equal(t, []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, maxBackoff, maxBackoff}, got)
	assert.Zero(t, b.next(stableRun), "a stable run is forgiven")
}

func TestInitContainersComeFirst(t *testing.T) {
	app := containerFacts{Name: "app", Reason: reasonCreating}
	agent := containerFacts{Name: "agent", Phase: running, Ready: true, Started: now}
	got := statusOf(podState{Init: []containerFacts{agent}, Containers: []containerFacts{app}}, testPod())
	assert.Equal(t, corev1.PodPending, got.Phase)
	require.Len(t, got.InitContainerStatuses, 1)
	assert.False(t, got.InitContainerStatuses[0].Ready, "it is ready when it has completed")
	initialized := conditionOf(got, corev1.PodInitialized)
	assert.Equal(t, corev1.ConditionFalse, initialized.Status)
	assert.Equal(t, "init container agent has not completed", initialized.Message)

	agent.Phase, agent.Last = finished, &exit{}
	got = statusOf(podState{Init: []containerFacts{agent}, Containers: []containerFacts{app}}, testPod())
	assert.True(t, got.InitContainerStatuses[0].Ready)
	assert.Equal(t, "Completed", got.InitContainerStatuses[0].State.Terminated.Reason)
	assert.Equal(t, corev1.ConditionTrue, conditionOf(got, corev1.PodInitialized).Status)
}
