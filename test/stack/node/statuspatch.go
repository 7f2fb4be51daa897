package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// statusPatcher is the pods client given to virtual-kubelet. The library
// writes a status as an unconditional update of the pod it last saw, and the
// API server takes labels and annotations from such an update too: a label
// that somebody patched a moment before would be set back. Relabelling pods is
// what the product does, so the status goes out as a patch of the status alone.
type statusPatcher struct {
	corev1client.PodsGetter
	log io.Writer // virtual-kubelet retries without a word
}

func (s statusPatcher) Pods(namespace string) corev1client.PodInterface {
	return podStatusPatcher{s.PodsGetter.Pods(namespace), s.log}
}

type podStatusPatcher struct {
	corev1client.PodInterface
	log io.Writer
}

func (p podStatusPatcher) UpdateStatus(ctx context.Context, pod *corev1.Pod, _ metav1.UpdateOptions) (*corev1.Pod, error) {
	patch, err := statusPatch(pod)
	if err != nil {
		return nil, err
	}
	got, err := p.Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	if apierrors.IsConflict(err) {
		// The uid differs: a namesake has replaced the pod, whose status is
		// nobody's business any more.
		return nil, apierrors.NewNotFound(corev1.Resource("pods"), pod.Name)
	}
	if err != nil && !apierrors.IsNotFound(err) {
		_, _ = fmt.Fprintf(p.log, "pod %s/%s: write its status: %v\n", pod.Namespace, pod.Name, err)
	}
	return got, err
}

// statusPatch keeps what others own (conditions of other types, qosClass) and
// removes the reason and message that no longer hold.
func statusPatch(pod *corev1.Pod) ([]byte, error) {
	raw, err := json.Marshal(pod.Status)
	if err != nil {
		return nil, fmt.Errorf("status of pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	status := map[string]any{}
	if err := json.Unmarshal(raw, &status); err != nil {
		return nil, fmt.Errorf("status of pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	forgetUnset(status)
	conditions, _ := status["conditions"].([]any)
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok {
			forgetUnset(c) // conditions are merged by their type
		}
	}
	// A restarted node gives its pods new addresses; without the directive the
	// old ones would stay beside them and the API server refuse the two.
	for _, key := range []string{"podIPs", "hostIPs"} {
		if list, ok := status[key].([]any); ok {
			status[key] = append([]any{map[string]any{"$patch": "replace"}}, list...)
		}
	}
	delete(status, "qosClass") // set at creation, immutable
	return json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
}

func forgetUnset(m map[string]any) {
	for _, key := range []string{"reason", "message"} {
		if _, set := m[key]; !set {
			m[key] = nil
		}
	}
}
