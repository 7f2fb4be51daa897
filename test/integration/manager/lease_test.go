package manager

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
)

// leases are those of the managers' leaders, one after another.
type leases struct{ events watch.Interface }

func watchLease(t *testing.T, server *apiserver.Server) leases {
	t.Helper()
	c, err := kubernetes.NewForConfig(server.Config)
	require.NoError(t, err)
	events, err := c.CoordinationV1().Leases(installation.Namespace).Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=lanekeeper"})
	require.NoError(t, err)
	t.Cleanup(events.Stop)
	return leases{events}
}

// requireGivenBack: nobody holds it before somebody else does, who otherwise has to
// wait until it runs out, after 15s.
func (l leases) requireGivenBack(t *testing.T) {
	t.Helper()
	end, holder := time.NewTimer(patience), ""
	defer end.Stop()
	for {
		select {
		case e := <-l.events.ResultChan():
			lease, ok := e.Object.(*coordinationv1.Lease)
			require.True(t, ok, "watching the lease: %v", e)
			switch now := lease.Spec.HolderIdentity; {
			case now == nil || *now == "":
				return
			case holder != "" && holder != *now:
				require.FailNow(t, "the lease ran out", "it went from %s to %s", holder, *now)
			default:
				holder = *now
			}
		case <-end.C:
			require.FailNow(t, "the lease is not given back", holder)
		}
	}
}
