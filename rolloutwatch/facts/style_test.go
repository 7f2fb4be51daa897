package facts

import (
	"testing"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestWhatIsSaidOfARolloutsStyle(t *testing.T) {
	three := intstr.FromInt32(3)
	early := func(r *kruisev1beta1.Rollout) { r.Spec.Strategy.Canary.Steps[0].Replicas = &three }
	blue := func(r *kruisev1beta1.Rollout) {
		r.Spec.Strategy.BlueGreen, r.Spec.Strategy.Canary = &kruisev1beta1.BlueGreenStrategy{Steps: r.Spec.Strategy.Canary.Steps}, nil
	}
	for name, tc := range map[string]struct {
		version, kind string
		edit          func(*kruisev1beta1.Rollout)
		want          []string
	}{
		"a Deployment in canary style": {"apps/v1", "Deployment", func(r *kruisev1beta1.Rollout) { r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary = true }, nil},
		"a Deployment by partition":    {"apps/v1", "Deployment", nil, []string{"takes pods from the baseline at each step: set strategy.canary.enableExtraWorkloadForCanary: true"}},
		"a Deployment blue-green":      {"apps/v1", "Deployment", blue, nil},
		"a StatefulSet":                {"apps/v1", "StatefulSet", nil, []string{"takes pods from the baseline at each step: see to it"}},
		"a StatefulSet that does as if it were a canary": {"apps/v1", "StatefulSet", func(r *kruisev1beta1.Rollout) { r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary = true },
			[]string{"takes pods from the baseline at each step: see to it"}},
		"a step that promotes early": {"apps.kruise.io/v1alpha1", "CloneSet", early, []string{"takes pods from the baseline", "step 1 of 2 of Rollout rollouts-mockb covers all 3 replicas"}},
		"a CloneSet blue-green":      {"apps.kruise.io/v1alpha1", "CloneSet", blue, []string{"an undo of that leaves pods of the new version"}},
		"a kind that nobody knows":   {"apps/v1", "DaemonSet", nil, nil},
	} {
		r := inItself(tc.version, tc.kind, 1, "")
		if tc.edit != nil {
			tc.edit(r)
		}
		got := styleNotes(r, Workload{Ref: releasedBy(r), Replicas: 3})
		if assert.Len(t, got, len(tc.want), name) {
			for i := range got {
				assert.Contains(t, got[i].Message, tc.want[i], name)
			}
		}
	}
}
