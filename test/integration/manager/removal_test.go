package manager

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/test/integration/ports"
)

// within is how long kubectl waits for what ends by itself.
const within = "--timeout=180s"

// TestRemoval takes the product off one API server again and again, with a lane
// that has pods: in the right order, in wrong ones, and where nobody is left to
// do it. What is installed afterwards works each time.
func TestRemoval(t *testing.T) {
	s := newSite(t)
	installation.FinishNamespaces(t, s.server)

	t.Run("the samples, as they were applied", func(t *testing.T) {
		s.install(t)
		out, err := s.kubectl(t, "delete", "-k", samples(t), within)
		require.NoError(t, err, out)
		s.requireNoTraffic(t) // a pod whose Service is gone keeps our labels; here nobody deletes it
	})
	t.Run("the lane, and then the group in the foreground", func(t *testing.T) {
		s.install(t)
		out, err := s.kubectl(t, "delete", "asmswimlane", "canary", within)
		require.NoError(t, err, out)
		assert.Equal(t, map[string]string{"app": "mockb", tagLabel: "canary", apiv1.LabelOutside: "1"}, s.labels(t, "mockb-canary"))
		out, err = s.kubectl(t, "delete", "asmswimlanegroup", "rollout", "--cascade=foreground", "--wait=false")
		require.NoError(t, err, out)
		s.requireTrafficAsBefore(t)
		group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "rollout"}}
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			require.NoError(t, s.c.Get(s.test.Context(), client.ObjectKeyFromObject(group), group))
			assert.Equal(t, []string{metav1.FinalizerDeleteDependents}, group.Finalizers)
		}, patience, 100*time.Millisecond)
		installation.FinishForeground(t, s.c, group)
		out, err = s.kubectl(t, "delete", "asmswimlanes", "--all", within)
		require.NoError(t, err, out)
	})
	t.Run("the kinds first, while a manager runs", func(t *testing.T) {
		s.install(t)
		out, err := s.kubectl(t, "delete", "-k", crds(t), within)
		require.NoError(t, err, out)
		s.requireTrafficAsBefore(t)
		s.requireOrder(t)
		assert.Nil(t, s.manager.command.ProcessState, "the manager goes on")
	})
	t.Run("the manager first", func(t *testing.T) {
		s.install(t) // the same manager follows when the kinds are back
		s.manager.stop(t, syscall.SIGTERM)
		out, err := s.kubectl(t, "delete", "-k", crds(t), "--timeout=2s")
		require.Error(t, err, out)
		s.requireTrafficAsItWas(t)
		require.NoError(t, s.c.Create(t.Context(), newcomer("default")), "pods come without us")

		s.start(t)
		out, err = s.kubectl(t, "delete", "-k", crds(t), within)
		require.NoError(t, err, "a manager that is back finishes it: %s", out)
		s.requireTrafficAsBefore(t)
	})
	t.Run("everything at once, and then the script", func(t *testing.T) {
		s.install(t)
		s.manager.stop(t, syscall.SIGTERM)
		s.start(t, "--settle=10m") // however long kubectl takes for all the rest
		out, err := s.kubectl(t, "delete", "-k", apiserver.Path(t, "manifests", "default"), "--timeout=3s")
		require.Error(t, err, out)
		// The managers lose their rights somewhere in a withdrawal, and end.
		s.manager.stop(t, syscall.SIGKILL)
		assert.NotEmpty(t, s.subsets(t))
		s.requireAdmitted(t)
		out, err = s.script(t, "TIMEOUT=2s")
		require.Error(t, err, out)
		assert.Contains(t, out, "If none can run any more: ")

		out, err = s.script(t, "SETTLE=1", "--force")
		require.NoError(t, err, out)
		s.requireTrafficAsBefore(t)
		s.requireGone(t)
	})
	t.Run("the script", func(t *testing.T) {
		s.install(t)
		out, err := s.script(t)
		require.NoError(t, err, out)
		s.requireTrafficAsBefore(t)
		s.requireOrder(t)
		s.requireGone(t)
		s.requireAdmitted(t)
		out, err = s.script(t)
		require.NoError(t, err, "it can be run again: %s", out)
	})
	t.Run("a manager without our kinds says what it lacks", func(t *testing.T) {
		s.manager.stop(t, syscall.SIGKILL)
		lost := startReplica(t, "lost", s.program, s.account, ports.Reserve(t, 3), s.c)
		select {
		case <-lost.ended:
		case <-time.After(patience):
			require.FailNow(t, "it goes on", lost.log.String())
		}
		assert.Contains(t, lost.log.String(), "stopped: a CRD is missing: apply manifests/crd")
	})
	t.Run("the mesh first", func(t *testing.T) {
		s.install(t)
		out, err := s.kubectl(t, "delete", "customresourcedefinitions", within,
			"virtualservices.networking.istio.io", "destinationrules.networking.istio.io")
		require.NoError(t, err, out)
		out, err = s.script(t)
		require.NoError(t, err, out)
		s.requireGone(t)
	})
}
