// Package apilog reads what the API server says that the manager asked of it:
// its audit log. A client's own counters could forget something.
package apilog

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Log is the audit log of one API server.
type Log struct {
	path   string
	offset int64
}

// policy logs one user's requests without their bodies.
const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- {level: Metadata, users: ["%s"]}
- {level: None}
`

// New returns a log of a user's requests, and the option that makes an API
// server write it.
func New(t testing.TB, user string) (*Log, func(*envtest.Environment)) {
	t.Helper()
	dir := t.TempDir()
	l := &Log{path: filepath.Join(dir, "audit.log")}
	policyFile := filepath.Join(dir, "policy.yaml")
	require.NoError(t, os.WriteFile(policyFile, fmt.Appendf(nil, policy, user), 0o600))
	return l, func(env *envtest.Environment) {
		env.ControlPlane.GetAPIServer().Configure().
			Append("audit-policy-file", policyFile).
			Append("audit-log-path", l.path).
			Append("audit-log-maxsize", "4096") // MB; a rotated log would look like a short one
	}
}

// Request is one that was answered.
type Request struct {
	Verb, Resource, Subresource, Namespace, Name string

	Received, Done time.Time
	Code           int
}

// Next returns the requests since the last call, as far as they are answered.
func (l *Log) Next() ([]Request, error) {
	f, err := os.Open(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // nobody asked for anything yet
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(l.offset, io.SeekStart); err != nil {
		return nil, err
	}
	var out []Request
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil // what is there of a line is read the next time
		}
		if err != nil {
			return nil, err
		}
		l.offset += int64(len(line))
		r, err := parse(line)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
}

func parse(line []byte) (Request, error) {
	var e struct {
		Verb      string
		ObjectRef struct {
			Resource, Subresource, Namespace, Name string
		}
		ResponseStatus           struct{ Code int }
		RequestReceivedTimestamp time.Time
		StageTimestamp           time.Time
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return Request{}, fmt.Errorf("a line of the audit log: %w", err)
	}
	return Request{
		Verb: e.Verb, Resource: e.ObjectRef.Resource, Subresource: e.ObjectRef.Subresource,
		Namespace: e.ObjectRef.Namespace, Name: e.ObjectRef.Name,
		Received: e.RequestReceivedTimestamp, Done: e.StageTimestamp, Code: e.ResponseStatus.Code,
	}, nil
}
