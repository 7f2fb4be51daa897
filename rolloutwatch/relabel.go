package rolloutwatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"lanekeeper.io/lane"
)

// relabel corrects pods whose labels do not say what they are. stale says that a pod
// was not what it was when it was looked at.
func (r *serviceReconciler) relabel(ctx context.Context, req serviceRequest, s lane.Snapshot, plan lane.Plan) (stale bool, err error) {
	var failures []error
	for _, change := range plan.Relabel {
		ours, err := r.facts.mayLabel(ctx, req, labelsOf(s.Pods, change.Pod))
		if err == nil && ours {
			err = r.relabelPod(ctx, plan.Service.Namespace, change)
		}
		if apierrors.IsConflict(err) {
			stale = true
			continue
		}
		failures = append(failures, err)
	}
	return stale, errors.Join(failures...)
}

func (r *serviceReconciler) relabelPod(ctx context.Context, namespace string, change lane.Relabel) error {
	key, v := types.NamespacedName{Namespace: namespace, Name: change.Pod}, change.Verdict
	if err := patchLabels(ctx, r.client, key, change.Version, v.Change); err != nil {
		return err
	}
	r.metrics.relabelled.WithLabelValues(string(v.Kind)).Inc()
	log.FromContext(ctx).Info("relabelled a pod", "pod", key, "labels", v.Change.String(), "lane", v.Lane)
	return nil
}

// mayLabel decides which of several Services labels a pod that all of them
// select: the first one of the oldest group. Their verdicts may differ, and two
// would undo each other for ever.
func (f *Facts) mayLabel(ctx context.Context, req serviceRequest, labels map[string]string) (bool, error) {
	catalog, err := f.catalogs.get(ctx, f.Client)
	if err != nil {
		return false, err
	}
	services, err := f.servicesOf(ctx, req.Service.Namespace, labels)
	if err != nil {
		return false, err
	}
	services = catalog.oldestFirst(services)
	return len(services) == 0 || serviceRequest{catalog.owner(services[0]).Name, services[0]} == req, nil
}

func labelsOf(pods []lane.Pod, name string) map[string]string {
	for _, p := range pods {
		if p.Name == name {
			return p.Labels
		}
	}
	return nil
}

// patchLabels changes the labels of a pod and nothing else, if it is still of that
// version. A pod that is gone needs none.
func patchLabels(ctx context.Context, c client.Client, key types.NamespacedName, version string, change lane.Change) error {
	labels := make(map[string]*string, len(change.Set)+len(change.Remove))
	for k, v := range change.Set {
		labels[k] = &v
	}
	for _, k := range change.Remove {
		labels[k] = nil // null removes it
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels, "resourceVersion": version}})
	if err != nil {
		return fmt.Errorf("relabelling pod %s: %w", key, err)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	if err := client.IgnoreNotFound(c.Patch(ctx, pod, client.RawPatch(types.MergePatchType, patch))); err != nil {
		return fmt.Errorf("relabelling pod %s: %w", key, err)
	}
	return nil
}
