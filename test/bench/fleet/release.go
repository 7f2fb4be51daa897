package fleet

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// How many status writes of a Rollout belong to a publication and to a
// promotion.
const (
	PublishEvents = 2 // Initializing, InRolling
	PromoteEvents = 3 // Finalising, Completed, Healthy
)

// Publish does for the first Services what Kruise does when their Deployments
// get a new version: a canary of one ready pod.
func (f *Fleet) Publish(t testing.TB, services int) {
	t.Helper()
	f.parallel(t, 0, services, f.publish)
}

// Promote ends those releases as Kruise does after an approval.
func (f *Fleet) Promote(t testing.TB, services int) {
	t.Helper()
	f.parallel(t, 0, services, f.promote)
}

func (f *Fleet) publish(ctx context.Context, n int) error {
	if err := f.mark(ctx, n, true); err != nil {
		return err
	}
	if err := f.Stand(ctx, n, Initializing); err != nil {
		return err
	}
	// The copy that Kruise makes: the stable one's selector and template.
	canary := newDeployment(n, "v1", Base)
	canary.Name = canaryName(n)
	canary.Labels = map[string]string{"rollouts.kruise.io/canary-deployment": Service(n) + "-v1"}
	if err := f.run(ctx, canary, 1); err != nil {
		return err
	}
	if err := f.serve(ctx, n, true); err != nil {
		return err
	}
	return f.Stand(ctx, n, InRolling)
}

func (f *Fleet) promote(ctx context.Context, n int) error {
	if err := f.mark(ctx, n, false); err != nil {
		return err
	}
	if err := f.Stand(ctx, n, Finalising); err != nil {
		return err
	}
	if err := f.serve(ctx, n, false); err != nil {
		return err
	}
	for _, o := range []client.Object{
		&appsv1.Deployment{ObjectMeta: meta(n, canaryName(n))},
		&appsv1.ReplicaSet{ObjectMeta: meta(n, canaryName(n)+hash)},
		&corev1.Pod{ObjectMeta: meta(n, canaryName(n)+hash+"-0")},
	} {
		if err := f.Client.Delete(ctx, o, client.GracePeriodSeconds(0)); err != nil {
			return err
		}
	}
	if err := f.Stand(ctx, n, Completed); err != nil {
		return err
	}
	return f.Stand(ctx, n, Healthy)
}

// NewPods are pods as the ReplicaSets of a version of the first Services would
// make next; none exists yet.
func (f *Fleet) NewPods(t testing.TB, services int, version string) []*corev1.Pod {
	t.Helper()
	out := make([]*corev1.Pod, services)
	for n := range services {
		rs := &appsv1.ReplicaSet{ObjectMeta: meta(n, Service(n)+"-"+version+hash)}
		require.NoError(t, f.Client.Get(t.Context(), client.ObjectKeyFromObject(rs), rs))
		out[n] = podOf(rs, rs.Name+"-new")
	}
	return out
}

func canaryName(n int) string { return Service(n) + "-" + Canary }
