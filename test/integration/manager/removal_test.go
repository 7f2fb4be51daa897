package manager

import (
	"strings"
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
)

// TestRemoval takes the product off one API server again and again, with a lane
// that has pods: in the right order, in wrong ones, and where nobody is left to
// do it. What is installed afterwards works each time.
func TestRemoval(t *testing.T) {
	server := installation.Start(t)
	installation.FinishNamespaces(t, server)
	r := &removal{
		test: t, server: server, c: server.Client(t, client.Options{Scheme: scheme(t)}),
		program: build(t), account: serviceAccount(t, server), admin: administrator(t, server),
	}
	installation.NewNamespace(t, r.c, "istio-system", nil)
	installation.NewNamespace(t, r.c, "strict", map[string]string{apiv1.LabelAdmission: apiv1.AdmissionRequired})
	for _, pod := range []string{"mocka base", "mockb base", "mockc base", "mockb canary"} {
		app, tag, _ := strings.Cut(pod, " ")
		r.serve(app, tag)
	}

	t.Run("the samples, as they were applied", func(t *testing.T) {
		r.install(t)
		out, err := r.kubectl(t, "delete", "-k", samples(t), "--timeout=60s")
		require.NoError(t, err, out)
		r.requireNoTraffic(t) // a pod whose Service is gone keeps our labels; here nobody deletes it
	})
	t.Run("the lane, and then the group in the foreground", func(t *testing.T) {
		r.install(t)
		out, err := r.kubectl(t, "delete", "asmswimlane", "canary", "--timeout=60s")
		require.NoError(t, err, out)
		assert.Equal(t, map[string]string{"app": "mockb", tagLabel: "canary", apiv1.LabelOutside: "1"}, r.labels(t, "mockb-canary"))
		out, err = r.kubectl(t, "delete", "asmswimlanegroup", "rollout", "--cascade=foreground", "--wait=false")
		require.NoError(t, err, out)
		r.requireTrafficAsBefore(t)
		group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "rollout"}}
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			require.NoError(t, r.c.Get(r.test.Context(), client.ObjectKeyFromObject(group), group))
			assert.Equal(t, []string{metav1.FinalizerDeleteDependents}, group.Finalizers)
		}, patience, 100*time.Millisecond)
		installation.FinishForeground(t, r.c, group)
		out, err = r.kubectl(t, "delete", "asmswimlanes", "--all", "--timeout=60s")
		require.NoError(t, err, out)
	})
	t.Run("the kinds first, while a manager runs", func(t *testing.T) {
		r.install(t)
		out, err := r.kubectl(t, "delete", "-k", crds(t), "--timeout=60s")
		require.NoError(t, err, out)
		r.requireTrafficAsBefore(t)
		r.requireOrder(t)
		assert.Nil(t, r.manager.command.ProcessState, "the manager goes on")
	})
	t.Run("the manager first", func(t *testing.T) {
		r.install(t) // the same manager follows when the kinds are back
		r.manager.stop(t, syscall.SIGTERM)
		out, err := r.kubectl(t, "delete", "-k", crds(t), "--timeout=2s")
		require.Error(t, err, out)
		r.requireTrafficAsItWas(t)
		require.NoError(t, r.c.Create(t.Context(), newcomer("default")), "pods come without us")

		r.start(t)
		out, err = r.kubectl(t, "delete", "-k", crds(t), "--timeout=60s")
		require.NoError(t, err, "a manager that is back finishes it: %s", out)
		r.requireTrafficAsBefore(t)
	})
	t.Run("everything at once, and then the script", func(t *testing.T) {
		r.install(t)
		out, err := r.kubectl(t, "delete", "-k", apiserver.Path(t, "manifests", "default"), "--timeout=3s")
		require.Error(t, err, out)
		// The managers lose their rights somewhere in a withdrawal, and end.
		r.manager.stop(t, syscall.SIGKILL)
		assert.NotEmpty(t, r.subsets(t))
		require.NoError(t, r.c.Create(t.Context(), newcomer("strict")), "no pod waits for a webhook that is gone")
		out, err = r.script(t, "TIMEOUT=2s")
		require.Error(t, err, out)
		assert.Contains(t, out, "If none can run any more: ")

		out, err = r.script(t, "SETTLE=1", "--force")
		require.NoError(t, err, out)
		r.requireTrafficAsBefore(t)
		r.requireGone(t)
	})
	t.Run("the script", func(t *testing.T) {
		r.install(t)
		out, err := r.script(t)
		require.NoError(t, err, out)
		r.requireTrafficAsBefore(t)
		r.requireOrder(t)
		r.requireGone(t)
		require.NoError(t, r.c.Create(t.Context(), newcomer("strict")))
		out, err = r.script(t)
		require.NoError(t, err, "it can be run again: %s", out)
	})
}

