package rolloutwatch

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// patchLabels changes the labels of a pod and nothing else. A pod that is gone
// needs none.
func patchLabels(ctx context.Context, c client.Client, key types.NamespacedName, change lane.Change) error {
	labels := make(map[string]*string, len(change.Set)+len(change.Remove))
	for k, v := range change.Set {
		labels[k] = &v
	}
	for _, k := range change.Remove {
		labels[k] = nil // null removes it
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels}})
	if err != nil {
		return fmt.Errorf("relabelling pod %s: %w", key, err)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	if err := client.IgnoreNotFound(c.Patch(ctx, pod, client.RawPatch(types.MergePatchType, patch))); err != nil {
		return fmt.Errorf("relabelling pod %s: %w", key, err)
	}
	return nil
}
