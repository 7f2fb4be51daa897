package istio

import (
	"encoding/json"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Which revisions of a workload are the baseline's is on record in an annotation of the Service's
// DestinationRule, as JSON by the workload's name: an undo wipes the workload's own annotations, and pods
// carry what their template says. It is written whatever else keeps the rule as it is, since labels are
// changed by it.

// Records reads the rule; a record that is none is as good as lost.
func (l *live) Records() lane.Records { return recordsOf(l.rule) }

// Records is that of live.
func (i isolation) Records() lane.Records { return recordsOf(i.rule) }

func recordsOf(rule *networkingv1.DestinationRule) lane.Records {
	if rule == nil {
		return nil
	}
	value, ok := rule.Annotations[apiv1.AnnotationRevisions]
	if !ok {
		return nil
	}
	var out lane.Records
	if err := json.Unmarshal([]byte(value), &out); err != nil {
		return nil
	}
	return out
}

// record notes the records in annotations that are about to be written. A Service that leaves keeps what
// it has: its pods have to find their labels.
func (l *live) record(plan lane.Plan, annotations map[string]string) {
	records := plan.Records
	if plan.State == lane.StateWithdrawn {
		records = l.Records()
	}
	if len(records) == 0 {
		return
	}
	value, _ := json.Marshal(records) // texts only
	annotations[apiv1.AnnotationRevisions] = string(value)
}

// recordAlone is the write of the records where the rule stays as it is otherwise; none where they are the
// same.
func (p *Provider) recordAlone(plan lane.Plan, l *live) []trafficprovider.Write {
	if l.rule == nil || lane.SameRecords(l.Records(), plan.Records) {
		return nil
	}
	rule := l.rule.DeepCopy()
	delete(rule.Annotations, apiv1.AnnotationRevisions)
	if rule.Annotations == nil {
		rule.Annotations = map[string]string{}
	}
	l.record(plan, rule.Annotations)
	return p.put(nil, l.rule, rule, "other revisions are the baseline's", trafficprovider.Record)
}
