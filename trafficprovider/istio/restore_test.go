package istio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// restore makes a step of a group whose tags are restored, whatever becomes of its entry.
func (s *stripping) restore(t *testing.T, restoring *lane.Restoring, state lane.State) trafficprovider.Outcome {
	t.Helper()
	live, err := s.Ingress(t.Context(), groupName, s.gateway)
	require.NoError(t, err)
	plan := lane.IngressPlan{Group: groupName, State: state, Gateway: s.gateway, Baseline: "base", Tag: lane.Tag{RouteHeader: routeHeader, Trace: "my-request-id"}, Restoring: restoring}
	out, err := s.ApplyIngress(t.Context(), plan, live, nil)
	require.NoError(t, err)
	return out
}

func (s *stripping) traces(t *testing.T) map[string]*v1alpha3.EnvoyFilter {
	t.Helper()
	out := map[string]*v1alpha3.EnvoyFilter{}
	for _, namespace := range []string{"default", "shop", "istio-system"} {
		found := &v1alpha3.EnvoyFilter{}
		err := s.client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "swimlane-trace-" + groupName}, found)
		if !apierrors.IsNotFound(err) {
			require.NoError(t, err)
			out[namespace] = found
		}
	}
	return out
}

// traced is a group with Services in two namespaces.
func traced() *apiv1.ASMSwimLaneGroup {
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: groupName}}
	group.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "mockb"}, {Namespace: "shop", Name: "mockb"}}
	return group
}

func TestTagsAreRestoredInTheNamespacesOfAGroup(t *testing.T) {
	s := newStripping(t, traced())
	both := &lane.Restoring{Namespaces: []string{"default", "shop"}}
	for _, state := range []lane.State{lane.StatePending, lane.StateWithdrawn, lane.StateFrozen} { // with an entry, and without one
		s.restore(t, both, state)
		filters := s.traces(t)
		require.Len(t, filters, 2, state)
		assert.Nil(t, filters["shop"].Spec.WorkloadSelector)
		require.Len(t, filters["shop"].Spec.ConfigPatches, 4)
		for i, way := range []string{"in", "out"} {
			patches := filters["shop"].Spec.ConfigPatches[2*i:]
			module := patches[0].Patch.Value.String()[:700] // and then the code
			assert.Contains(t, module, `"`+way+" my-request-id "+routeHeader+` base"`)
			assert.Contains(t, module, "FAIL_RELOAD")
			assert.Equal(t, "SIDECAR_"+strings.ToUpper(way)+"BOUND", patches[1].Match.Context.String())
		}
		assert.Zero(t, s.restore(t, both, state).Written, "they are as they should be")
	}
	n, err := s.Objects(t.Context(), groupName)
	require.NoError(t, err)
	assert.Equal(t, 2, n, "a group that goes waits for them")

	s.restore(t, nil, lane.StateFrozen)
	s.restore(t, &lane.Restoring{Namespaces: []string{"default"}}, lane.StatePending)
	assert.Len(t, s.traces(t), 2, "nobody's long requests are cut for an edit")

	s.restore(t, &lane.Restoring{Gone: true}, lane.StateWithdrawn)
	assert.Empty(t, s.traces(t))
}

func TestFiltersOfAGroupThatIsGone(t *testing.T) {
	s := newStripping(t, traced())
	s.restore(t, &lane.Restoring{Namespaces: []string{"default", "shop"}}, lane.StatePending)
	require.NoError(t, s.client.Delete(t.Context(), traced()))
	live, err := s.Ingress(t.Context(), groupName, types.NamespacedName{})
	require.NoError(t, err)
	assert.True(t, live.Exists())
	assert.False(t, live.TakenOver())
	s.restore(t, &lane.Restoring{Gone: true}, lane.StateWithdrawn)
	assert.Empty(t, s.traces(t))
}

func TestWhereTagsAreNotRestored(t *testing.T) {
	s := newStripping(t, traced(), &v1alpha3.EnvoyFilter{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "swimlane-trace-" + groupName}})
	out := s.restore(t, &lane.Restoring{Namespaces: []string{"shop"}}, lane.StatePending)
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonConflict, out.Problem.Reason)
	assert.Empty(t, s.traces(t)["shop"].Labels, "somebody else's stays")

	out = s.restore(t, &lane.Restoring{Namespaces: []string{"istio-system"}}, lane.StatePending)
	assert.NotContains(t, s.traces(t), "istio-system")
	require.Len(t, out.Notes, 1)
	assert.Contains(t, out.Notes[0].Message, "where a filter would be in every proxy of the mesh")

	s.forbidden = true
	out = s.restore(t, &lane.Restoring{Namespaces: []string{"default"}}, lane.StatePending)
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonPartiallySupported, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, "no tag is restored from header my-request-id, since the manager may not write EnvoyFilters")
}
