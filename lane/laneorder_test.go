package lane

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

func TestOfTwoLanesWithTheSameLabelTheOneThatWasThereFirstKeepsIt(t *testing.T) {
	made := func(name, tag string, age time.Duration, states ...string) apiv1.ASMSwimLane {
		l := apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Unix(10_000, 0).Add(-age))}}
		l.Spec.LabelSelector = map[string]string{tagLabel: tag}
		for _, state := range states {
			switch state {
			case "accepted":
				l.Status.Conditions = []metav1.Condition{{Type: apiv1.ConditionAccepted, Status: metav1.ConditionTrue}}
			case "going":
				l.DeletionTimestamp = new(metav1.NewTime(time.Unix(20_000, 0)))
			}
		}
		return l
	}
	base := made("base", "base", time.Hour, "accepted")
	for name, tc := range map[string]struct {
		lanes []apiv1.ASMSwimLane
		in    []string
		first map[string]string
	}{
		"the older":                       {[]apiv1.ASMSwimLane{made("b", "gray", 1), made("a", "gray", 2*time.Second)}, []string{"a", "base"}, map[string]string{"b": "a"}},
		"the older, whatever its name":    {[]apiv1.ASMSwimLane{made("b", "gray", 2*time.Second), made("a", "gray", 1)}, []string{"b", "base"}, map[string]string{"a": "b"}},
		"as old, the first by name":       {[]apiv1.ASMSwimLane{made("b", "gray", 1), made("a", "gray", 1)}, []string{"a", "base"}, map[string]string{"b": "a"}},
		"the one that is accepted":        {[]apiv1.ASMSwimLane{made("old", "gray", time.Hour), made("new", "gray", 1, "accepted")}, []string{"base", "new"}, map[string]string{"old": "new"}},
		"not with another label":          {[]apiv1.ASMSwimLane{made("b", "gray", 1), made("a", "s2", 2)}, []string{"a", "b", "base"}, map[string]string{}},
		"three":                           {[]apiv1.ASMSwimLane{made("a", "gray", 3*time.Second), made("b", "gray", 2*time.Second), made("c", "gray", 1)}, []string{"a", "base"}, map[string]string{"b": "a", "c": "a"}},
		"its successor comes as it goes":  {[]apiv1.ASMSwimLane{made("a", "gray", time.Hour, "accepted", "going"), made("b", "gray", 1)}, []string{"a", "b", "base"}, map[string]string{}},
		"what was left out goes left out": {[]apiv1.ASMSwimLane{made("a", "gray", time.Hour, "accepted"), made("b", "gray", 1, "going")}, []string{"a", "base"}, map[string]string{"b": "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			in, rejected := admit(append(tc.lanes, base))
			var names []string
			for _, l := range in {
				names = append(names, l.Name)
			}
			assert.Equal(t, tc.in, names)
			first := map[string]string{}
			for name, r := range rejected {
				first[name] = r.First
				assert.Equal(t, apiv1.ReasonInvalid, r.Reason)
				assert.Contains(t, r.Message, "lanes "+min(name, r.First)+" and "+max(name, r.First)+" could select the same pod")
			}
			assert.Equal(t, tc.first, first)
		})
	}
}

func TestAGroupGoesOnWithoutALaneThatIsLeftOut(t *testing.T) {
	group, lanes := sample(t, "full-chain", "3-lanes.yaml")
	again := *lanes[1].DeepCopy()
	again.Name, again.CreationTimestamp = "again", metav1.Now()
	g, problem := NewGroup(group, append(lanes, again))
	require.Nil(t, problem)
	assert.Len(t, g.Lanes, 2)
	assert.Contains(t, g.Rejected, "again")
}
