package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
)

// A webhook that is slow or does not answer, while the controllers work.

const (
	webhookService = "lanekeeper-webhook"
	slowPort       = 9444 // of the API server's address
)

// webhookSlow lets every call of the webhook wait.
func webhookSlow(d time.Duration) step {
	return step{fmt.Sprintf("the webhook takes %s longer", d), func(ctx context.Context, p *play) error {
		managers, err := p.Managers(ctx)
		if err != nil {
			return err
		}
		listener, err := p.leadWebhookAway(ctx)
		if err != nil {
			return err
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return // closed
				}
				go p.passOn(ctx, conn, managers[0].Status.PodIP, d)
			}
		}()
		return nil
	}}
}

// webhookDown lets every call of the webhook fail.
func webhookDown() step {
	return step{"nobody answers for the webhook", func(ctx context.Context, p *play) error {
		if p.slow != nil {
			return p.slow.Close()
		}
		listener, err := p.leadWebhookAway(ctx)
		if err != nil {
			return err
		}
		return listener.Close()
	}}
}

// webhookMended brings the calls to the managers again.
func webhookMended() step {
	return step{"the managers answer for the webhook", func(ctx context.Context, p *play) error { return p.mendWebhook(ctx) }}
}

// leadWebhookAway makes the webhook's Service lead to a listener of ours.
func (p *play) leadWebhookAway(ctx context.Context) (net.Listener, error) {
	host, err := p.apiServerHost()
	if err != nil {
		return nil, err
	}
	p.cleanup = append(p.cleanup, p.mendWebhook)
	if p.slow, err = p.Stack.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(slowPort))); err != nil {
		return nil, err
	}
	if _, err := p.Kubectl(ctx, "-n", cluster.ProductNamespace, "patch", "service", webhookService, "--type=json",
		"-p", `[{"op": "remove", "path": "/spec/selector"}]`); err != nil {
		return nil, err
	}
	if _, err := p.Kubectl(ctx, "-n", cluster.ProductNamespace, "delete", "endpointslices", "-l", discoveryv1.LabelServiceName+"="+webhookService); err != nil {
		return nil, err
	}
	return p.slow, p.Client.Create(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: cluster.ProductNamespace, Name: "led-away",
			Labels: map[string]string{discoveryv1.LabelServiceName: webhookService}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{host}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)}}},
		Ports:       []discoveryv1.EndpointPort{{Name: new("https"), Port: new(int32(slowPort)), Protocol: new(corev1.ProtocolTCP)}},
	})
}

func (p *play) mendWebhook(ctx context.Context) error {
	if p.slow == nil {
		return nil
	}
	_ = p.slow.Close() // it may be closed already
	p.slow = nil
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Namespace: cluster.ProductNamespace, Name: "led-away"}}
	if err := client.IgnoreNotFound(p.Client.Delete(ctx, slice)); err != nil {
		return err
	}
	return p.Deploy(ctx, cluster.ProductWithFaults)
}

// passOn answers a connection by the manager's answers, a while later.
func (p *play) passOn(ctx context.Context, conn net.Conn, manager string, after time.Duration) {
	defer conn.Close()
	if pass(ctx, after) != nil {
		return
	}
	to, err := p.Stack.Dial(ctx, "tcp", net.JoinHostPort(manager, "9443"))
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, conn) }() // ends with either connection
	_, _ = io.Copy(conn, to)
}

func (p *play) apiServerHost() (string, error) {
	host, _, err := net.SplitHostPort(strings.TrimPrefix(p.Stack.RESTConfig().Host, "https://"))
	return host, err
}

// refusedWhereRequired creates a pod in a namespace that rather has none than
// one of an unknown lane.
func refusedWhereRequired() step {
	return step{"a pod is refused where admission is required", func(ctx context.Context, p *play) error {
		const namespace = "required"
		p.cleanup = append(p.cleanup, func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "namespace", namespace, "--ignore-not-found")
			return err
		})
		labels := map[string]string{"lanekeeper.io/admission": "required"}
		if err := p.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: labels}}); err != nil {
			return err
		}
		return cluster.Await(ctx, "the refusal of a pod", 20*time.Second, func(ctx context.Context) (string, error) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "refused-", Labels: map[string]string{"app": "refused"}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "pause"}}},
			}
			err := p.Client.Create(ctx, pod)
			if err != nil && strings.Contains(err.Error(), "required.pods.lanekeeper.io") {
				return "", nil
			}
			return fmt.Sprintf("the API server says: %v", err), nil // the service account may not exist yet
		})
	}}
}
