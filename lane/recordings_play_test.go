package lane

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/intstr"

	apiv1 "lanekeeper.io/api/v1"
)

// Every run of every kind and style is played through Assign, as the webhook has it, and Compute, as the
// controllers have it, with the promises as judges. Labels change at once here, and records are acted
// on with the event after the one that they are stored with.
func TestAllRecordings(t *testing.T) {
	all := recordings(t)
	require.Len(t, all, 83)
	kinds := map[string]int{}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			p := newPlay(t, r)
			for _, e := range r.events {
				if strings.HasPrefix(e.text, "END ") || e.text == "##### done" {
					break
				}
				p.play(e)
			}
			require.True(t, p.started, "the scenario was never there")
			kinds[p.kind]++
		})
	}
	assert.Len(t, kinds, 5)
}

// recordedReplicas is how many pods a workload has, recordedSteps are its Rollout's steps by the last part
// of the recording's name.
const recordedReplicas = 3

var recordedSteps = map[string][]string{"a": {"1", "3", "100%"}, "s": {"1"}, "h": {"100%"}}

// play is a recording and what we make of it.
type play struct {
	t       *testing.T
	kind    string
	blue    bool
	steps   []string
	objects seen
	started bool
	group   Group
	records Records
	// labels are those of the pods, and stamped the revision that they were stamped for last.
	labels  map[string]map[string]string
	stamped map[string]string
	judge   judge
}

func newPlay(t *testing.T, r recording) *play {
	parts := strings.Split(r.name, "-")
	p := &play{t: t, kind: parts[1], blue: parts[2] == "bg", steps: []string{"1", "50%", "100%"}, objects: seen{}, group: chain("canary"),
		labels: map[string]map[string]string{}, stamped: map[string]string{}}
	if steps, ok := recordedSteps[parts[len(parts)-1]]; ok {
		p.steps = steps
	}
	p.judge = judge{play: p, approved: map[string]bool{}}
	return p
}

func (p *play) play(e event) {
	p.started = p.started || strings.HasPrefix(e.text, "##### scenario")
	if e.kind == "rollout" && e.fields["S.currentStepState"] == "StepReady" { // so kubectl kruise approves
		p.judge.approvals++
	}
	p.objects.apply(e)
	if e.kind == "pod" && e.op == "-" {
		delete(p.labels, e.id)
		delete(p.stamped, e.id)
	}
	workload, ok := p.objects[p.kind]["x"]
	if !ok {
		return
	}
	s := p.snapshot(workload)
	p.stamp(s)
	// What is stored is acted on with the next event.
	plan := Compute(p.snapshot(workload))
	for _, change := range plan.Relabel {
		p.labels[change.Pod] = change.Verdict.Change.Apply(p.labels[change.Pod])
	}
	p.records = plan.Records
	if p.started {
		p.judge.look(e.at, workload["img"], p.snapshot(workload))
	}
}

// stamp labels new pods, and those whose revision changed in place, with what the webhook knows: the
// record, and the workload as it is.
func (p *play) stamp(s Snapshot) {
	for _, pod := range s.Pods {
		if is, ok := p.stamped[pod.Name]; ok && is == pod.Owner.Revision {
			continue
		}
		if p.labels[pod.Name] == nil {
			pod.Labels = map[string]string{"app": "mockb", tagLabel: "base"}
		}
		w := s.Workloads[0]
		w.Live = nil // it is not looked for
		pod.Owner = pod.Owner.Stand(w.StandingOf(pod.Owner.Revision, pod.Labels, w.Foreseen(s.Records)))
		p.labels[pod.Name] = Assign(s.Group, mockb, pod).Change.Apply(pod.Labels)
		p.stamped[pod.Name] = pod.Owner.Revision
	}
}

