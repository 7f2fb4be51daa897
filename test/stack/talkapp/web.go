package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

func (a *app) webServer() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/talk/once", a.once)
	mux.HandleFunc("/talk/events", a.events)
	mux.HandleFunc("/talk/socket", a.socket)
	s := &http.Server{Handler: mux, Protocols: &http.Protocols{}}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	return s
}

// ask calls the upstream with the path and the tag of a request.
func (a *app) ask(r *http.Request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+a.upstream+":"+webPort+r.URL.RequestURI(), nil)
	if err != nil {
		return nil, err
	}
	req.Header[http.CanonicalHeaderKey(tagHeader)] = r.Header.Values(tagHeader)
	res, err := a.web.Do(req)
	if err == nil && res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("HTTP %s", res.Status)
	}
	return res, err
}

func (a *app) once(w http.ResponseWriter, r *http.Request) {
	chain := ""
	if a.upstream != "" {
		res, err := a.ask(r)
		if err != nil {
			http.Error(w, a.self+" "+err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			http.Error(w, a.self+" "+err.Error(), http.StatusBadGateway)
			return
		}
		chain = string(body)
	} else if after, err := time.ParseDuration(r.URL.Query().Get("after")); err == nil {
		select {
		case <-r.Context().Done():
		case <-time.After(after):
		}
	}
	_, _ = io.WriteString(w, a.self+chain)
}

// events tells the chain with each event of the upstream.
func (a *app) events(w http.ResponseWriter, r *http.Request) {
	chains := make(chan string)
	if a.upstream == "" {
		go repeat(r.Context(), chains)
	} else {
		res, err := a.ask(r)
		if err != nil {
			http.Error(w, a.self+" "+err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		go relay(r.Context(), res.Body, chains)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for chain := range chains {
		if _, err := fmt.Fprintf(w, "data: %s%s\n\n", a.self, chain); err != nil {
			return
		}
		_ = out.Flush()
	}
	panic(http.ErrAbortHandler) // events end with the one who listens; an end of ours is told as a break
}

func repeat(ctx context.Context, to chan<- string) {
	defer close(to)
	for {
		select {
		case to <- "":
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(beat):
		case <-ctx.Done():
			return
		}
	}
}

func relay(ctx context.Context, from io.Reader, to chan<- string) {
	defer close(to)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		if chain, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			select {
			case to <- chain:
			case <-ctx.Done():
				return
			}
		}
	}
}

// socket answers each message, after the upstream.
func (a *app) socket(w http.ResponseWriter, r *http.Request) {
	ours, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ours.CloseNow() }()
	var theirs *websocket.Conn
	if a.upstream != "" {
		header := http.Header{http.CanonicalHeaderKey(tagHeader): r.Header.Values(tagHeader)}
		theirs, _, err = websocket.Dial(r.Context(), "ws://"+a.upstream+":"+webPort+r.URL.Path, &websocket.DialOptions{HTTPHeader: header})
		if err != nil {
			ours.Close(websocket.StatusBadGateway, "no upstream")
			return
		}
		defer func() { _ = theirs.CloseNow() }()
	}
	for {
		kind, message, err := ours.Read(r.Context())
		if err != nil {
			return
		}
		chain := []byte(a.self)
		if theirs != nil {
			if err := theirs.Write(r.Context(), kind, message); err != nil {
				return
			}
			_, told, err := theirs.Read(r.Context())
			if err != nil {
				return
			}
			chain = append(chain, told...)
		}
		if err := ours.Write(r.Context(), kind, chain); err != nil {
			return
		}
	}
}
