package facts

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// every is a Service that selects the pods of mockb.
func every(edits ...func(*corev1.Service)) *corev1.Service {
	s := fixture.Service("mockb", edits...)
	s.Name, s.UID = "every", "uid-every"
	return s
}

func groupOf(name string, born int64, services ...string) *apiv1.ASMSwimLaneGroup {
	return fixture.Group(fixture.OfServices(services...), func(g *apiv1.ASMSwimLaneGroup) {
		g.Name, g.UID, g.CreationTimestamp = name, types.UID("uid-"+name), metav1.NewTime(time.Unix(born, 0))
	})
}

func TestTheOlderGroupsServiceOfTheSamePods(t *testing.T) {
	key := types.NamespacedName{Namespace: "default", Name: "every"}
	deleting := groupOf("first", 1000, "every")
	deleting.DeletionTimestamp, deleting.Finalizers = &metav1.Time{Time: time.Now()}, []string{apiv1.FinalizerLanes}
	for name, tc := range map[string]struct {
		groups  []client.Object
		service *corev1.Service
		sharing []types.NamespacedName
		elders  []lane.GroupService
		younger string
	}{
		"of an older group":                              {[]client.Object{groupOf("first", 1000, "every")}, every(), []types.NamespacedName{key}, []lane.GroupService{{Group: "first", Service: key}}, ""},
		"of a younger group":                             {[]client.Object{groupOf("first", 3000, "every")}, every(), []types.NamespacedName{key}, nil, "first"},
		"of a group as old":                              {[]client.Object{groupOf("a-first", 2000, "every")}, every(), []types.NamespacedName{key}, []lane.GroupService{{Group: "a-first", Service: key}}, ""},
		"of an older group that goes":                    {[]client.Object{deleting}, every(), nil, nil, ""},
		"that an older group named, but the younger has": {[]client.Object{deleting, groupOf("third", 3000, "every")}, every(), []types.NamespacedName{key}, nil, "third"},
		"of no group":                                    {nil, every(), nil, nil, ""},
		"of no group and headless":                       {nil, every(func(s *corev1.Service) { s.Spec.ClusterIP = corev1.ClusterIPNone }), nil, nil, ""},
		"that selects others": {[]client.Object{groupOf("first", 1000, "every")},
			every(func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "mocka"} }), nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture.NewChain()
			c.Group = groupOf("rollout", 2000, "mockb")
			s := snapshot(t, newCluster(t, append(c.Objects(tc.service), tc.groups...)...))
			assert.ElementsMatch(t, tc.sharing, s.Sharing)
			assert.Equal(t, tc.elders, s.Elders)
			var younger []lane.Younger
			if tc.younger != "" {
				younger = []lane.Younger{{GroupService: lane.GroupService{Group: tc.younger, Service: key}, Selector: tc.service.Spec.Selector}}
			}
			assert.Equal(t, younger, s.Younger)
			if strings.HasPrefix(name, "of no group") || name == "of an older group that goes" {
				headless := tc.service.Spec.ClusterIP == corev1.ClusterIPNone
				assert.Equal(t, []lane.Beside{{Service: key, Selector: tc.service.Spec.Selector, CannotJoin: headless}}, s.Beside)
			} else {
				assert.Empty(t, s.Beside)
			}
		})
	}

	t.Run("of the same group", func(t *testing.T) {
		c := fixture.NewChain()
		c.Group = groupOf("rollout", 2000, "mockb", "every")
		s := snapshot(t, newCluster(t, c.Objects(every())...))
		assert.Equal(t, []types.NamespacedName{key}, s.Sharing)
		assert.Empty(t, s.Elders)
	})
}

// What is about to go says nothing of those that stay.
func TestAServiceThatItsGroupHasNotHasNoElders(t *testing.T) {
	c := fixture.NewChain()
	c.Group = groupOf("rollout", 2000)
	s := snapshot(t, newCluster(t, c.Objects(every(), groupOf("first", 1000, "every"))...))
	require.True(t, s.Withdrawing)
	assert.Empty(t, s.Elders)
}

// The first Service of a group labels the pods that two of its Services select; the other says of
// them where they may answer, which the first one has no reason to.
func TestTheSecondServiceOfAGroupSaysWhereAPodMayAnswer(t *testing.T) {
	answers := map[string]string{apiv1.AnswersLabel("canary"): "1"}
	all := lane.Change{Set: map[string]string{apiv1.AnswersLabel("canary"): "1", "version": "canary"}, Remove: []string{apiv1.LabelOutside}}
	key := types.NamespacedName{Namespace: "default", Name: "every"}
	second := lane.GroupService{Group: "rollout", Service: fixture.Mockb}
	for name, tc := range map[string]struct {
		baseline string
		want     lane.Change
	}{
		"with one baseline":             {"", lane.Change{Set: answers}},
		"with a baseline of its own":    {"canary", lane.Change{}},
		"with one that is not there":    {"nobody", lane.Change{}},
		"with the same, said once more": {"base", lane.Change{Set: answers}},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture.NewChain()
			c.Group = groupOf("rollout", 2000, "mockb", "every")
			if tc.baseline != "" {
				c.Group.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/mockb": tc.baseline}
			}
			f := newCluster(t, c.Objects(every())...)
			made, err := f.Permitted(t.Context(), lane.GroupService{Group: "rollout", Service: key}, c.Pod.Labels, all)
			require.NoError(t, err)
			assert.Equal(t, all, made, "it is the first one")
			made, err = f.Permitted(t.Context(), second, c.Pod.Labels, all)
			require.NoError(t, err)
			assert.Equal(t, tc.want, made)
		})
	}
}
