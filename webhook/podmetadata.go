package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podMetadata is the part of a new pod that its lane depends on.
type podMetadata struct {
	Name            string                  `json:"name"`
	GenerateName    string                  `json:"generateName"`
	Namespace       string                  `json:"namespace"`
	Labels          map[string]string       `json:"labels"`
	OwnerReferences []metav1.OwnerReference `json:"ownerReferences"`
}

// readPod reads the metadata of a pod and nothing behind it: the API server, which
// wrote the text, puts the spec last.
func readPod(raw []byte) (*corev1.Pod, error) {
	text := json.NewDecoder(bytes.NewReader(raw))
	switch start, err := text.Token(); {
	case err != nil:
		return nil, fmt.Errorf("reading the pod: %w", err)
	case start != json.Delim('{'):
		return nil, fmt.Errorf("reading the pod: it begins with %v, and not as an object", start)
	}
	for text.More() {
		key, err := text.Token()
		if err != nil {
			return nil, fmt.Errorf("reading the pod: %w", err)
		}
		if key == "metadata" {
			var m podMetadata
			if err := text.Decode(&m); err != nil {
				return nil, fmt.Errorf("reading the pod's metadata: %w", err)
			}
			return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
				Name: m.Name, GenerateName: m.GenerateName, Namespace: m.Namespace,
				Labels: m.Labels, OwnerReferences: m.OwnerReferences,
			}}, nil
		}
		var other json.RawMessage
		if err := text.Decode(&other); err != nil {
			return nil, fmt.Errorf("reading the pod's %v: %w", key, err)
		}
	}
	if _, err := text.Token(); err != nil { // the end of the object
		return nil, fmt.Errorf("reading the pod: %w", err)
	}
	return &corev1.Pod{}, nil
}

// podName is the pod's name, or its generateName before the API server has made one.
func podName(pod *corev1.Pod) string {
	if pod.Name != "" {
		return pod.Name
	}
	return pod.GenerateName + "*"
}
