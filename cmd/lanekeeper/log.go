package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// newLogger returns the logger of all log lines. The error names the flag that is wrong.
func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level must be debug, info, warn or error, not %q", level)
	}
	options := &slog.HandlerOptions{Level: l}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("--log-format must be json or text, not %q", format)
}

// logThrough sends all log lines to the logger: ours, controller-runtime's, client-go's,
// and those of net/http, which uses package log.
func logThrough(logger *slog.Logger) logr.Logger {
	log := logr.FromSlogHandler(logger.Handler())
	slog.SetDefault(logger)
	ctrl.SetLogger(log)
	klog.SetLogger(log)
	return log
}
