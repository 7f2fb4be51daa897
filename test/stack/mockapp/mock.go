package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// slowness is how long a slow application takes.
const slowness = 5 * time.Second

// maxAnswer bounds what is read of an upstream's answer; chains are short.
const maxAnswer = 64 << 10

// mock is one application of the chain.
type mock struct {
	self     string
	upstream string
	forward  []string
	mode     string // of failing, as MOCK_MODE says
	client   *http.Client
}

func (m *mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, chain := http.StatusOK, ""
	switch m.mode {
	case "failing":
		status = http.StatusInternalServerError
	case "resetting":
		panic(http.ErrAbortHandler) // net/http ends the connection
	case "slow":
		select {
		case <-r.Context().Done():
		case <-time.After(slowness):
		}
	default:
		if m.upstream != "" {
			status, chain = m.call(r)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, m.self+chain)
}

// call asks the upstream. A failure shows in the text, so that the place where
// a request was lost can be read off the chain, and in the status.
func (m *mock) call(r *http.Request) (status int, chain string) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, m.upstream, nil)
	if err != nil {
		return http.StatusBadGateway, failure("ERR", err)
	}
	for _, h := range m.forward {
		for _, v := range r.Header.Values(h) {
			req.Header.Add(h, v)
		}
	}
	resp, err := m.client.Do(req)
	if err != nil {
		return http.StatusBadGateway, failure("ERR", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return http.StatusBadGateway, string(body) + failure("ERR", err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return resp.StatusCode, failure("HTTP", resp.StatusCode) + strings.TrimSpace(string(body))
	}
	return http.StatusOK, string(body)
}

func failure(kind string, what any) string { return fmt.Sprintf(" %s(%v) ", kind, what) }
