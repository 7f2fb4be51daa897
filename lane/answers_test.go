package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

// Pods that start while another group's routes still lead everybody to them say where they may answer
// by those, and nothing else of them changes.
func TestNewPodsOfAServiceThatAnotherGroupStillRoutes(t *testing.T) {
	s := snapshot(chain("canary"), basePod("new"), grayPod("gray", "canary"))
	s.HeldByOther, s.OthersServing, s.OthersAnswers = true, []map[string]string{{tagLabel: "base"}}, []string{"theirs"}
	s.Pods[1].Labels = map[string]string{"app": "mockb", tagLabel: "base", apiv1.LabelOutside: apiv1.MarkerValue}
	changes := map[string]string{}
	for _, r := range Compute(s).Relabel {
		changes[r.Pod] = r.Verdict.Change.String()
	}
	assert.Equal(t, apiv1.AnswersLabel("theirs")+"=1", changes["new"])
	assert.NotContains(t, changes["gray"], "answers", "its marker keeps it out")

	s = snapshot(chain("canary"), basePod("new"))
	s.Withdrawing, s.TakenOver, s.ServingLabels, s.Marking.Answers = true, true, map[string]string{tagLabel: "base"}, []string{"canary"}
	relabel := Compute(s).Relabel
	require.Len(t, relabel, 1, "its group's routes may still be met")
	assert.Equal(t, apiv1.AnswersLabel("canary")+"=1", relabel[0].Verdict.Change.String())
}

// relabelledOnce is the snapshot after the plan's changes of labels.
func relabelledOnce(s Snapshot) Snapshot {
	changes := map[string]Change{}
	for _, r := range Compute(s).Relabel {
		changes[r.Pod] = r.Verdict.Change
	}
	pods := make([]Pod, len(s.Pods))
	for i, p := range s.Pods {
		p.Labels = changes[p.Name].Apply(p.Labels)
		pods[i] = p
	}
	s.Pods = pods
	return s
}

func answersOf(p Pod) []string {
	out := []string{}
	for _, l := range []string{"base", "s2", "s3", "s4"} {
		if p.Labels[apiv1.AnswersLabel(l)] == apiv1.MarkerValue {
			out = append(out, l)
		}
	}
	return out
}

func inTwoLanes() Snapshot {
	s := snapshot(chain("s2", "s3", "s4"), basePod("a"), grayPod("b", "s2"), grayPod("c", "s3"), with(basePod("d"), tagLabel, "v9"))
	s.TakenOver = true
	return s
}

func TestPodsOfAServiceInSeveralLanesSayWhereTheyMayAnswer(t *testing.T) {
	s := inTwoLanes()
	before := Compute(s)
	after := relabelledOnce(s)

	assert.Equal(t, []string{"s2", "s3"}, answersOf(after.Pods[0]), "the baseline's answer in both")
	assert.Equal(t, []string{"s2"}, answersOf(after.Pods[1]))
	assert.Equal(t, []string{"s3"}, answersOf(after.Pods[2]))
	assert.Empty(t, answersOf(after.Pods[3]), "an outsider")
	assert.Empty(t, Compute(after).Relabel)
	for i, m := range Compute(after).Gray {
		assert.True(t, m.Apart && m.Answers, m.Lane)
		assert.True(t, before.Gray[i].Apart && !before.Gray[i].Answers, "its pods do not say so yet")
	}
}

func TestWhatAPodSaysStaysWhileTheLaneIsThere(t *testing.T) {
	s := relabelledOnce(inTwoLanes())
	s.Pods = s.Pods[:2] // s3 leaves the Service, and so does the outsider
	assert.Empty(t, Compute(s).Relabel)
	assert.False(t, Compute(s).Gray[0].Apart, "nobody is to be kept out")

	s.Group.Lanes = s.Group.Lanes[:2] // s3 and s4 are deleted
	assert.Equal(t, []string{"s2"}, answersOf(relabelledOnce(s).Pods[0]))
}

// Subsets that are not of the group's lanes go on selecting the pods: of a lane that has left the group,
// and of a younger group over the same pods.
func TestWhatOthersSelectByStays(t *testing.T) {
	s := relabelledOnce(inTwoLanes())
	s.Group.Lanes = s.Group.Lanes[:2] // s3 and s4 leave the group
	s.Marking.Answers = []string{"s2", "s3"}
	s = relabelledOnce(s)
	assert.Equal(t, []string{"s2", "s3"}, answersOf(s.Pods[0]))
	assert.Empty(t, answersOf(s.Pods[2]), "s3's own is an outsider now")
	s.Marking.Answers = []string{"s2"}
	assert.Equal(t, []string{"s2"}, answersOf(relabelledOnce(s).Pods[0]))
}

