package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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

// podStamper labels pods as they are created. It reads their metadata only and
// answers with a patch of labels: to read a whole pod, and to compare it with
// what becomes of it, would be most of what a pod's creation costs here.
type podStamper struct {
	source Source
}

var _ admission.Handler = (*podStamper)(nil)

// Handle gives the pod the labels of its lane. An error leaves it as it came;
// who handles the request decides whether that refuses the pod.
func (s *podStamper) Handle(ctx context.Context, req admission.Request) admission.Response {
	defer func(start time.Time) { latency.Observe(time.Since(start).Seconds()) }(time.Now())

	pod, err := readPod(req.Object.Raw)
	if err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	namespace := cmp.Or(req.Namespace, pod.Namespace)
	placements, err := s.source.Placements(ctx, pod, namespace)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, fmt.Errorf("looking for the pod's lane: %w", err))
	}
	st := stampOf(placements, pod.Labels)
	verdicts.WithLabelValues(st.verdict).Inc()

	log := logf.FromContext(ctx)
	for _, problem := range st.problems {
		log.Info("no lane for a pod", "namespace", namespace, "pod", podName(pod), "verdict", st.verdict,
			"reason", problem.Reason, "message", problem.Message)
	}
	if log := log.V(1); log.Enabled() && !st.change.Empty() {
		log.Info("pod stamped", "namespace", namespace, "pod", podName(pod), "verdict", st.verdict, "labels", st.change.String())
	}
	return admission.Patched("", labelPatch(pod.Labels, st.change)...)
}
