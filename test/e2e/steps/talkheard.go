package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/talk"
)

// End ends the conversations and judges them: whoever they are of met these versions of the second
// service in turn, and each that stays had one chain.
func (t *Talk) End(everybody, tester []string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("everybody has heard %v, and testers %v", everybody, tester), Do: func(_ context.Context, p *scenario.Play) error {
		t.long.Wait()
		for who, want := range map[string][]string{"everybody": everybody, "a tester": tester} {
			for _, l := range t.lines[who] {
				said := l.Close()
				if why := strayed(said, want, l.Kind.Stays); why != "" {
					p.Problem("%s, %s: %s", who, l.Kind.Name, why)
				}
			}
		}
		t.stop()
		t.lines = nil
		p.Lost(t.lost...)
		t.lost = nil
		return nil
	}}
}

// strayed says where turns met what they must not; empty where they did not.
func strayed(said []talk.Said, want []string, stays bool) string {
	at, begun, first := 0, "", map[int]string{}
	for _, s := range said {
		if s.Chain == nil {
			continue
		}
		pods := fmt.Sprint([]load.Hop(s.Chain))
		if first[s.Conversation] == "" {
			first[s.Conversation] = pods
		}
		if stays && first[s.Conversation] != pods {
			return fmt.Sprintf("conversation %d went from %s to %s", s.Conversation, first[s.Conversation], pods)
		}
		b, _ := s.Chain.Hop("b")
		next := slices.Index(want[at:], b.Version)
		if next < 0 {
			return fmt.Sprintf("met b %s after %s, at %s", b.Version, want[at], s.At.Format("15:04:05.000"))
		}
		at, begun = at+next, cmp.Or(begun, b.Version)
	}
	switch {
	case len(said) < 10:
		return fmt.Sprintf("there were only %d turns", len(said))
	case begun != want[0] || at != len(want)-1:
		return fmt.Sprintf("began with b %s and ended with %s", begun, want[at])
	}
	return ""
}

// ended judges the end of a conversation: of those that stay it may be the end of a pod, and of
// others there is none.
func (t *Talk) ended(ctx context.Context, p *scenario.Play, who string, k talk.Kind, s talk.Said) {
	if what := who + ", " + k.Name; !k.Stays || s.Chain == nil {
		t.lose(what, s)
	} else {
		t.cut(ctx, p, what, s)
	}
}

// cut judges an end in the middle: a pod that is being deleted ends what is open in it, after it has
// served on for a while, as it and its sidecar see fit. Nothing else may.
func (t *Talk) cut(ctx context.Context, p *scenario.Play, what string, s talk.Said) {
	if leaving, err := anyLeaving(ctx, p, s.Chain); err != nil || !leaving {
		t.lose(fmt.Sprintf("%s, in %v, of which no pod is leaving (%v)", what, []load.Hop(s.Chain), err), s)
	}
}

// anyLeaving reports whether a pod of the chain is being deleted, or is gone.
func anyLeaving(ctx context.Context, p *scenario.Play, chain load.Chain) (bool, error) {
	var pods corev1.PodList
	if err := p.Client.List(ctx, &pods, client.InNamespace(talkNamespace)); err != nil {
		return false, err
	}
	return slices.ContainsFunc(chain, func(h load.Hop) bool {
		return !slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool { return pod.Status.PodIP == h.IP && pod.DeletionTimestamp == nil })
	}), nil
}
