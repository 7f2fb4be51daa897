package rolloutwatch

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// farewell takes our markers off the pods of a Service that left, as the API
// server has them: the cache may not have seen yet what was written on them a
// moment ago, and once the Service is forgotten nobody looks at them again.
func (r *serviceReconciler) farewell(ctx context.Context, req serviceRequest, s lane.Snapshot) error {
	if r.facts.Live == nil {
		return nil
	}
	var service corev1.Service
	if ok, err := found(ctx, r.facts.Client, req.Service, "", &service); err != nil || !ok || len(service.Spec.Selector) == 0 {
		return err
	}
	var pods corev1.PodList
	err := r.facts.Live.List(ctx, &pods, client.InNamespace(service.Namespace), client.MatchingLabels(service.Spec.Selector))
	if err != nil {
		return fmt.Errorf("listing the pods of Service %s: %w", req.Service, err)
	}
	s.Pods = nil
	for i := range pods.Items {
		if !podDead(&pods.Items[i]) {
			s.Pods = append(s.Pods, podFacts(&pods.Items[i], lane.Owner{}))
		}
	}
	stale, err := r.relabel(ctx, req, s, lane.Compute(s))
	if stale && err == nil {
		err = trafficprovider.ErrLookAgain
	}
	return err
}
