package lane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	apiv1 "lanekeeper.io/api/v1"
)

// sample reads the group and the lanes of a sample.
func sample(t *testing.T, folder, file string) (*apiv1.ASMSwimLaneGroup, []apiv1.ASMSwimLane) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "manifests", "samples", folder, file))
	require.NoError(t, err)
	var group apiv1.ASMSwimLaneGroup
	var lanes []apiv1.ASMSwimLane
	for doc := range strings.SplitSeq(string(data), "\n---\n") {
		if strings.Contains(doc, "kind: ASMSwimLaneGroup") {
			require.NoError(t, yaml.Unmarshal([]byte(doc), &group))
			continue
		}
		var l apiv1.ASMSwimLane
		require.NoError(t, yaml.Unmarshal([]byte(doc), &l))
		lanes = append(lanes, l)
	}
	return &group, lanes
}

func TestNewGroupReadsTheSample(t *testing.T) {
	g, problem := NewGroup(sample(t, "full-chain", "3-lanes.yaml"))
	require.Nil(t, problem)
	assert.Equal(t, "base", g.Baseline)
	assert.True(t, g.AutoUpdate)
	assert.Equal(t, []types.NamespacedName{
		{Namespace: "default", Name: "mocka"}, {Namespace: "default", Name: "mockb"}, {Namespace: "default", Name: "mockc"}}, g.Services)
	require.Len(t, g.Lanes, 2)
	assert.Equal(t, []IngressRule{{
		Name: "canary", RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchExact, "/mock"},
			Headers: map[string]Match{"x-asm-prefer-tag": {MatchExact, "canary"}}},
		Service: types.NamespacedName{Namespace: "default", Name: "mocka"}, Host: "mocka.default.svc.cluster.local",
	}}, g.Lanes[1].Rules)
	assert.Nil(t, g.Ingress.Weighted)
}

func TestNewGroupReadsTheWeightedSample(t *testing.T) {
	g, problem := NewGroup(sample(t, "baggage-lanes", "2-lanes.yaml"))
	require.Nil(t, problem)
	mocka := types.NamespacedName{Namespace: "default", Name: "mocka"}
	assert.Equal(t, []IngressRule{{Name: "requestMatches[0]", RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchPrefix, "/"}}}}, g.Ingress.Weighted)
	var weights []int32
	for _, l := range g.Lanes {
		assert.Equal(t, []IngressRule{{RequestMatch: RequestMatch{Hosts: []string{"*"}}, Service: mocka, Host: "mocka.default.svc.cluster.local"}}, l.Entering())
		weights = append(weights, l.Weight)
	}
	assert.Equal(t, []int32{60, 20, 20}, weights)
	assert.Equal(t, []types.NamespacedName{mocka}, g.IngressServices())
	assert.Equal(t, []string{"*"}, g.IngressHosts())
}

func TestNewGroupProblems(t *testing.T) {
	for name, tc := range map[string]struct {
		edit    func(*apiv1.ASMSwimLaneGroup, []apiv1.ASMSwimLane)
		reason  string
		message string
	}{
		"a lane with a name of ours": {func(_ *apiv1.ASMSwimLaneGroup, l []apiv1.ASMSwimLane) { l[1].Name = AllVersions },
			apiv1.ReasonInvalid, "a lane cannot be named all-versions"},
		"a baseline that selects an older lane's pods": {func(_ *apiv1.ASMSwimLaneGroup, l []apiv1.ASMSwimLane) {
			l[0].CreationTimestamp = metav1.Now()
			l[1].Spec.LabelSelector = map[string]string{"version": "v2"}
		}, apiv1.ReasonInvalid, "lanes base and canary could select the same pod"},
		"a fallback for a stranger": {func(g *apiv1.ASMSwimLaneGroup, _ []apiv1.ASMSwimLane) {
			g.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/other": "canary"}
		}, apiv1.ReasonInvalid, "default/other"},
	} {
		t.Run(name, func(t *testing.T) {
			group, lanes := sample(t, "full-chain", "3-lanes.yaml")
			tc.edit(group, lanes)
			_, problem := NewGroup(group, lanes)
			require.NotNil(t, problem)
			assert.Equal(t, tc.reason, problem.Reason)
			assert.Contains(t, problem.Message, tc.message)
		})
	}
}

