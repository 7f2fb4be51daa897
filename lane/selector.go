package lane

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Selects reports whether labels have all of a selector. An empty selector selects
// nothing.
func Selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return len(selector) > 0
}

// hashLabels are DefaultDeploymentUniqueLabelKey and ControllerRevisionHashLabelKey of
// k8s.io/api/apps/v1.
var hashLabels = []string{"pod-template-hash", "controller-revision-hash"}

// SelectorKeys returns the label keys by which a workload finds its pods, Kubernetes'
// own among them; sorted. A workload loses a pod on which one of them changes, and
// creates another.
func SelectorKeys(selector *metav1.LabelSelector) []string {
	keys := slices.Clone(hashLabels)
	if selector != nil {
		keys = slices.AppendSeq(keys, maps.Keys(selector.MatchLabels))
		for _, e := range selector.MatchExpressions {
			keys = append(keys, e.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// LabelKeysIn returns the label keys of the group's lanes by which a workload finds its
// pods, so that these cannot change lanes; sorted.
func (g Group) LabelKeysIn(selector *metav1.LabelSelector) []string {
	keys := g.LabelKeys()
	return slices.DeleteFunc(SelectorKeys(selector), func(key string) bool { return !slices.Contains(keys, key) })
}

// CureSelector is what to do about a lane label in a workload's selector.
const CureSelector = "undo a running release, then recreate the Deployment without the label in its selector (a selector cannot be changed)"

// lockedKey returns a key of the workload's selector that the change would touch; false
// when it touches none.
func lockedKey(c Change, locked []string) (string, bool) {
	for _, k := range locked {
		if _, ok := c.Set[k]; ok || slices.Contains(c.Remove, k) {
			return k, true
		}
	}
	return "", false
}

// disjoint reports whether no pod matches both selectors: some key has different values
// in them.
func disjoint(a, b map[string]string) bool {
	for k, v := range a {
		if w, ok := b[k]; ok && w != v {
			return true
		}
	}
	return false
}
