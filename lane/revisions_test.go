package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestWhichRevisionsAreTheBaselines(t *testing.T) {
	ready, unready := true, false
	for name, tc := range map[string]struct {
		before BaselineRevisions
		facts  RevisionFacts
		want   BaselineRevisions
	}{
		"nothing is released":            {BaselineRevisions{"v1"}, RevisionFacts{Update: "v1", Live: map[string]bool{"v1": ready}}, BaselineRevisions{"v1"}},
		"the status is of an older spec": {BaselineRevisions{"v1"}, RevisionFacts{Live: map[string]bool{"v2": ready}}, BaselineRevisions{"v1"}},
		"a release begins":               {BaselineRevisions{"v1"}, RevisionFacts{Update: "v2", Releasing: true, Live: map[string]bool{"v1": ready}}, BaselineRevisions{"v1"}},
		"all pods are new before the last step": {
			BaselineRevisions{"v1"}, RevisionFacts{Update: "v2", Releasing: true, Live: map[string]bool{"v2": ready}}, BaselineRevisions{"v1"}},
		"a step for all replicas begins":      {BaselineRevisions{"v1"}, RevisionFacts{Update: "v2", Releasing: true, Promoting: "v2", Live: map[string]bool{"v1": ready, "v2": ready}}, BaselineRevisions{"v1", "v2"}},
		"that step is of another revision":    {BaselineRevisions{"v1"}, RevisionFacts{Update: "v3", Releasing: true, Promoting: "v2", Live: map[string]bool{"v1": ready}}, BaselineRevisions{"v1"}},
		"it is approved, or its Rollout gone": {BaselineRevisions{"v1"}, RevisionFacts{Update: "v2", Live: map[string]bool{"v1": ready}}, BaselineRevisions{"v1", "v2"}},
		"the last old pod is gone":            {BaselineRevisions{"v1", "v2"}, RevisionFacts{Update: "v2", Releasing: true, Live: map[string]bool{"v2": unready}}, BaselineRevisions{"v2"}},
		"all pods are gone":                   {BaselineRevisions{"v1", "v2"}, RevisionFacts{Update: "v2"}, BaselineRevisions{"v1", "v2"}},
		"undone in the promotion, no old pod is ready": {
			BaselineRevisions{"v1", "v2"}, RevisionFacts{Update: "v1", Live: map[string]bool{"v1": unready, "v2": ready}}, BaselineRevisions{"v1", "v2"}},
		"undone in the promotion, an old pod is ready": {
			BaselineRevisions{"v1", "v2"}, RevisionFacts{Update: "v1", Live: map[string]bool{"v1": ready, "v2": ready}}, BaselineRevisions{"v1"}},
		"released backwards, after v1 was gone": {
			BaselineRevisions{"v2"}, RevisionFacts{Update: "v1", Releasing: true, Live: map[string]bool{"v1": ready, "v2": ready}}, BaselineRevisions{"v2"}},
	} {
		was := append(BaselineRevisions(nil), tc.before...)
		assert.Equal(t, tc.want, tc.before.Next(tc.facts), name)
		assert.Equal(t, was, tc.before, "%s: what it is given stays as it is", name)
	}
}

func TestWhatPodsOfARevisionAre(t *testing.T) {
	b := BaselineRevisions{"v1"}
	for name, tc := range map[string]struct {
		revision, update string
		releasing        bool
		want             Kind
	}{
		"of the baseline":         {"v1", "v2", true, KindBaseline},
		"of the release":          {"v2", "v2", true, KindLane},
		"of a release that ended": {"v2", "v2", false, KindLane},
		"overtaken":               {"v2", "v3", true, KindOutside},
		"undone":                  {"v2", "v1", false, KindOutside},
		"nobody knows":            {"", "", true, KindOutside},
	} {
		assert.Equal(t, tc.want, b.KindOf(tc.revision, RevisionFacts{Update: tc.update, Releasing: tc.releasing}), name)
	}
}

func TestARecordThatIsLost(t *testing.T) {
	for name, tc := range map[string]struct {
		facts  RevisionFacts
		stable string
		want   BaselineRevisions
		ok     bool
	}{
		"nothing is released":           {RevisionFacts{Update: "v1"}, "", BaselineRevisions{"v1"}, true},
		"the stable one is known":       {RevisionFacts{Update: "v2", Releasing: true}, "v1", BaselineRevisions{"v1"}, true},
		"nobody knows a stable one":     {RevisionFacts{Update: "v2", Releasing: true}, "", nil, false},
		"all pods are new":              {RevisionFacts{Update: "v2", Releasing: true}, "v2", nil, false},
		"the status is of another spec": {RevisionFacts{Releasing: true}, "v1", nil, false},
	} {
		got, ok := RebuiltBaseline(tc.facts, tc.stable)
		assert.Equal(t, tc.ok, ok, name)
		if tc.ok {
			assert.Equal(t, tc.want, got, name)
		}
	}
}

func TestStepsThatPromote(t *testing.T) {
	for _, tc := range []struct {
		step     intstr.IntOrString
		replicas int32
		want     bool
	}{
		{intstr.FromString("100%"), 3, true}, {intstr.FromString("50%"), 3, false}, {intstr.FromString("67%"), 3, true}, {intstr.FromString("50%"), 1, true},
		{intstr.FromInt32(3), 3, true}, {intstr.FromInt32(2), 3, false}, {intstr.FromInt32(5), 3, true}, {intstr.FromString("all"), 3, false},
	} {
		assert.Equal(t, tc.want, PromotingStep(tc.step, tc.replicas), "%s of %d", tc.step.String(), tc.replicas)
	}
}
