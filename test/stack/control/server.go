package control

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// Serve answers on the socket, for as long as the process lives.
func Serve(socket string, s Stack) error {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(s)}
	go func() { _ = server.Serve(listener) }()
	return nil
}

func handler(s Stack) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, s.Status(), nil)
	})
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) {
		usage, err := s.Usage()
		answer(w, usage, err)
	})
	mux.HandleFunc("POST /components/{name}/stop", func(w http.ResponseWriter, r *http.Request) {
		answer(w, nil, s.StopComponent(r.PathValue("name")))
	})
	mux.HandleFunc("POST /components/{name}/start", func(w http.ResponseWriter, r *http.Request) {
		answer(w, nil, s.StartComponent(r.PathValue("name")))
	})
	mux.HandleFunc("POST /components/{name}/signal/{signal}", func(w http.ResponseWriter, r *http.Request) {
		sig, err := signalOf(r)
		if err == nil {
			err = s.SignalComponent(r.PathValue("name"), sig)
		}
		answer(w, nil, err)
	})
	mux.HandleFunc("POST /pods/{namespace}/{pod}/signal/{signal}", func(w http.ResponseWriter, r *http.Request) {
		sig, err := signalOf(r)
		if err == nil {
			err = s.SignalPod(r.PathValue("namespace"), r.PathValue("pod"), r.URL.Query().Get("container"), sig)
		}
		answer(w, nil, err)
	})
	return mux
}

func signalOf(r *http.Request) (syscall.Signal, error) {
	n, err := strconv.Atoi(r.PathValue("signal"))
	return syscall.Signal(n), err
}

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // a caller that has gone away
}
