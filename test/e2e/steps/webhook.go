package steps

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

const (
	webhookService = "lanekeeper-webhook"
	slowPort       = 9444 // of the API server's address
)

// Webhook is a webhook that is slow or does not answer, while the controllers work: its
// calls lead to a listener of ours, and not to the managers.
type Webhook struct {
	detour  *detour // where they are led to
	unasked float64 // pods that were created without its answer
}

// Slow lets every answer of the webhook wait.
func (w *Webhook) Slow(d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the webhook takes %s longer", d), Do: func(ctx context.Context, p *scenario.Play) error {
		if err := w.leadAway(ctx, p); err != nil {
			return err
		}
		managers, err := p.Managers(ctx)
		if err != nil {
			return err
		}
		go w.detour.pass(ctx, p.Stack, net.JoinHostPort(managers[0].Status.PodIP, "9443"), d)
		return nil
	}}
}

// Down lets every call of the webhook fail.
func (w *Webhook) Down() scenario.Step {
	return scenario.Step{What: "nobody answers for the webhook", Do: func(ctx context.Context, p *scenario.Play) error {
		if w.detour == nil {
			if err := w.leadAway(ctx, p); err != nil {
				return err
			}
		}
		w.detour.close()
		return nil
	}}
}

// Mended brings the calls to the managers again.
func (w *Webhook) Mended() scenario.Step {
	return scenario.Step{What: "the managers answer for the webhook", Do: w.mend}
}

// StartedUnasked makes sure that pods were created although the webhook did not answer
// for them in time.
func (w *Webhook) StartedUnasked() scenario.Step {
	return scenario.Step{What: "pods start without an answer of the webhook", Do: func(ctx context.Context, p *scenario.Play) error {
		now, err := unanswered(ctx, p)
		if err == nil && now <= w.unasked {
			err = fmt.Errorf("the API server has got every answer that it asked for")
		}
		w.unasked = now
		return err
	}}
}

// leadAway makes the webhook's Service lead to a listener of ours. The
// API server keeps the connections it has, whatever the Service says, so that the
// managers are replaced too.
func (w *Webhook) leadAway(ctx context.Context, p *scenario.Play) error {
	host, err := apiServerHost(p)
	if err != nil {
		return err
	}
	if w.unasked, err = unanswered(ctx, p); err != nil {
		return err
	}
	p.Cleanup(func(ctx context.Context) error { return w.mend(ctx, p) })
	listener, err := p.Stack.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(slowPort)))
	if err != nil {
		return err
	}
	w.detour = &detour{Listener: listener}
	if _, err := p.Kubectl(ctx, "-n", cluster.ProductNamespace, "patch", "service", webhookService, "--type=json",
		"-p", `[{"op": "remove", "path": "/spec/selector"}]`); err != nil {
		return err
	}
	if _, err := p.Kubectl(ctx, "-n", cluster.ProductNamespace, "delete", "endpointslices", "-l", discoveryv1.LabelServiceName+"="+webhookService); err != nil {
		return err
	}
	if err := p.Client.Create(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: cluster.ProductNamespace, Name: "led-away",
			Labels: map[string]string{discoveryv1.LabelServiceName: webhookService}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{host}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)}}},
		Ports:       []discoveryv1.EndpointPort{{Name: new("https"), Port: new(int32(slowPort)), Protocol: new(corev1.ProtocolTCP)}},
	}); err != nil {
		return err
	}
	return p.ReplaceManagers(ctx)
}

func (w *Webhook) mend(ctx context.Context, p *scenario.Play) error {
	if w.detour == nil {
		return nil
	}
	w.detour.close()
	w.detour = nil
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Namespace: cluster.ProductNamespace, Name: "led-away"}}
	if err := client.IgnoreNotFound(p.Client.Delete(ctx, slice)); err != nil {
		return err
	}
	return p.Deploy(ctx, cluster.ProductWithFaults)
}

func apiServerHost(p *scenario.Play) (string, error) {
	host, _, err := net.SplitHostPort(strings.TrimPrefix(p.Stack.RESTConfig().Host, "https://"))
	return host, err
}
