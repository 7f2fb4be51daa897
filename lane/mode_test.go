package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

func strict(g Group) Group {
	g.Mode, g.Tag = Strict, Tag{}
	return g
}

func TestTheBaselineOfAStrictGroup(t *testing.T) {
	lanes := []apiv1.ASMSwimLane{{ObjectMeta: metav1.ObjectMeta{Name: "base"}}, {ObjectMeta: metav1.ObjectMeta{Name: "s2"}}}
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "shop", Annotations: map[string]string{apiv1.AnnotationBaseline: "base"}}}
	group.Spec.PermissiveModeConfiguration = apiv1.PermissiveModeConfiguration{FallbackTarget: "s2", ServiceLevelFallbackTarget: map[string]string{"default/mockb": "s2"}}
	g, problem := NewGroup(group, lanes)
	require.Nil(t, problem)
	assert.Equal(t, "base", g.Baseline, "nothing falls back, so no field about that counts")
	assert.Empty(t, g.ServiceBaseline)
	assert.Empty(t, IgnoredAnnotations(group))

	group.Annotations[apiv1.AnnotationBaseline] = "nobody"
	g, problem = NewGroup(group, lanes)
	require.Nil(t, problem)
	assert.Contains(t, g.MissingBaseline().Message, "lane nobody (annotation lanekeeper.io/baseline) does not exist yet")

	delete(group.Annotations, apiv1.AnnotationBaseline)
	g, problem = NewGroup(group, lanes)
	require.Nil(t, problem)
	assert.True(t, g.WithoutBaseline())
	assert.Nil(t, g.MissingBaseline())

	group.Annotations, group.Spec.IsPermissive = map[string]string{apiv1.AnnotationBaseline: "base"}, true
	assert.Equal(t, []string{"annotation lanekeeper.io/baseline has no effect: it is for strict groups, and fallbackTarget names the baseline of this one"}, IgnoredAnnotations(group))
}

// A lane that lacks a Service refuses its callers there, and says so.
func TestWhatALaneOfAStrictGroupLacks(t *testing.T) {
	lacks := func(p Plan) (out []string) {
		for _, m := range p.Lacking {
			out = append(out, m.Lane)
		}
		return out
	}
	g := strict(chain("canary", "s2", "s3"))
	g.Lanes[3].Deleting = true
	p := Compute(snapshot(g, basePod("base-1"), grayPod("gray-1", "canary")))
	require.Equal(t, StateManaged, p.State)
	assert.Equal(t, []string{"s2"}, lacks(p))
	assert.Equal(t, map[string]string{tagLabel: "s2"}, p.Lacking[0].Selector)
	assert.Contains(t, p.Lacking[0].Why.Message, "its callers are answered 503 there")

	undone := Compute(snapshot(g, basePod("base-1"), canaryPod("gray-1", StageRollingBack)))
	assert.Equal(t, []string{"canary", "s2"}, lacks(undone), "an undone version is of no lane")

	permissive := g
	permissive.Mode = Permissive
	assert.Empty(t, Compute(snapshot(permissive, basePod("base-1"))).Lacking)
}

func TestTheIngressOfAStrictGroup(t *testing.T) {
	g := withIngress(strict(chain("canary", "s2")))
	b := snapshot(g, basePod("base-1"), grayPod("gray-1", "canary"))
	c := snapshot(g, basePod("base-1"), grayPod("gray-1", "s2"))
	in := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{Compute(b)}})
	answers := func(lane string) (out [][]string) {
		got := Explain(in, []Snapshot{b, c}, Request{Path: "/mock", Headers: map[string]string{"x-asm-prefer-tag": lane}})
		for _, hop := range got.Ways[0].Hops {
			out = append(out, append([]string{hop.Lane}, hop.Pods...))
		}
		return out
	}
	assert.Equal(t, [][]string{{"base", "base-1"}, {"base", "base-1"}}, answers("nobody"))
	assert.Equal(t, [][]string{{"canary", "gray-1"}, {"canary"}}, answers("canary"), "nobody answers for a lane")
	assert.Equal(t, [][]string{{"s2"}, {"s2", "gray-1"}}, answers("s2"), "nor at the ingress")
}