// A Service whose pods an older group labels must not select by what they say.
func TestPodsOfAnOlderGroupSayNothing(t *testing.T) {
	s := relabelledOnce(inTwoLanes())
	s.Elders = []GroupService{{Group: "first", Service: mocka}}
	p := Compute(s)
	assert.True(t, p.Unlabelled)
	assert.False(t, p.Gray[0].Apart || p.Gray[0].Answers)
}

// Traffic that stays as it is goes on falling back: new pods say that they answer.
func TestNewPodsOfAFrozenServiceAnswer(t *testing.T) {
	for name, freeze := range map[string]func(*Snapshot){
		"its baseline is gone":   func(s *Snapshot) { s.Group.Lanes = s.Group.Lanes[1:] },
		"its group is not valid": func(s *Snapshot) { s.Hold = &Problem{apiv1.ReasonInvalid, "the group"} },
	} {
		s := relabelledOnce(inTwoLanes())
		s.Serving, s.ServingLabels, s.Marking.Answers = "base", map[string]string{tagLabel: "base"}, []string{"s2", "s3"}
		s.Pods = append(s.Pods, basePod("new"), canaryPod("canary", StageInLane))
		freeze(&s)
		p := Compute(s)
		require.Equal(t, StateFrozen, p.State, name)
		var changes []string
		for _, r := range p.Relabel {
			changes = append(changes, r.Pod+" "+r.Verdict.Change.String())
		}
		assert.Contains(t, changes, "new answers.lanekeeper.io/s2=1,answers.lanekeeper.io/s3=1", name)
	}
}

// A pod whose workload is gone is not labelled any more, and answers until it has gone, too.
func TestAPodThatGoesMayStillAnswer(t *testing.T) {
	s := inTwoLanes()
	s.Pods[0].Terminating = true
	s = relabelledOnce(s)
	for _, m := range Compute(s).Gray {
		assert.True(t, m.Apart, m.Lane)
		assert.False(t, m.Answers, "%s: nobody would answer there", m.Lane)
	}
	s.Pods[0].Ready = false
	assert.True(t, Compute(s).Gray[0].Answers)
}

func TestAPodThatChangesSidesSaysSomethingElse(t *testing.T) {
	s := relabelledOnce(inTwoLanes())
	s.Pods[0] = with(s.Pods[0], tagLabel, "s4")
	s.Pods[1] = with(s.Pods[1], tagLabel, "base")
	s.Pods[2] = with(s.Pods[2], tagLabel, "v8")
	s.Pods = append(s.Pods, grayPod("e", "s3"))
	s = relabelledOnce(s)
	assert.Equal(t, []string{"s4"}, answersOf(s.Pods[0]))
	assert.Equal(t, []string{"s2", "s3", "s4"}, answersOf(s.Pods[1]))
	assert.Empty(t, answersOf(s.Pods[2]), "it is an outsider")
}

func TestOneGrayLaneHasNobodyToKeepOut(t *testing.T) {
	s := snapshot(chain("s2", "s3"), basePod("a"), grayPod("b", "s2"))
	s.TakenOver = true
	p := Compute(s)
	require.Len(t, p.Gray, 1)
	assert.False(t, p.Gray[0].Apart)
	assert.Empty(t, p.Relabel)
	undone := canaryPod("u", StageRollingBack)
	undone.Labels = Change{Set: map[string]string{apiv1.LabelOutside: "1"}, Remove: []string{apiv1.LaneMarker("canary")}}.Apply(undone.Labels)
	p = Compute(snapshot(chain("s2", "canary"), basePod("a"), grayPod("b", "s2"), undone))
	assert.False(t, p.Gray[0].Apart, "a version that goes")

	s.Group.Mode = Strict
	s.Pods = append(s.Pods, grayPod("c", "s3"))
	assert.Empty(t, Compute(s).Relabel, "a strict lane's subset has its own pods alone")
}

func TestWhatTheMeshSelectsByIsSaidByNewPods(t *testing.T) {
	pod := basePod("a")
	pod.Marking.Answers = []string{"s2"}
	assert.Equal(t, []string{"s2"}, answersOf(Pod{Labels: Assign(chain("s2", "s3"), mockb, pod).Change.Apply(pod.Labels)}))
	pod = grayPod("b", "s3")
	pod.Marking.Answers = []string{"s2"}
	assert.Empty(t, Assign(chain("s2", "s3"), mockb, pod).Change.Set)
}

func TestAPodThatKeepsItsLabelsLetsOthersIn(t *testing.T) {
	s := inTwoLanes()
	s.Pods[0].Owner = Owner{}
	for _, m := range Compute(relabelledOnce(s)).Gray {
		assert.False(t, m.Apart || m.Answers, "nobody knows whose pod %s is", s.Pods[0].Name)
	}
}
