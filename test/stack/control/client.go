package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// Client talks to a supervisor.
type Client struct {
	http *http.Client
}

// NewClient returns a client for the supervisor that answers on the socket.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status of the stack.
func (c *Client) Status() (Status, error) {
	var s Status
	err := c.call(http.MethodGet, "/status", &s)
	return s, err
}

// Usage of the components and containers.
func (c *Client) Usage() (map[string]Usage, error) {
	var u map[string]Usage
	err := c.call(http.MethodGet, "/usage", &u)
	return u, err
}

// StopComponent ends a component and leaves it down until it is started.
func (c *Client) StopComponent(name string) error {
	return c.call(http.MethodPost, "/components/"+url.PathEscape(name)+"/stop", nil)
}

// StartComponent starts a stopped component and waits until it is ready.
func (c *Client) StartComponent(name string) error {
	return c.call(http.MethodPost, "/components/"+url.PathEscape(name)+"/start", nil)
}

// SignalComponent sends a signal to a component.
func (c *Client) SignalComponent(name string, sig syscall.Signal) error {
	return c.call(http.MethodPost, fmt.Sprintf("/components/%s/signal/%d", url.PathEscape(name), sig), nil)
}

// SignalPod signals a container of a pod, or all of them.
func (c *Client) SignalPod(namespace, pod, container string, sig syscall.Signal) error {
	return c.call(http.MethodPost, fmt.Sprintf("/pods/%s/%s/signal/%d?container=%s",
		url.PathEscape(namespace), url.PathEscape(pod), sig, url.QueryEscape(container)), nil)
}

func (c *Client) call(method, path string, into any) error {
	req, err := http.NewRequest(method, "http://stack"+path, nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("the stack's supervisor does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(res.Body)
		return errors.New(strings.TrimSpace(string(said)))
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
