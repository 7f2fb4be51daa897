package rolloutwatch

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
)

func TestEventsFindTheirServices(t *testing.T) {
	c := fixture.NewChain()
	d, _, pod := c.Canary()
	stranger := fixture.Pod("stranger", "base", nil)
	stranger.Labels["app"] = "else"
	elsewhere := fixture.Pod("elsewhere", "base", nil)
	elsewhere.Namespace = "other"
	rollout, lost, otherKind := fixture.Rollout("Healthy", "", ""), fixture.Rollout("Healthy", "", ""), fixture.Rollout("Healthy", "", "")
	lost.Spec.WorkloadRef.Name = "nobody"
	orphaned := fixture.Rollout("Initial", "", "")
	orphaned.Spec.WorkloadRef.Name = "deleted"
	left, _, _ := c.Canary()
	left.Name, left.Labels = "left", map[string]string{fixture.CanaryOf: "deleted"}
	otherKind.Spec.WorkloadRef = fixture.WorkloadRef("DaemonSet", "set")
	foreignLane := fixture.Lane("s3")
	foreignLane.Labels = nil
	wanting := fixture.Group(func(g *apiv1.ASMSwimLaneGroup) {
		g.Name, g.UID, g.Spec.PermissiveModeConfiguration.FallbackTarget = "wanting", "uid-wanting", "s2"
		g.Spec.Services = []apiv1.ServiceReference{{Namespace: "shop", Name: "cart"}}
	})
	removed := fixture.Group()
	removed.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "gone"}}
	foreign := card("x", "rollout", "mockb")
	foreign.Labels[apiv1.LabelManagedBy] = "somebody"

	speaks := func(kind, value string) client.Object {
		o := card("theirs", "", "")
		o.Labels, o.Data = nil, map[string]string{kind: value}
		return o
	}

	w := serviceWatches{cluster: newCluster(t, c.Objects(rollout, left, wanting)...), provider: cards{}}
	all, err := w.cluster.Registry(t.Context())
	require.NoError(t, err)
	ours := []lane.GroupService{{Group: "rollout", Service: fixture.Mockb}}
	for name, tc := range map[string]struct {
		mapping func(serviceWatches, context.Context, *facts.Registry, client.Object) ([]lane.GroupService, error)
		object  client.Object
		want    []lane.GroupService
	}{
		"a pod":                        {serviceWatches.ofPod, pod, ours},
		"a pod of no Service":          {serviceWatches.ofPod, stranger, nil},
		"a pod of another namespace":   {serviceWatches.ofPod, elsewhere, nil},
		"the stable Deployment":        {serviceWatches.ofWorkload, c.Stable, ours},
		"the canary Deployment":        {serviceWatches.ofWorkload, d, ours},
		"the Service":                  {serviceWatches.ofService, c.Service, ours},
		"a Rollout":                    {serviceWatches.ofRollout, rollout, ours},
		"a Rollout without workload":   {serviceWatches.ofRollout, lost, nil},
		"a Rollout with a canary only": {serviceWatches.ofRollout, orphaned, ours},
		"a Rollout of another kind":    {serviceWatches.ofRollout, otherKind, ours},
		"a lane":                       {serviceWatches.ofLane, c.Gray, ours},
		"a lane of no group":           {serviceWatches.ofLane, foreignLane, nil},
		"another group's baseline":     {serviceWatches.ofLane, fixture.Lane("s2", fixture.InGroup("old")), []lane.GroupService{{Group: "wanting", Service: types.NamespacedName{Namespace: "shop", Name: "cart"}}}},
		"a group before it lost one":   {serviceWatches.ofGroup, removed, []lane.GroupService{{Group: "rollout", Service: types.NamespacedName{Namespace: "default", Name: "gone"}}}},
		"a group":                      {serviceWatches.ofGroup, c.Group, append(ours, ours...)},
		"an object of ours":            {serviceWatches.ofTraffic, card("x", "rollout", "mockb"), ours},
		"an ingress of ours":           {serviceWatches.ofTraffic, card("x", "rollout", ""), ours},
		"an object that is not ours":   {serviceWatches.ofTraffic, foreign, nil},
		"for clients of the group":     {serviceWatches.ofTraffic, speaks("clients", "default"), ours},
		"for clients of nobody":        {serviceWatches.ofTraffic, speaks("clients", "other"), nil},
		"another's for the Service":    {serviceWatches.ofTraffic, speaks("service", "mockb"), ours},
		"another's for some Service":   {serviceWatches.ofTraffic, speaks("service", "mockz"), nil},
		"another's for a wildcard":     {serviceWatches.ofTraffic, speaks("prefix", "mock"), ours},
		"another's for another one":    {serviceWatches.ofTraffic, speaks("prefix", "shop"), nil},
		"another's on a gateway only":  {serviceWatches.ofTraffic, speaks("gateway", "gw"), nil},
		"an object of a Service gone":  {serviceWatches.ofTraffic, card("x", "old", "mockb"), []lane.GroupService{{Group: "old", Service: fixture.Mockb}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.mapping(w, t.Context(), all, tc.object)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

// The groups that a start lists enqueue all Services, so listed Services need no look.
func TestListedServicesWakeNobody(t *testing.T) {
	service := fixture.Service("mockb")
	assert.False(t, changesOnly.Create(event.CreateEvent{Object: service, IsInInitialList: true}))
	assert.True(t, changesOnly.Create(event.CreateEvent{Object: service}))
	assert.True(t, changesOnly.Delete(event.DeleteEvent{Object: service}))
}

// A Service that goes leaves its pods to the other groups' Services that select them.
func TestEventsWakeServicesOfTheSamePods(t *testing.T) {
	c := fixture.NewChain()
	every := fixture.Service("mockb")
	every.Name, every.UID = "every", "uid-every"
	elder := fixture.Group(fixture.OfServices("every", "gone"))
	elder.Name, elder.UID, elder.CreationTimestamp = "first", "uid-first", metav1.NewTime(time.Unix(1000, 0))
	nobodys := fixture.Service("mockb")
	nobodys.Name, nobodys.UID = "nobodys", "uid-nobodys"
	first := lane.GroupService{Group: "first", Service: client.ObjectKeyFromObject(every)}
	gone := lane.GroupService{Group: "first", Service: types.NamespacedName{Namespace: "default", Name: "gone"}}

	for name, tc := range map[string]struct {
		mapping func(serviceWatches, context.Context, *facts.Registry, client.Object) ([]lane.GroupService, error)
		object  client.Object
		missing client.Object
		want    []lane.GroupService
	}{
		"the Service comes":         {serviceWatches.ofService, every, nil, []lane.GroupService{first, mockb}},
		"the Service is gone":       {serviceWatches.ofService, every, every, []lane.GroupService{first, mockb}},
		"a Service of no group":     {serviceWatches.ofService, nobodys, nil, []lane.GroupService{first, mockb}},
		"the other group's Service": {serviceWatches.ofService, c.Service, nil, []lane.GroupService{mockb, first}},
		"the group comes":           {serviceWatches.ofGroup, elder, nil, []lane.GroupService{first, first, gone, gone}},
		"the group is gone":         {serviceWatches.ofGroup, elder, elder, []lane.GroupService{first, gone}},
		"… and those with its pods": {serviceWatches.ofGroupSharing, elder, elder, []lane.GroupService{mockb}},
	} {
		t.Run(name, func(t *testing.T) {
			objects := slices.DeleteFunc(c.Objects(every, elder, nobodys), func(o client.Object) bool { return o == tc.missing })
			w := serviceWatches{cluster: newCluster(t, objects...), provider: cards{}}
			registry, err := w.cluster.Registry(t.Context())
			require.NoError(t, err)
			got, err := tc.mapping(w, t.Context(), registry, tc.object)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}
