package facts

import (
	"context"
	"testing"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/require"
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
	for _, kind := range OptionalWorkloadKinds() {
		for _, i := range workloadIndexes(kind) {
			if err := i.add(ctx, indexer); err != nil {
				return err
			}
		}
	}
	return AddIndexes(ctx, indexer)
}

func newCluster(t testing.TB, objects ...client.Object) *Cluster {
	t.Helper()
	c := &Cluster{Cache: fakeClient(t, objects...)}
	for _, kind := range append(OptionalWorkloadKinds(), &kruisev1beta1.Rollout{}) {
		require.NoError(t, c.Serve(kind))
	}
	return c
}
