package facts

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

var mockb = lane.GroupService{Group: "rollout", Service: fixture.Mockb}

// fakeClient stands for cache and API server at once.
func fakeClient(t testing.TB, objects ...client.Object) client.WithWatch {
	t.Helper()
	return fixture.Client(t, addAllIndexes, objects...)
}

func addAllIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	if err := rolloutIndex().add(ctx, indexer); err != nil {
		return err
	}
	return AddIndexes(ctx, indexer)
}

func newCluster(t testing.TB, objects ...client.Object) *Cluster {
	t.Helper()
	c := &Cluster{Cache: fakeClient(t, objects...)}
	c.rollouts.Store(true)
	return c
}
