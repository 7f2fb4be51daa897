// Package manager shows the program as it is installed: manifests/default on a
// real API server, two replicas with the rights of their ServiceAccount and no
// others, and people with kubectl.
package manager

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/test/integration/ports"
)

func TestManager(t *testing.T) {
	server := installation.Start(t)
	c := server.Client(t, client.Options{Scheme: scheme(t)})
	program, account := build(t), serviceAccount(t, server)

	free := ports.Reserve(t, 6)
	replicas := []*replica{
		startReplica(t, "one", program, account, free[:3], c),
		startReplica(t, "two", program, account, free[3:], c),
	}
	for _, r := range replicas {
		requireReady(t, r)
	}
	leader, follower := leaderOf(t, replicas)

	// Whoever follows serves as well as whoever leads.
	installation.Reach(t, c, follower.webhook)
	installation.AwaitCalls(t, c)
	awaitWarnings(t, server)
	applySamples(t, server)
	requireAccepted(t, c, "base", "canary")

	t.Run("pods", func(t *testing.T) { podsAreStamped(t, c) })
	t.Run("people", func(t *testing.T) { peopleAreTold(t, server) })
	t.Run("its own pods are let in", func(t *testing.T) { ownPodsAreLetIn(t, c) })
	t.Run("rights", func(t *testing.T) { rightsAreFew(t, server) })
	t.Run("its certificate is renewed without a failed call", func(t *testing.T) { certificateIsRenewed(t, c, follower) })
	t.Run("a CA bundle overwritten by hand is repaired", func(t *testing.T) { bundleIsRepaired(t, c) })

	t.Run("a leader that stops gives the lease back", func(t *testing.T) {
		lease := watchLease(t, server)
		assert.Zero(t, leader.stop(t, syscall.SIGTERM), "a clean end")

		lease.requireGivenBack(t)
		require.Eventually(t, follower.leads, patience, 100*time.Millisecond)
		ok, body := follower.ready()
		assert.True(t, ok, body)
	})

	t.Run("nothing was tried that the ServiceAccount may not do", func(t *testing.T) {
		for _, r := range replicas {
			for line := range strings.Lines(r.log.String()) {
				assert.NotContains(t, line, "forbidden", "replica %s", r.name)
			}
		}
	})
}

func requireReady(t *testing.T, r *replica) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		ok, body := r.ready()
		assert.True(t, ok, body)
	}, patience, 100*time.Millisecond, "replica %s", r.name)
}

// leaderOf tells the one that leads from the one that does not.
func leaderOf(t *testing.T, replicas []*replica) (leader, follower *replica) {
	t.Helper()
	require.Eventually(t, func() bool { return replicas[0].leads() != replicas[1].leads() }, patience, 100*time.Millisecond)
	if replicas[0].leads() {
		return replicas[0], replicas[1]
	}
	return replicas[1], replicas[0]
}

// awaitWarnings returns when the API server asks about lanes: another configuration
// than that of the pods, of which it hears by itself.
func awaitWarnings(t *testing.T, server *apiserver.Server) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		out, err := server.Kubectl(t, "apply", "--dry-run=server", "-f", apiserver.Path(t, "test", "integration", "manager", "testdata", "early-lane.yaml"))
		assert.NoError(c, err, out)
		assert.Contains(c, out, "Warning: the lane waits for its group")
	}, patience, 100*time.Millisecond)
}

func applySamples(t *testing.T, server *apiserver.Server) {
	t.Helper()
	out, err := server.Kubectl(t, "create", "namespace", "istio-system")
	require.NoError(t, err, out)
	out, err = server.Kubectl(t, "apply", "-k", apiserver.Path(t, "manifests", "samples", "full-chain"))
	require.NoError(t, err, out)
	// kubectl applies kinds by their names.
	assert.Contains(t, out, "Warning: the lane waits for its group: ASMSwimLaneGroup rollout does not exist yet")
	assert.NotContains(t, out, "failed calling webhook")
}

// requireAccepted waits until the mesh keeps each lane's pods out of the others.
func requireAccepted(t *testing.T, c client.Client, lanes ...string) {
	t.Helper()
	ctx := t.Context()
	for _, name := range lanes {
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			var l apiv1.ASMSwimLane
			require.NoError(t, c.Get(ctx, client.ObjectKey{Name: name}, &l))
			assert.True(t, meta.IsStatusConditionTrue(l.Status.Conditions, apiv1.ConditionAccepted), "lane %s: %v", name, l.Status.Conditions)
		}, patience, 100*time.Millisecond)
	}
}

// ownPodsAreLetIn: the namespace's Pod Security level is the strictest.
func ownPodsAreLetIn(t *testing.T, c client.Client) {
	var deployment appsv1.Deployment
	require.NoError(t, c.Get(t.Context(), client.ObjectKey{Namespace: installation.Namespace, Name: "lanekeeper"}, &deployment))
	pod := &corev1.Pod{ObjectMeta: deployment.Spec.Template.ObjectMeta, Spec: deployment.Spec.Template.Spec}
	pod.Namespace, pod.GenerateName = installation.Namespace, "lanekeeper-"

	require.NoError(t, c.Create(t.Context(), pod, client.DryRunAll))
}

func peopleAreTold(t *testing.T, server *apiserver.Server) {
	cases := map[string]struct {
		file    string
		refused bool
		want    string
	}{
		"a lane that could select another's pods": {
			file: "clashing-lane.yaml", refused: true,
			want: "lanes base and clash could select the same pod: their labelSelectors must share a key with different values",
		},
		"an entry rule to a service outside the group": {
			file: "entry-outside.yaml",
			want: "Warning: ingress rule entry of lane gray sends requests to default/shop, which is no service of group rollout, so that they cannot follow the lane: add it to spec.services, or correct the destination",
		},
		"a lane of no group yet": {
			file: "early-lane.yaml", want: "Warning: the lane waits for its group: ASMSwimLaneGroup tomorrow does not exist yet",
		},
		"a group in strict mode": {
			file: "strict-group.yaml", want: "Warning: callers of no lane meet all versions of a service",
		},
		"a patch that sets what lanes depend on": {
			file: "patched-group.yaml", refused: true,
			want: "the trafficPolicyPatch of service default/mocka sets outlierDetection, which decides who serves a lane: remove that from the patch",
		},
		"a Rollout with Kruise's own routing": {
			file: "routed-rollout.yaml", want: "Warning: trafficRoutings on service default/mocka takes canary pods out of the Service",
		},
		"a Rollout into an unknown lane": {
			file: "lost-rollout.yaml", want: `Warning: annotation lanekeeper.io/lane names "v9", which is no gray lane of group rollout`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := server.Kubectl(t, "apply", "--dry-run=server", "-f", apiserver.Path(t, "test", "integration", "manager", "testdata", tc.file))
			assert.Contains(t, out, tc.want)
			assert.Equal(t, tc.refused, err != nil, out)
		})
	}
}
