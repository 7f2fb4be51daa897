package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

func TestRecordsStayWithTheRule(t *testing.T) {
	now := time.Unix(1000, 0)
	service := types.NamespacedName{Namespace: "default", Name: "mockb"}
	p := New(time.Second)
	plan := lane.Plan{Group: "rollout", Service: service, State: lane.StateManaged, Baseline: lane.Member{Lane: "base", Selector: map[string]string{"v": "base"}},
		Records: lane.Records{"CloneSet/mockb": {"v1", "v2"}}}
	step := func(plan lane.Plan, l *live) trafficprovider.Step {
		out, err := p.Translate(plan, l, trafficprovider.Confirmed, now)
		require.NoError(t, err)
		return out
	}
	taken := step(plan, &live{group: "rollout", service: service, settle: time.Second})
	require.Len(t, taken.Writes, 1)
	rule := taken.Writes[0].Object.(*networkingv1.DestinationRule)
	assert.JSONEq(t, `{"CloneSet/mockb": ["v1", "v2"]}`, rule.Annotations[apiv1.AnnotationRevisions])
	l := &live{group: "rollout", service: service, rule: rule, settle: time.Second}
	assert.Equal(t, plan.Records, l.Records())
	assert.Equal(t, plan.Records, isolation{rule: rule}.Records())

	plan.State, plan.Records = lane.StateFrozen, lane.Records{"CloneSet/mockb": {"v2"}}
	held := step(plan, l)
	require.Len(t, held.Writes, 1, "labels are changed by it, so it is written whatever keeps the rule as it is")
	next := held.Writes[0].Object.(*networkingv1.DestinationRule)
	assert.Equal(t, plan.Records, recordsOf(next))
	assert.Equal(t, trafficprovider.Record, held.Writes[0].Cause)
	assert.Equal(t, rule.Spec.String(), next.Spec.String())
	plan.Records = lane.Records{"CloneSet/mockb": {"v1", "v2"}}
	assert.Empty(t, step(plan, l).Writes)

	plan.State, plan.Records = lane.StateWithdrawn, nil
	leaving := step(plan, l)
	for _, w := range leaving.Writes {
		if w.Op == trafficprovider.Update {
			assert.Equal(t, l.Records(), recordsOf(w.Object.(*networkingv1.DestinationRule)), "its pods have to find their labels")
		}
	}
	assert.Nil(t, recordsOf(&networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{apiv1.AnnotationRevisions: "v1"}}}))
}
