package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

const cloneSet = "CloneSet/mockb"

// revisioned is a snapshot with a CloneSet that has pods of these revisions, by their names, with the labels of
// the lane that a pod's name begins with.
func revisioned(f RevisionFacts, records Records, pods map[string]string) Snapshot {
	s := snapshot(chain("canary"))
	s.TakenOver, s.Records = true, records
	f.Live = map[string]bool{}
	r := Release{Rollout: "default/r", Workload: cloneSet, Stage: StageInLane, Lane: "canary"}
	s.Releases = []Release{r}
	for name, revision := range pods {
		p := basePod(name)
		if name[:4] == "gray" {
			p = grayPod(name, "canary")
		}
		p.Owner.Workload, p.Owner.Revision, p.Owner.Release = cloneSet, revision, &r
		s.Pods, f.Live[revision] = append(s.Pods, p), true
	}
	s.Workloads = []Workload{{Name: cloneSet, Driven: true, RevisionFacts: f}}
	return s
}

func TestStagesOfAWorkloadThatIsReleasedInItself(t *testing.T) {
	record := Records{cloneSet: {"v1"}}
	for name, tc := range map[string]struct {
		facts   RevisionFacts
		records Records
		pods    map[string]string
		told    Stage
		want    Stage
	}{
		"published":                     {RevisionFacts{Update: "v2", Releasing: true}, record, map[string]string{"base": "v1"}, StageEntering, StageEntering},
		"in its lane":                   {RevisionFacts{Update: "v2", Releasing: true}, record, map[string]string{"base": "v1", "gray": "v2"}, StageEntering, StageInLane},
		"promoted by its last step":     {RevisionFacts{Update: "v2", Releasing: true}, Records{cloneSet: {"v1", "v2"}}, map[string]string{"base": "v1", "gray": "v2"}, StageInLane, StagePromoting},
		"undone, and Kruise knows":      {RevisionFacts{Update: "v1"}, record, map[string]string{"base": "v1", "gray": "v2"}, StageRollingBack, StageRollingBack},
		"undone, and Kruise releases":   {RevisionFacts{Update: "v1", Releasing: true}, record, map[string]string{"base": "v1", "gray": "v2"}, StageInLane, StageRollingBack},
		"undone before its first pod":   {RevisionFacts{Update: "v1", Releasing: true}, record, map[string]string{"base": "v1"}, StageInLane, StageIdle},
		"promoted":                      {RevisionFacts{Update: "v1"}, record, map[string]string{"base": "v1"}, StagePromoted, StagePromoted},
		"its status is of another spec": {RevisionFacts{}, record, map[string]string{"base": "v1"}, StageInLane, StageInLane},
		"nothing is on record":          {RevisionFacts{Update: "v2", Releasing: true}, nil, map[string]string{"base": "v1"}, StageInLane, StageInLane},
	} {
		s := revisioned(tc.facts, tc.records, tc.pods)
		s.Releases[0].Stage = tc.told
		assert.Equal(t, tc.want, s.Standing().Releases[0].Stage, name)
		assert.Equal(t, tc.told, s.Releases[0].Stage, "what it is given stays as it is")
	}
}

func TestVerdictsByRevision(t *testing.T) {
	inLane := RevisionFacts{Update: "v2", Releasing: true}
	for name, tc := range map[string]struct {
		facts    RevisionFacts
		records  Records
		revision string
		kind     Kind
		says     string
	}{
		"of the baseline":  {inLane, Records{cloneSet: {"v1"}}, "v1", KindBaseline, "it is of the stable version of CloneSet/mockb, which Rollout default/r releases"},
		"of the release":   {inLane, Records{cloneSet: {"v1"}}, "v2", KindLane, "Rollout default/r releases CloneSet/mockb into lane canary (InLane)"},
		"undone":           {RevisionFacts{Update: "v1"}, Records{cloneSet: {"v1"}}, "v2", KindOutside, "its version of CloneSet/mockb was undone, or another one was published since, and it goes"},
		"nobody looked":    {inLane, nil, "v2", KindLeaveAlone, "which revision of CloneSet/mockb is the baseline's is not known"},
		"of an older spec": {RevisionFacts{Releasing: true}, Records{cloneSet: {"v1"}}, "v2", KindOutside, "it goes"},
		"without revision": {inLane, Records{cloneSet: {"v1"}}, "", KindLeaveAlone, "is not known"},
	} {
		s := revisioned(tc.facts, tc.records, map[string]string{"base": tc.revision})
		v := verdictsOf(s.Standing())[0]
		assert.Equal(t, tc.kind, v.Kind, name)
		assert.Contains(t, v.Why.Message, tc.says, name)
	}
	stays := revisioned(RevisionFacts{Releasing: true}, Records{cloneSet: {"v1"}}, map[string]string{"gray": "v2"}).Standing()
	assert.Equal(t, KindLane, verdictsOf(stays)[0].Kind, "its status is of an older spec for a moment")

	s := revisioned(RevisionFacts{Update: "v2"}, Records{cloneSet: {"v1", "v2"}}, map[string]string{"gray": "v2"})
	s.Releases, s.Workloads[0].Driven, s.Pods[0].Owner.Release = nil, false, nil
	v := verdictsOf(s.Standing())[0]
	assert.Equal(t, KindBaseline, v.Kind)
	assert.Equal(t, "its version of CloneSet/mockb was promoted, and the Rollout is gone", v.Why.Message)
}