func (p *play) snapshot(workload map[string]string) Snapshot {
	s := snapshot(p.group)
	s.TakenOver, s.Records = true, p.records
	w := Workload{Name: "Any/x", RevisionFacts: p.facts(workload)}
	rollout, driven := p.objects["rollout"]["r"]
	w.Driven = driven && rollout["phase"] != "Disabled"
	s.Workloads = []Workload{w}
	owner := Owner{Known: true, Workload: w.Name, Locked: []string{"app"}}
	if w.Driven {
		r := Release{Rollout: "default/r", Workload: w.Name, Lane: "canary", Stage: StageOf(p.rolloutFacts(rollout, w))}
		s.Releases, owner.Release = []Release{r}, &r
	}
	for name, of := range p.objects["pod"] {
		_, deleting := of["DELETING"]
		owner.Revision = p.revision(of)
		s.Pods = append(s.Pods, Pod{Name: name, Labels: p.labels[name], Ready: of["c.Ready"] == "True", Terminating: deleting, Owner: owner})
	}
	slices.SortFunc(s.Pods, func(a, b Pod) int { return strings.Compare(a.Name, b.Name) })
	return s
}

func (p *play) rolloutFacts(rollout map[string]string, w Workload) RolloutFacts {
	f := RolloutFacts{Phase: rollout["phase"], InProgress: w.Releasing, CanaryExists: true}
	_, f.Reason, _ = strings.Cut(rollout["c.Progressing"], "/")
	f.Succeeded, _, _ = strings.Cut(rollout["c.Succeeded"], "/")
	return f
}

// facts are those that the recorded fields say; the names are those of the recorder: "s." is a status,
// "S." the Rollout's sub-status, "c." a condition, "#" a label and "@" an annotation.
func (p *play) facts(workload map[string]string) RevisionFacts {
	f := RevisionFacts{Live: map[string]bool{}}
	_, f.Releasing = workload["@~in-progressing"]
	switch p.kind {
	case "dep": // the ReplicaSet that has the template
		for name, rs := range p.objects["rs"] {
			if rs["img"] == workload["img"] {
				f.Update = strings.TrimPrefix(name, "x-")
			}
		}
	case "ads":
		f.Update = workload["s.daemonSetHash"]
	default:
		f.Update = workload["s.updateRevision"]
	}
	if observed, ok := workload["s.observedGeneration"]; p.kind != "dep" && ok && observed != workload["gen"] {
		f.Update = ""
	}
	for _, pod := range p.objects["pod"] {
		if _, deleting := pod["DELETING"]; !deleting {
			f.Live[p.revision(pod)] = f.Live[p.revision(pod)] || pod["c.Ready"] == "True"
		}
	}
	f.Promoting = p.promoting()
	return f
}

func (p *play) promoting() string {
	rollout := p.objects["rollout"]["r"]
	step, _ := strconv.Atoi(rollout["S.currentStepIndex"])
	if p.blue || rollout["c.Progressing"] != "True/InRolling" || step < 1 || step > len(p.steps) || !p.covers(p.steps[step-1]) {
		return ""
	}
	hash := rollout["S.podTemplateHash"]
	if p.kind == "cs" && hash != "" {
		return "x-" + hash
	}
	return hash
}

func (p *play) covers(step string) bool { return PromotingStep(intstr.Parse(step), recordedReplicas) }

func (p *play) revision(pod map[string]string) string {
	if p.kind == "dep" {
		return pod["#pod-template-hash"]
	}
	return pod["#controller-revision-hash"]
}

// judge holds what is made of a recording to the promises: somebody serves as the baseline as long as a
// pod is ready; no version does before its last step is approved or its Rollout is gone; none that was
// undone does while the one before it is ready, nor is it in the lane; and testers meet the new version
// as long as it has a ready pod beside a baseline of the old one. A version that comes back after its
// last pod went is not restored, but released anew.
type judge struct {
	play *play
	// approvals are those of the version in the template; approved are the images that everybody may meet.
	approvals int
	image     string
	approved  map[string]bool
	// restored is set when the version in the template had pods when it came back.
	restored bool
	// nobody, thrown and undone are since when the baseline has no ready pod, testers meet the old version,
	// or everybody an undone one.
	nobody, thrown, undone time.Time
}

