package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// podStamper labels pods as they are created, and as they are given another revision in place. It reads their metadata only and
// answers with a patch of labels: decoding whole pods, and comparing them before and
// after, would be most of what a pod's creation costs here.
type podStamper struct {
	source  Source
	metrics *metrics
}

var _ admission.Handler = (*podStamper)(nil)

// Handle implements admission.Handler: it gives the pod the labels of its lane. After
// an error the pod is as it came, and failOpen decides whether that refuses it.
func (s *podStamper) Handle(ctx context.Context, req admission.Request) admission.Response {
	defer func(start time.Time) { s.metrics.latency.Observe(time.Since(start).Seconds()) }(time.Now())

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
	s.metrics.verdicts.WithLabelValues(st.verdict).Inc()

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
