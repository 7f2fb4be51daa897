package facts

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

type mapper struct {
	meta.RESTMapper
	served, broken atomic.Bool
}

func (m *mapper) RESTMapping(kind schema.GroupKind, _ ...string) (*meta.RESTMapping, error) {
	if m.broken.Swap(false) {
		return nil, errors.New("the API server is away")
	}
	if !m.served.Load() {
		return nil, &meta.NoKindMatchError{GroupKind: kind}
	}
	return &meta.RESTMapping{}, nil
}

func TestACRDMayComeLater(t *testing.T) {
	m, appeared := &mapper{}, make(chan bool, 1)
	m.broken.Store(true)
	w := &kindWait{every: time.Millisecond, mapper: m, appeared: func(context.Context) error {
		appeared <- true
		return nil
	}}
	assert.False(t, w.NeedLeaderElection(), "the webhook of every replica needs Rollouts")
	done := make(chan error)
	go func() { done <- w.Start(t.Context()) }()
	select {
	case <-appeared:
		t.Fatal("it is not served yet")
	case <-time.After(20 * time.Millisecond):
	}
	m.served.Store(true)
	require.NoError(t, <-done)
	assert.True(t, <-appeared)
}

func TestWatchesOfRolloutsWaitForThem(t *testing.T) {
	f, started, rollouts := &Cluster{}, 0, &kruisev1beta1.Rollout{}
	start := func() error { started++; return nil }
	require.NoError(t, f.OnServing(rollouts, start))
	assert.Zero(t, started)
	require.NoError(t, f.Serve(rollouts))
	assert.Equal(t, 1, started)
	require.NoError(t, f.OnServing(rollouts, start))
	assert.Equal(t, 2, started)
}
