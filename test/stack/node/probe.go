package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// eagerPeriod is between probes until the first success: a pod is ready
// moments after its program is, which a kubelet that asks every ten seconds
// would see much later.
const eagerPeriod = 100 * time.Millisecond

// prober asks a container from inside the pod's network namespace. From there
// traffic capture lets it through to the program, as Istio reaches it by
// rewriting probes; from outside, strict mTLS would refuse it.
type prober struct {
	network *podNetwork
	client  *http.Client
}

func newProber(n *podNetwork) *prober {
	p := &prober{network: n}
	p.client = &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:       p.dial,
			DisableKeepAlives: true, // every probe shows that a connection can be made
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		},
	}
	return p
}

func (p *prober) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	var conn net.Conn
	err := p.network.within(func() (err error) {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp4", addr)
		return err
	})
	return conn, err
}

// ask runs a probe once; nil means success.
func (p *prober) ask(ctx context.Context, c corev1.Container, probe *corev1.Probe) error {
	ctx, cancel := context.WithTimeout(ctx, seconds(probe.TimeoutSeconds, 1))
	defer cancel()
	switch {
	case probe.HTTPGet != nil:
		return p.get(ctx, c, probe.HTTPGet)
	case probe.TCPSocket != nil:
		addr, err := p.address(c, probe.TCPSocket.Host, probe.TCPSocket.Port)
		if err != nil {
			return err
		}
		conn, err := p.dial(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	return fmt.Errorf("this kind of probe is not supported on this node: use httpGet or tcpSocket")
}

func (p *prober) get(ctx context.Context, c corev1.Container, h *corev1.HTTPGetAction) error {
	addr, err := p.address(c, h.Host, h.Port)
	if err != nil {
		return err
	}
	scheme := "http"
	if h.Scheme == corev1.URISchemeHTTPS {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+addr+"/"+strings.TrimPrefix(h.Path, "/"), nil)
	if err != nil {
		return err
	}
	for _, header := range h.HTTPHeaders {
		req.Header.Add(header.Name, header.Value)
		if strings.EqualFold(header.Name, "Host") {
			req.Host = header.Value
		}
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 10<<10))
	if resp.StatusCode < 200 || resp.StatusCode >= 400 {
		return fmt.Errorf("%s answered %s", req.URL, resp.Status)
	}
	return nil
}

func (p *prober) address(c corev1.Container, host string, port intstr.IntOrString) (string, error) {
	if host == "" {
		host = p.network.ip.String()
	}
	if port.Type == intstr.Int {
		return net.JoinHostPort(host, strconv.Itoa(port.IntValue())), nil
	}
	for _, named := range c.Ports {
		if named.Name == port.StrVal {
			return net.JoinHostPort(host, strconv.Itoa(int(named.ContainerPort))), nil
		}
	}
	return "", fmt.Errorf("the container has no port named %q", port.StrVal)
}

// watch probes until ctx ends and reports each change of the verdict, counted
// by the probe's thresholds. healthy is what holds before the first answer.
func (p *prober) watch(ctx context.Context, c corev1.Container, probe *corev1.Probe, healthy bool, report func(healthy bool, why string)) {
	if !sleep(ctx, seconds(probe.InitialDelaySeconds, 0)) {
		return
	}
	period, eager := seconds(probe.PeriodSeconds, 10), !healthy
	successes, failures := int32(0), int32(0)
	for ctx.Err() == nil {
		err := p.ask(ctx, c, probe)
		if err == nil {
			successes, failures = successes+1, 0
		} else {
			successes, failures = 0, failures+1
		}
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && successes >= max(probe.SuccessThreshold, 1):
			eager, healthy = false, true
			report(true, "")
		case err != nil && (!healthy || failures >= max(probe.FailureThreshold, 1)):
			healthy = false
			report(false, err.Error())
		}
		pause := period
		if eager {
			pause = min(period, eagerPeriod)
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

func seconds(n, otherwise int32) time.Duration {
	if n <= 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}

// sleep says whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
