package facts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

// To the cache an older group has the Service. The API server has the last word.
func TestAWithdrawalIsConfirmed(t *testing.T) {
	group := func(name string, born int64, services ...string) *apiv1.ASMSwimLaneGroup {
		return fixture.Group(fixture.OfServices(services...), func(g *apiv1.ASMSwimLaneGroup) {
			g.Name, g.CreationTimestamp = name, metav1.NewTime(time.Unix(born, 0))
		})
	}
	deleting := group("first", 1000, "mockb")
	deleting.DeletionTimestamp, deleting.Finalizers = &metav1.Time{Time: time.Now()}, []string{apiv1.FinalizerLanes}
	ours := group("rollout", 2000, "mockb")
	for name, tc := range map[string]struct {
		server []client.Object
		leaves bool
	}{
		"the older group has it":                {[]client.Object{ours, group("first", 1000, "mockb")}, true},
		"the older group let go of it":          {[]client.Object{ours, group("first", 1000, "mocka")}, false},
		"the older group is gone":               {[]client.Object{ours}, false},
		"the older group goes":                  {[]client.Object{ours, deleting}, false},
		"the older group was made anew":         {[]client.Object{ours, group("first", 3000, "mockb")}, false},
		"neither has it":                        {[]client.Object{group("rollout", 2000, "mocka"), group("first", 1000, "mocka")}, true},
		"the group is gone, and so the Service": {[]client.Object{group("first", 1000, "mocka")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCluster(t, ours.DeepCopy(), group("first", 1000, "mockb"))
			f.API = fakeClient(t, tc.server...)
			leaves, err := f.ConfirmWithdrawal(t.Context(), mockb)
			require.NoError(t, err)
			assert.Equal(t, tc.leaves, leaves)
		})
	}
}