func TestWhatIsPutOnRecord(t *testing.T) {
	for name, tc := range map[string]struct {
		facts   RevisionFacts
		stable  string
		driven  bool
		records Records
		pods    map[string]string
		want    Records
	}{
		"a Rollout that releases nothing": {RevisionFacts{Update: "v1"}, "", true, nil, map[string]string{"base": "v1"}, Records{cloneSet: {"v1"}}},
		"nobody looked, and it is told":   {RevisionFacts{Update: "v2", Releasing: true}, "v1", true, nil, map[string]string{"base": "v1"}, Records{cloneSet: {"v1"}}},
		"nobody looked, and it is not":    {RevisionFacts{Update: "v2", Releasing: true}, "", true, nil, map[string]string{"base": "v1"}, nil},
		"no Rollout":                      {RevisionFacts{Update: "v1"}, "", false, nil, map[string]string{"base": "v1"}, nil},
		"no Rollout any more":             {RevisionFacts{Update: "v2"}, "", false, Records{cloneSet: {"v1"}}, map[string]string{"base": "v1", "gray": "v2"}, Records{cloneSet: {"v1", "v2"}}},
		"no Rollout, all pods are new":    {RevisionFacts{Update: "v2"}, "", false, Records{cloneSet: {"v2"}}, map[string]string{"base": "v2", "gray": "v2"}, Records{cloneSet: {"v2"}}},
		"no Rollout, all pods say it":     {RevisionFacts{Update: "v2"}, "", false, Records{cloneSet: {"v2"}}, map[string]string{"base": "v2"}, nil},
	} {
		s := revisioned(tc.facts, tc.records, tc.pods)
		s.Workloads[0].Driven, s.Workloads[0].Stable = tc.driven, tc.stable
		assert.Equal(t, tc.want, Compute(s).Records, name)
	}
}

// A new pod of a version that is promoted is the baseline's, also while nobody writes that down.
func TestNewPodsGoByWhatIsForeseen(t *testing.T) {
	for name, tc := range map[string]struct {
		facts RevisionFacts
		want  Kind
	}{
		"an update without a release": {RevisionFacts{Update: "v2"}, KindBaseline},
		"the last step":               {RevisionFacts{Update: "v2", Releasing: true, Promoting: "v2"}, KindBaseline},
		"a step before it":            {RevisionFacts{Update: "v2", Releasing: true}, KindLane},
		"undone":                      {RevisionFacts{Update: "v1"}, KindOutside},
	} {
		w := Workload{Name: cloneSet, RevisionFacts: tc.facts}
		assert.Equal(t, tc.want, w.StandingOf("v2", nil, w.Foreseen(Records{cloneSet: {"v1"}})), name)
	}
	w := Workload{Name: cloneSet, RevisionFacts: RevisionFacts{Releasing: true}}
	assert.Equal(t, Records{}, w.Foreseen(Records{}))
}

// Testers keep a pod of the version that is promoted as long as others meet the one before it.
func TestTestersAreNotThrownBack(t *testing.T) {
	for name, tc := range map[string]struct {
		pods  map[string]string
		stays string
	}{
		"two pods":                               {map[string]string{"base": "v1", "gray-a": "v2", "gray-b": "v2"}, "gray-a"},
		"the one that is in the lane":            {map[string]string{"base": "v1", "base-a": "v2", "gray-b": "v2"}, "gray-b"},
		"none is in the lane, and there are two": {map[string]string{"base": "v1", "base-a": "v2", "base-b": "v2"}, "base-a"},
		"the only one, beside two old ones":      {map[string]string{"base-a": "v1", "base-b": "v1", "gray": "v2"}, "gray"},
		"the only one, beside the last old one":  {map[string]string{"base": "v1", "gray": "v2"}, ""},
		"no old pod":                             {map[string]string{"gray-a": "v2", "gray-b": "v2"}, ""},
	} {
		s := revisioned(RevisionFacts{Update: "v2", Releasing: true, Promoting: "v2"}, Records{cloneSet: {"v1", "v2"}}, tc.pods)
		stays := ""
		for i, v := range verdictsOf(s.Standing()) {
			if v.Kind == KindLane {
				require.Empty(t, stays, name)
				stays = s.Pods[i].Name
				assert.Contains(t, v.Change.Apply(s.Pods[i].Labels), apiv1.LaneMarker("canary"), name)
			}
		}
		assert.Equal(t, tc.stays, stays, name)
	}
}
