package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// severalLanes is a Service in two gray lanes, whose plan is followed step by step.
type severalLanes struct {
	*testing.T
	plan lane.Plan
	live *live
	now  time.Time
}

func inTwoLanes(t *testing.T) *severalLanes {
	of := func(name string) lane.Member {
		return lane.Member{Lane: name, Selector: map[string]string{"tag": name}}
	}
	service := types.NamespacedName{Namespace: "default", Name: "mockb"}
	a := &severalLanes{T: t, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), live: &live{group: "g", service: service, settle: 10 * time.Second},
		plan: lane.Plan{Group: "g", Service: service, State: lane.StateManaged, Tag: lane.Tag{RouteHeader: "x-tag"}, Baseline: of("base"),
			Gray: []lane.Member{of("s2"), of("s3")}, GrayLanes: []string{"s2", "s3"}}}
	return a
}

// step takes one, and returns how long until the next.
func (a *severalLanes) step() time.Duration {
	a.Helper()
	tr := advance(a.plan, a.live, a.now)
	dr, routes, _, err := objects(a.plan, a.live, tr, a.now)
	require.NoError(a, err)
	a.live.rule = dr
	if routes != nil {
		a.live.routes = routes
	}
	return tr.again
}

func (a *severalLanes) after(d time.Duration) time.Duration {
	a.Helper()
	a.now = a.now.Add(d)
	return a.step()
}

func (a *severalLanes) selects(laneName string) map[string]string {
	a.Helper()
	s := a.live.find(laneName)
	require.NotNil(a, s)
	return s.Labels
}

func (a *severalLanes) say(says bool) {
	for i := range a.plan.Gray {
		a.plan.Gray[i].Apart, a.plan.Gray[i].Answers = true, says
	}
}

func TestASubsetSelectsWhoMayAnswerOneSettleAfterAllSayIt(t *testing.T) {
	a := inTwoLanes(t)
	a.step()
	a.after(10 * time.Second)
	assert.Empty(t, a.selects("s2"))
	assert.Empty(t, a.live.Answers())

	a.say(true)
	a.step()
	assert.Empty(t, a.selects("s2"), "proxies do not know yet what pods say")
	assert.Equal(t, []string{"s2", "s3"}, a.live.Answers(), "new pods say it, too")
	assert.Equal(t, time.Second, a.after(9*time.Second))
	assert.Empty(t, a.selects("s2"))
	assert.Zero(t, a.after(time.Second))
	for _, name := range []string{"s2", "s3"} {
		assert.Equal(t, map[string]string{apiv1.AnswersLabel(name): "1"}, a.selects(name))
		assert.NotContains(t, a.live.rule.Annotations, apiv1.AnnotationAnswersAfter+name)
	}
	assert.Equal(t, []string{"s2", "s3"}, a.live.Answers())
	assert.True(t, a.live.Isolates("s2", a.now))
	assert.Equal(t, "base", a.live.Serving(), "a gray subset with labels is no baseline's")

	a.say(false)
	a.after(time.Second)
	assert.NotEmpty(t, a.selects("s2"), "a new pod that does not say it yet changes nothing")
}

func TestAPodThatDoesNotSayItStartsTheWaitAnew(t *testing.T) {
	a := inTwoLanes(t)
	a.step()
	a.say(true)
	a.after(10 * time.Second)
	a.say(false)
	a.after(5 * time.Second)
	assert.Empty(t, a.live.Answers())
	a.say(true)
	a.step()
	a.after(9 * time.Second)
	assert.Empty(t, a.selects("s2"))
	a.after(time.Second)
	assert.NotEmpty(t, a.selects("s2"))
}

func TestASubsetHoldsAllWhileTheBaselineMoves(t *testing.T) {
	a := inTwoLanes(t)
	a.say(true)
	a.step()
	a.step()
	a.after(10 * time.Second)
	require.NotEmpty(t, a.selects("s3"))

	next := a.plan.Gray[0]
	a.plan.Next = &next
	a.step()
	assert.Empty(t, a.selects("s2"))
	assert.Empty(t, a.selects("s3"), "pods are about to change sides")
	a.after(10 * time.Second)
	assert.Empty(t, a.selects("s3"))
	assert.Equal(t, "s2", a.live.last())
}

func TestALeavingSubsetGoesOnSelecting(t *testing.T) {
	a := inTwoLanes(t)
	a.say(true)
	a.step()
	a.step()
	a.after(10 * time.Second)
	a.plan.Gray = a.plan.Gray[:1]
	a.plan.Gray[0].Apart, a.plan.Gray[0].Answers = false, false
	a.step()
	assert.NotEmpty(t, a.selects("s3"), "proxies may name it still")
	assert.NotEmpty(t, a.selects("s2"), "and one that is left alone does not change")

	a.plan.Mode = lane.Strict
	a.step()
	assert.Contains(t, a.selects("s2"), "tag")
	assert.NotContains(t, a.selects("s2"), apiv1.AnswersLabel("s2"))
}

var _ trafficprovider.Isolation = isolation{}
