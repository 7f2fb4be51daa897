package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// tokens keeps one pod's service account tokens and renews them in time.
type tokens struct {
	client kubernetes.Interface

	mu    sync.Mutex
	known map[string]token
}

type token struct {
	value string
	renew time.Time
}

// get returns a token bound to the pod: it is worth nothing once the pod's
// object is gone, as with a kubelet.
func (t *tokens) get(ctx context.Context, pod *corev1.Pod, volume string, p *corev1.ServiceAccountTokenProjection) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := volume + "/" + p.Path
	have, ok := t.known[key]
	now := time.Now()
	if ok && now.Before(have.renew) {
		return have.value, nil
	}
	fresh, err := t.request(ctx, pod, p, now)
	if err != nil {
		if ok { // the old one is good for some time yet
			return have.value, nil
		}
		return "", err
	}
	if t.known == nil {
		t.known = map[string]token{}
	}
	t.known[key] = fresh
	return fresh.value, nil
}

func (t *tokens) request(ctx context.Context, pod *corev1.Pod, p *corev1.ServiceAccountTokenProjection, now time.Time) (token, error) {
	req := &authv1.TokenRequest{Spec: authv1.TokenRequestSpec{
		ExpirationSeconds: p.ExpirationSeconds,
		BoundObjectRef:    &authv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: pod.Name, UID: pod.UID},
	}}
	if p.Audience != "" {
		req.Spec.Audiences = []string{p.Audience}
	}
	got, err := t.client.CoreV1().ServiceAccounts(pod.Namespace).CreateToken(ctx, pod.Spec.ServiceAccountName, req, metav1.CreateOptions{})
	if err != nil {
		return token{}, fmt.Errorf("token of service account %q: %w", pod.Spec.ServiceAccountName, err)
	}
	// At four fifths of its life, as kubelets do.
	life := got.Status.ExpirationTimestamp.Sub(now)
	return token{value: got.Status.Token, renew: now.Add(life * 4 / 5)}, nil
}
