package lane

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	apiv1 "lanekeeper.io/api/v1"
)

var stages = []Stage{StageIdle, StageEntering, StageInLane, StagePromoting, StagePromoted, StageRollingBack, StageRolledBack}

// world draws a Service's snapshot: any lanes, pods of any kind, a Rollout at
// any stage.
func world(t *rapid.T) Snapshot {
	gray := []string{"canary", "s2", "s3"}[:rapid.IntRange(0, 3).Draw(t, "gray lanes")]
	g := withIngress(chain(gray...))
	g.AutoUpdate = rapid.Bool().Draw(t, "autoUpdate")
	for i := range g.Lanes {
		g.Lanes[i].Deleting = i > 0 && rapid.Bool().Draw(t, "deleting")
		if rapid.Bool().Draw(t, "named") {
			g.Lanes[i].Services = g.Services
		}
	}
	s := snapshot(g)
	for _, l := range g.Lanes {
		if rapid.Bool().Draw(t, "unisolated") {
			s.Marking.Unisolated = append(s.Marking.Unisolated, l.Name)
		}
	}
	stage := rapid.SampledFrom(stages).Draw(t, "stage")
	r := release(stage)
	switch rapid.IntRange(0, 4).Draw(t, "into") {
	case 0:
		r.Lane, r.Problem = "", &Problem{Reason: "LaneUnknown"}
	case 1:
		r.Lane = ""
	}
	if rapid.Bool().Draw(t, "released") {
		s.Releases = []Release{*r}
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "pods") {
		p := anyPod(t, fmt.Sprintf("p%d", i), r)
		p.Marking = s.Marking
		s.Pods = append(s.Pods, p)
	}
	s.TakenOver = rapid.Bool().Draw(t, "taken over")
	return s
}

func anyPod(t *rapid.T, name string, r *Release) Pod {
	p := basePod(name)
	if tag := rapid.SampledFrom([]string{"", "base", "canary", "s2", "v9"}).Draw(t, "tag"); tag == "" {
		p = without(p, tagLabel)
	} else {
		p = with(p, tagLabel, tag)
	}
	p.Ready = rapid.Bool().Draw(t, "ready")
	p.Terminating = rapid.Bool().Draw(t, "terminating")
	if rapid.Bool().Draw(t, "driven") {
		p.Owner.Release, p.Owner.Canary = r, rapid.Bool().Draw(t, "is canary")
		if rapid.IntRange(0, 3).Draw(t, "locked") == 0 {
			p.Owner.Locked = []string{"app", tagLabel}
		}
	}
	return p
}

func TestTheOrderOfFactsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := world(t)
		want := Compute(s)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		shuffled := s
		shuffled.Pods = slices.Clone(s.Pods)
		random.Shuffle(len(shuffled.Pods), func(i, j int) {
			shuffled.Pods[i], shuffled.Pods[j] = shuffled.Pods[j], shuffled.Pods[i]
		})
		require.Equal(t, want, Compute(shuffled))
		in := ComputeIngress(IngressSnapshot{Group: s.Group, Plans: []Plan{want}, TakenOver: s.TakenOver})
		require.Equal(t, in, ComputeIngress(IngressSnapshot{Group: s.Group, Plans: []Plan{Compute(shuffled)}, TakenOver: s.TakenOver}))
	})
}

func TestGrayLanesAreNeverEverybodys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := world(t)
		p := Compute(s)
		if p.State == StateManaged {
			require.Equal(t, "base", p.Baseline.Lane)
		}
		for _, m := range p.Gray {
			require.NotEqual(t, p.Baseline.Lane, m.Lane)
			require.Contains(t, p.GrayLanes, m.Lane)
		}
		if p.State == StatePending {
			return
		}
		routes := ComputeIngress(IngressSnapshot{Group: s.Group, Plans: []Plan{p}, TakenOver: true}).Routes
		for _, r := range routes {
			if len(r.Headers) == 0 { // what an untagged request meets
				require.Equal(t, "base", r.Destinations[0].Lane)
			}
		}
	})
}

func TestAnUndoneVersionNeverRejoins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := world(t)
		stage := rapid.SampledFrom([]Stage{StageRollingBack, StageRolledBack}).Draw(t, "undone")
		s.Releases = []Release{*release(stage)}
		for i := range s.Group.Lanes {
			s.Group.Lanes[i].Services = nil
		}
		for i := range s.Pods {
			s.Pods[i].Owner.Release = release(stage)
		}
		require.NotContains(t, lanesOf(Compute(s)), "canary")

		// The next version is published.
		next := rapid.SampledFrom([]Stage{StageEntering, StageInLane, StagePromoting, StagePromoted}).Draw(t, "next")
		s.Releases = []Release{*release(next)}
		for i := range s.Pods {
			s.Pods[i].Owner.Release, s.Pods[i].Owner.Earlier = release(next), s.Pods[i].Owner.Canary
		}
		p := Compute(s)
		for _, m := range p.Gray {
			require.Zero(t, m.Pods)
		}
		for _, pod := range s.Pods {
			if pod.Owner.Canary {
				require.NotContains(t, Assign(s.Group, mockb, pod).Change.Apply(pod.Labels), apiv1.LaneMarker("canary"))
			}
		}
	})
}

func TestNoReleasedPodFallsIntoTheBaseline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := world(t)
		for _, p := range s.Pods {
			if !p.Owner.Canary || p.Owner.Release == nil {
				continue
			}
			v := Assign(s.Group, mockb, p)
			require.NotEqual(t, KindBaseline, v.Kind)
			after := v.Change.Apply(p.Labels)
			if slices.Contains(p.Owner.Locked, tagLabel) && after[tagLabel] == "base" {
				if p.Ready && !p.Terminating {
					require.NotNil(t, Compute(s).Unassigned.Leaking, "it cannot be helped, and is said")
				}
				continue
			}
			require.NotEqual(t, "base", after[tagLabel], "its label takes it out of the baseline's subset")
			if v.Kind == KindLane {
				require.Equal(t, v.Lane, after[tagLabel])
			}
		}
	})
}

func TestATakeoverMovesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := world(t)
		s.TakenOver = false
		if Compute(s).State != StateManaged {
			return
		}
		ready := 0
		for _, p := range s.Pods {
			if !p.Ready || p.Terminating {
				continue
			}
			v := Assign(s.Group, mockb, p)
			require.Nil(t, v.Problem())
			require.True(t, v.Change.Empty(), "pod %s still lacks %s", p.Name, v.Change)
			if v.Kind == KindBaseline {
				ready++
			}
		}
		require.Positive(t, ready)
	})
}
