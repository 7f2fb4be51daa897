package timeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
)

// canaryDeployment is the label with which Kruise marks its canary Deployments.
const canaryDeployment = "rollouts.kruise.io/canary-deployment"

// versionTag is an image tag as the samples' versions have it: 2.0, 2.0-broken.
var versionTag = regexp.MustCompile(`:(\d+)(\.\d+)*(-\w+)?$`)

// versionOf is the version that the mock application of a template prints.
func versionOf(pod corev1.PodSpec) string {
	for _, c := range pod.Containers {
		if m := versionTag.FindStringSubmatch(c.Image); m != nil {
			return "v" + m[1]
		}
	}
	return ""
}

// ownerOf is the name of the pod's Deployment: its ReplicaSet is named after
// the Deployment and the hash that the pod carries.
func ownerOf(pod *corev1.Pod) string {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return ""
	}
	return strings.TrimSuffix(owner.Name, "-"+pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey])
}

// ready is what puts a pod into its Service's endpoints.
func ready(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// stageOf is a Rollout's stage in words. Phase and the condition's reason are
// what counts; the step's state is stale after a rollback.
func stageOf(r *rolloutsv1beta1.Rollout) string {
	words := []string{string(r.Status.Phase)}
	for _, c := range r.Status.Conditions {
		switch c.Type {
		case rolloutsv1beta1.RolloutConditionProgressing:
			words = append(words, c.Reason)
		case rolloutsv1beta1.RolloutConditionSucceeded:
			words = append(words, fmt.Sprintf("succeeded=%s", c.Status))
		}
	}
	if s := r.Status.CanaryStatus; s != nil && r.Status.Phase == rolloutsv1beta1.RolloutPhaseProgressing {
		words = append(words, fmt.Sprintf("step %d %s", s.CurrentStepIndex, s.CurrentStepState))
	}
	return strings.Join(words, " ")
}

// serviceOf is the Service that a generated traffic object is for; empty for
// the group's ingress.
func serviceOf(o metav1.Object) string { return o.GetLabels()[lanev1.LabelService] }

func ours(o metav1.Object) bool { return o.GetLabels()[lanev1.LabelManagedBy] == lanev1.ManagedBy }

// objects are those of ours that there are, by what they are for. While a Service or
// an entry passes from one group to another, each may have one.
type objects map[string]map[string]bool

// othersLike notes that an object is there, or not any more, and says how many
// others of its kind are for the same.
func (s objects) othersLike(o client.Object, deleted bool) int {
	about := fmt.Sprintf("%T %s/%s", o, o.GetLabels()[lanev1.LabelServiceNamespace], serviceOf(o))
	if s[about] == nil {
		s[about] = map[string]bool{}
	}
	delete(s[about], o.GetNamespace()+"/"+o.GetName())
	others := len(s[about])
	if !deleted {
		s[about][o.GetNamespace()+"/"+o.GetName()] = true
	}
	return others
}

// management says what a change of one of our objects, beside which there are others,
// means for its Service, or for the entry. The rule goes last; routes say who serves.
func management(o any, deleted bool, others int) (Kind, bool) {
	switch o := o.(type) {
	case *networkingv1.DestinationRule:
		return Unmanaged, deleted && others == 0
	case *networkingv1.VirtualService:
		if deleted {
			return Unmanaged, serviceOf(o) == "" && others == 0
		}
		return Managed, o.Generation <= 1
	}
	return "", false
}

// contentOf is what people look for in a traffic object: its subsets.
func contentOf(o any) string {
	var subsets []string
	switch o := o.(type) {
	case *networkingv1.DestinationRule:
		for _, s := range o.Spec.Subsets {
			subsets = append(subsets, s.Name)
		}
		return "DestinationRule " + o.Name + " subsets " + strings.Join(subsets, ",")
	case *networkingv1.VirtualService:
		for _, h := range o.Spec.Http {
			for _, r := range h.Route {
				if s := r.GetDestination().GetSubset(); !slices.Contains(subsets, s) {
					subsets = append(subsets, s)
				}
			}
		}
		return "VirtualService " + o.Name + " routes to " + strings.Join(subsets, ",")
	}
	return fmt.Sprintf("%T", o)
}
