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
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// relabel corrects pods whose labels differ from their verdict. stale reports whether a
// pod has changed since it was read.
func (r *serviceReconciler) relabel(ctx context.Context, key lane.GroupService, s lane.Snapshot, plan lane.Plan) (stale bool, err error) {
	var failures []error
	for _, change := range plan.Relabel {
		change.Verdict.Change, err = r.cluster.Permitted(ctx, key, labelsOf(s.Pods, change.Pod), change.Verdict.Change)
		if err == nil && !change.Verdict.Change.Empty() {
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
	pod, v := types.NamespacedName{Namespace: namespace, Name: change.Pod}, change.Verdict
	if err := patchLabels(ctx, r.client, pod, change.Version, v.Change); err != nil {
		return err
	}
	r.metrics.Relabelled.WithLabelValues(string(v.Kind)).Inc()
	log.FromContext(ctx).Info("relabelled a pod", "pod", pod, "labels", v.Change.String(), "lane", v.Lane, "why", v.Why.Message)
	return nil
}

func labelsOf(pods []lane.Pod, name string) map[string]string {
	for _, p := range pods {
		if p.Name == name {
			return p.Labels
		}
	}
	return nil
}

// patchLabels changes the labels of a pod and nothing else, if its resourceVersion is
// still that one. A pod that does not exist is no error.
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

// forget takes our markers off the pods of a Service that left its group, and then
// removes the Service from the store. It reads the pods from the API server: the cache
// may not have our last write yet, and nothing reconciles them after this.
func (r *serviceReconciler) forget(ctx context.Context, key lane.GroupService, s lane.Snapshot) (reconcile.Result, error) {
	var err error
	if s.Pods, err = r.cluster.ConfirmedPods(ctx, key.Service); err != nil {
		return r.failed(key, err)
	}
	stale, err := r.relabel(ctx, key, s, lane.Compute(s))
	if stale && err == nil {
		err = trafficprovider.ErrStale
	}
	if err != nil {
		return r.failed(key, err)
	}
	r.store.Remove(key)
	return reconcile.Result{}, nil
}