func (j *judge) look(at time.Time, image string, s Snapshot) {
	imageOf := func(p Pod) string { return j.play.objects["pod"][p.Name]["img"] }
	if image != j.image {
		j.restored = j.image != "" && slices.ContainsFunc(s.Pods, func(p Pod) bool { return imageOf(p) == image && !p.Terminating })
		j.image, j.approvals, j.approved[image] = image, 0, j.restored && j.approved[image]
	}
	f := s.Workloads[0].RevisionFacts
	j.approved[image] = j.approved[image] || j.approvals >= j.needed() || !f.Releasing
	j.member(at, s)
	baseline, tester, ready, restored := 0, 0, map[string]int{}, false
	var met []string
	for _, p := range s.Pods {
		if p.Terminating || !p.Ready || imageOf(p) == "" {
			continue
		}
		ready[imageOf(p)]++
		restored = restored || imageOf(p) == image
		switch {
		case Selects(map[string]string{tagLabel: "base"}, p.Labels):
			baseline++
			met = append(met, imageOf(p))
		case p.Labels[apiv1.LaneMarker("canary")] != "":
			tester++
			if f.Update != "" && imageOf(p) != image {
				j.play.t.Errorf("%s: testers meet %s, and %s is published: %v", clock(at), imageOf(p), image, s)
			}
		}
	}
	j.since(&j.nobody, at, baseline == 0 && len(ready) > 0, "nobody is the baseline", s)
	for _, of := range met {
		if !j.approved[of] {
			j.play.t.Errorf("%s: %s serves as the baseline, which nobody approved: %v", clock(at), of, s)
		}
	}
	undone := slices.ContainsFunc(met, func(of string) bool { return of > image })
	j.since(&j.undone, at, f.Update != "" && undone && j.restored && restored, "an undone version serves as the baseline", s)
	// one ready pod of the new version is the lane's until it is the only one that the baseline can have
	alone := ready[image] < 2 && j.approved[image]
	old := slices.ContainsFunc(met, func(of string) bool { return of != image })
	j.since(&j.thrown, at, tester == 0 && ready[image] > 0 && old && !alone && f.Releasing && !j.restored, "testers meet the old version", s)
}

// member: the Service is in the lane from the publication on, as long as a pod is, and not after an undo.
func (j *judge) member(at time.Time, s Snapshot) {
	f, plan := s.Workloads[0].RevisionFacts, Compute(s)
	_, in := MemberOf(plan.Gray, "canary")
	pods := slices.ContainsFunc(s.Pods, func(p Pod) bool { return !p.Terminating && p.Labels[apiv1.LaneMarker("canary")] != "" })
	published := f.Releasing && f.Update != "" && len(s.Records["Any/x"]) > 0 && !slices.Contains(s.Records["Any/x"], f.Update)
	if want := pods || published; in != want && f.Update != "" && len(s.Releases) > 0 {
		j.play.t.Errorf("%s: in the lane: %v, %+v %v", clock(at), in, s.Workloads, s.Releases)
	}
	for _, r := range s.Standing().Releases {
		if done := !f.Releasing && len(f.Live) == 1 && f.Update != ""; r.Stage.Releasing() && done {
			if _, all := f.Live[f.Update]; all {
				j.play.t.Errorf("%s: stage %s, and nothing is released: %+v", clock(at), r.Stage, s.Workloads)
			}
		}
	}
}

// needed is how many approvals promote: those before the first step that covers all replicas, or all.
func (j *judge) needed() int {
	if !j.play.blue {
		if at := slices.IndexFunc(j.play.steps, j.play.covers); at >= 0 {
			return at
		}
	}
	return len(j.play.steps)
}

// since looks for times, not moments: one change of the cluster is several events.
func (j *judge) since(began *time.Time, at time.Time, wrong bool, what string, s Snapshot) {
	switch {
	case wrong && began.IsZero():
		*began = at
	case wrong && at.After(*began):
		j.play.t.Errorf("%s from %s to %s: %+v", what, clock(*began), clock(at), s.Workloads)
		for _, p := range s.Pods {
			j.play.t.Logf("  %s %v %v ready %v", p.Name, p.Owner.Revision, p.Labels, p.Ready)
		}
	case !wrong:
		*began = time.Time{}
	}
}

func clock(at time.Time) string { return at.Format("15:04:05.000") }
