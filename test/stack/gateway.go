package stack

import (
	"context"
	"errors"
	"net"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// GatewayURL is where the ingress gateway takes requests.
func (s *Stack) GatewayURL(ctx context.Context) (string, error) {
	c, err := kubernetes.NewForConfig(s.RESTConfig())
	if err != nil {
		return "", err
	}
	pods, err := c.CoreV1().Pods("istio-system").List(ctx, metav1.ListOptions{LabelSelector: "istio=ingressgateway"})
	if err != nil {
		return "", err
	}
	for _, p := range pods.Items {
		if p.Status.PodIP != "" && p.DeletionTimestamp == nil && p.Status.Phase == corev1.PodRunning {
			return "http://" + net.JoinHostPort(p.Status.PodIP, "8080"), nil
		}
	}
	return "", errors.New("the ingress gateway has no running pod")
}
