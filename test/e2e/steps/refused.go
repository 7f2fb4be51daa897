package steps

import (
	"context"
	"fmt"
	"strings"

	"lanekeeper.io/test/e2e/scenario"
)

// GroupRefuses has a person edit the group's spec in a way that is refused with these words.
func GroupRefuses(what, spec, words string) scenario.Step {
	return scenario.Step{What: "the group refuses " + what, Do: func(ctx context.Context, p *scenario.Play) error {
		return refused(editGroup(ctx, p, spec), words)
	}}
}

// LaneRefuses is the same for the lane's ingress rules, which the edit replaces.
func LaneRefuses(what, lane, rules, words string) scenario.Step {
	return scenario.Step{What: "the lane refuses " + what, Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "patch", "asmswimlane", lane, "--type=merge", "-p", `{"spec": {"ingressRules": `+rules+`}}`)
		return refused(err, words)
	}}
}

func refused(err error, words string) error {
	if err == nil {
		return fmt.Errorf("it was taken; %q was to be said", words)
	}
	if !strings.Contains(err.Error(), words) {
		return fmt.Errorf("%q was to be said: %w", words, err)
	}
	return nil
}
