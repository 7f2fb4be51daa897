package webhook

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"lanekeeper.io/lane"
)

// Source knows which Services of which groups select a pod, and who owns it. It
// answers from caches.
type Source interface {
	// Placements returns the pod seen from each group's Service that selects
	// it, in a stable order; none when lanes are no business of the pod's.
	// namespace is the pod's: a new pod's own field may still be empty.
	Placements(ctx context.Context, pod *corev1.Pod, namespace string) ([]lane.Placement, error)
}

// podStamper labels pods as they are created.
type podStamper struct {
	source Source
}

var _ admission.Defaulter[*corev1.Pod] = (*podStamper)(nil)

// Default gives the pod the labels of its lane. An error leaves it as it came;
// who handles the request decides whether that refuses the pod.
func (s *podStamper) Default(ctx context.Context, pod *corev1.Pod) error {
	defer func(start time.Time) { latency.Observe(time.Since(start).Seconds()) }(time.Now())

	placements, err := s.source.Placements(ctx, pod, namespaceOf(ctx, pod))
	if err != nil {
		return fmt.Errorf("looking for the pod's lane: %w", err)
	}
	st := stampOf(placements, pod.Labels)
	verdicts.WithLabelValues(st.verdict).Inc()

	log := logf.FromContext(ctx).WithValues("pod", podName(pod), "verdict", st.verdict)
	for _, problem := range st.problems {
		log.Info("no lane for a pod", "reason", problem.Reason, "message", problem.Message)
	}
	if !st.change.Empty() {
		pod.Labels = st.change.Apply(pod.Labels)
		log.V(1).Info("pod stamped", "labels", st.change.String())
	}
	return nil
}

// namespaceOf is the namespace of the request: a controller that creates pods
// need not repeat it in the object.
func namespaceOf(ctx context.Context, pod *corev1.Pod) string {
	if req, err := admission.RequestFromContext(ctx); err == nil && req.Namespace != "" {
		return req.Namespace
	}
	return pod.Namespace
}

// podName is what there is of a name before the API server has made one.
func podName(pod *corev1.Pod) string {
	if pod.Name != "" {
		return pod.Name
	}
	return pod.GenerateName + "*"
}