func TestNewGroupLeavesGoingLanesOutOfTheComparison(t *testing.T) {
	group, lanes := sample(t, "full-chain", "3-lanes.yaml")
	again := lanes[1].DeepCopy()
	again.Name = "canary2"
	lanes[1].DeletionTimestamp = new(metav1.Now())
	_, problem := NewGroup(group, append(lanes, *again))
	assert.Nil(t, problem, "a lane may be replaced while the old one goes")
}

func TestPoliciesMerge(t *testing.T) {
	group, lanes := sample(t, "full-chain", "3-lanes.yaml")
	patch := func(s string) *runtime.RawExtension { return &runtime.RawExtension{Raw: []byte(s)} }
	group.Spec.DefaultTrafficPolicyPatch = patch(`{"connectionPool":{"tcp":{"maxConnections":10}}}`)
	group.Spec.DefaultHTTPRoutePatch = patch(`{"timeout":"3s"}`)
	group.Spec.Services[0].TrafficPolicyPatch = patch(`{"connectionPool":{"tcp":{"maxConnections":99}}}`)
	g, problem := NewGroup(group, lanes)
	require.Nil(t, problem)
	own := g.PolicyOf(mockb)
	assert.JSONEq(t, `{"connectionPool":{"tcp":{"maxConnections":99}}}`, string(own.Traffic))
	assert.JSONEq(t, `{"timeout":"3s"}`, string(own.Route))
	other := g.PolicyOf(types.NamespacedName{Namespace: "default", Name: "mocka"})
	assert.JSONEq(t, `{"connectionPool":{"tcp":{"maxConnections":10}}}`, string(other.Traffic))
}

func TestServiceOfHost(t *testing.T) {
	for _, host := range []string{"mockb.default", "mockb.default.svc", "mockb.default.svc.cluster.local"} {
		assert.Equal(t, mockb, ServiceOfHost(host), host)
	}
	for _, host := range []string{"mockb", "mockb.default.example.com", "mockb.default.svc.example.com", "mockb.default.svc.cluster.local.example.com", "mockb.default.svc.cluster"} {
		assert.Equal(t, types.NamespacedName{Name: host}, ServiceOfHost(host), host)
	}
}

// A lane that is moved to another group is new there: nobody keeps its pods out yet.
func TestALaneIsAcceptedByTheGroupThatItIsIn(t *testing.T) {
	l := apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: "canary", Labels: map[string]string{apiv1.LabelSwimLaneGroup: "rollout"}}}
	l.Status.Group = "rollout"
	l.Status.Conditions = []metav1.Condition{{Type: apiv1.ConditionAccepted, Status: metav1.ConditionTrue}}
	assert.True(t, Accepted(&l))
	l.Labels[apiv1.LabelSwimLaneGroup] = "another"
	assert.False(t, Accepted(&l))
}

// Routes are told apart by the names of their rules, those of the rest and of what is safe to
// repeat included.
func TestRulesOfOneNameAreToldApart(t *testing.T) {
	rule := func(name string) apiv1.IngressRule { return apiv1.IngressRule{Name: name, Online: true} }
	l := &apiv1.ASMSwimLane{}
	l.Spec.IngressRules = []apiv1.IngressRule{rule("a"), rule("a"), rule(""), rule("a/default"), rule("rule-2"), rule("b/default"), rule("b"), rule("a/safe"), rule("a/default/safe"), rule("c/safe"), rule("c")}
	var got []string
	for _, r := range newLane(l).Rules {
		got = append(got, r.Name)
	}
	assert.Equal(t, []string{"a", "a-1", "rule-2", "a/default-3", "rule-2-4", "b/default", "b-6", "a/safe-7", "a/default/safe-8", "c/safe", "c-10"}, got)
}
