package facts

import (
	"strings"
	"testing"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

// tenants has in a namespace of its own all that a Service of a group has, with the same
// names, labels and markers, in the middle of a release into a lane of the group.
func tenants() []client.Object {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	marked := fixture.Pod("stable-1", "base", c.ReplicaSet)
	marked.Labels[apiv1.LaneMarker("s2")], marked.Labels[apiv1.LabelOutside] = apiv1.MarkerValue, apiv1.MarkerValue
	rollout := fixture.Rollout("Progressing", "InRolling", "", func(r *kruisev1beta1.Rollout) {
		r.Annotations = map[string]string{apiv1.AnnotationLane: "canary"}
	})
	all := []client.Object{c.Service, c.Stable, c.ReplicaSet, d, rs, pod, marked, rollout}
	for _, o := range all {
		o.SetNamespace("tenant")
	}
	return all
}

func TestWhatATenantHasIsNoFactOfAGroup(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	for name, ours := range map[string][]client.Object{
		"at rest":     c.Objects(fixture.Rollout("Healthy", "Completed", "True")),
		"in a lane":   c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod),
		"no Rollouts": c.Objects(),
	} {
		t.Run(name, func(t *testing.T) {
			copies := func() (out []client.Object) {
				for _, o := range ours {
					out = append(out, o.DeepCopyObject().(client.Object))
				}
				return out
			}
			assert.Equal(t, snapshot(t, newCluster(t, copies()...)), snapshot(t, newCluster(t, append(copies(), tenants()...)...)))
		})
	}
}

func TestWhatATenantHasWakesAndLabelsNobody(t *testing.T) {
	f := newCluster(t, fixture.NewChain().Objects(tenants()...)...)
	registry, err := f.Registry(t.Context())
	require.NoError(t, err)
	for _, o := range tenants() {
		switch o := o.(type) {
		case *corev1.Pod:
			members, err := f.MembersWithPod(t.Context(), registry, o.Namespace, o.Labels)
			require.NoError(t, err)
			assert.Empty(t, members)
			placements, err := f.Placements(t.Context(), o, o.Namespace)
			require.NoError(t, err)
			assert.Empty(t, placements, "the webhook leaves it alone")
		case *appsv1.Deployment:
			members, err := f.MembersWithWorkload(t.Context(), registry, o)
			require.NoError(t, err)
			assert.Empty(t, members)
		case *kruisev1beta1.Rollout:
			members, err := f.MembersWithRollout(t.Context(), registry, o)
			require.NoError(t, err)
			assert.Empty(t, members)
			o.Spec.WorkloadRef = fixture.WorkloadRef("CloneSet", "mockb-v1")
			members, err = f.MembersWithRollout(t.Context(), registry, o)
			require.NoError(t, err)
			assert.Empty(t, members, "of a kind that is not cached")
		case *corev1.Service:
			assert.Empty(t, registry.Members(client.ObjectKeyFromObject(o)))
		}
	}
}

// Nothing limits the kind and the name of an owner, or of what a Rollout releases.
func TestNobodysNamesMakeAMessageTooLong(t *testing.T) {
	long := strings.Repeat("x", 250_000)
	pod := refOfOwner(&metav1.OwnerReference{APIVersion: "v1", Kind: long, Name: long})
	assert.Less(t, len(pod.short()), 600)
	rollout := fixture.Rollout("Healthy", "Completed", "True")
	rollout.Spec.WorkloadRef.Kind = long
	assert.Less(t, len(unsupported(rollout).Message), 600)
}
