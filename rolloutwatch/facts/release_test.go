package facts

import (
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// The canary of a version that was undone lives while the next one is published, or the
// same once more.
func TestTheCanaryOfAnEarlierRelease(t *testing.T) {
	for name, tc := range map[string]struct {
		phase, reason, succeeded string
		began                    int64
		marked                   bool
		stage                    lane.Stage
		old                      bool // whether the old canary is known as that
	}{
		"undone":                         {"Healthy", "Completed", "False", 1000, false, lane.StageRolledBack, false},
		"published, the status is stale": {"Healthy", "Completed", "False", 1000, true, lane.StageEntering, true},
		"initializing":                   {"Progressing", "Initializing", "", 2000, true, lane.StageEntering, true},
		"rolling":                        {"Progressing", "InRolling", "", 2000, true, lane.StageEntering, true},
		"promoted":                       {"Healthy", "Completed", "True", 2000, false, lane.StagePromoted, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture.NewChain()
			r := fixture.Rollout(tc.phase, tc.reason, tc.succeeded)
			r.Status.Conditions[0].LastTransitionTime = metav1.NewTime(time.Unix(tc.began, 0))
			// What Kruise has there until the new canary is ready.
			r.Status.CanaryStatus = &kruisev1beta1.CanaryStatus{CommonStatus: kruisev1beta1.CommonStatus{PodTemplateHash: "abc"}}
			if tc.marked {
				c.Stable.Annotations = map[string]string{annotationInProgressing: `{"rolloutName":"rollouts-mockb"}`}
			}
			d, rs, pod := c.Canary()
			d.CreationTimestamp = metav1.NewTime(time.Unix(1003, 0))
			pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "abc"
			f := newCluster(t, c.Objects(r, d, rs, pod)...)
			s := snapshot(t, f)
			assert.Equal(t, tc.stage, s.Releases[0].Stage)
			assert.True(t, s.Pods[0].Owner.Canary)
			assert.Equal(t, tc.old, s.Pods[0].Owner.Earlier)
			assert.False(t, s.Pods[1].Owner.Earlier, "the stable pod")

			placements, err := f.Placements(t.Context(), pod, "default")
			require.NoError(t, err)
			assert.Equal(t, tc.old, placements[0].Pod.Owner.Earlier, "as a new pod of it")
		})
	}
}

func TestTheCanaryOfTheReleaseBesideAnOldOne(t *testing.T) {
	c := fixture.NewChain()
	r := fixture.Rollout("Progressing", "InRolling", "")
	r.Status.Conditions[0].LastTransitionTime = metav1.NewTime(time.Unix(2000, 0))
	old, oldSet, oldPod := c.Canary()
	old.CreationTimestamp = metav1.NewTime(time.Unix(1003, 0))
	d := fixture.Canary("mockb-v1-zzzzz", c.Stable.Name)
	d.CreationTimestamp = metav1.NewTime(time.Unix(2003, 0))
	rs := fixture.ReplicaSet(d)
	pod := fixture.Pod("canary-2", "canary", rs)
	s := snapshot(t, newCluster(t, c.Objects(r, old, oldSet, oldPod, d, rs, pod)...))
	assert.Equal(t, lane.StageInLane, s.Releases[0].Stage)
	assert.True(t, s.Pods[0].Owner.Earlier)
	assert.False(t, s.Pods[1].Owner.Earlier)
	assert.Equal(t, "canary-2", s.Pods[1].Name)
}
