package steps

import (
	"context"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Two groups that want the same. The samples' is the older and has it; once that is
// gone the younger has it.

// younger is the group of manifests/older-wins/second.yaml.
const younger = "second"

// YoungerLane is its lane for the pods of the samples' lane.
const YoungerLane = "canary-2"

// YoungerSaysWhoHasIt waits until its row says who has the Service, and its entry who has
// the requests; nobody is in its lane. What nobody else wants is the younger's.
func YoungerSaysWhoHasIt() scenario.Step {
	return scenario.Step{What: "the younger group says who has what it wants", Do: func(ctx context.Context, p *scenario.Play) error {
		const service = "Service default/mockb belongs to the older group rollout"
		const requests = "of the older group rollout on Gateway istio-system/ingressgateway"
		if err := awaitGroupOf(ctx, p, younger, lanev1.ConditionIngressProgrammed, lanev1.ReasonConflict, requests); err != nil {
			return err
		}
		if err := awaitGroupOf(ctx, p, younger, lanev1.ConditionReady, lanev1.ReasonConflict, service); err != nil {
			return err
		}
		if err := p.AwaitLane(ctx, YoungerLane); err != nil {
			return err
		}
		return cluster.Await(ctx, "the younger group to have its own service", time.Minute, func(ctx context.Context) (string, error) {
			g, err := groupNamed(ctx, p, younger)
			if err != nil || g.Status.ServicesReady == "1/2" {
				return "", err
			}
			return "it has " + g.Status.ServicesReady, nil
		})
	}}
}

// OlderGoes deletes the samples' group. The younger has the Service when nothing of the
// older is left there, and then who is in which lane is its word alone.
func OlderGoes() scenario.Step {
	return scenario.Step{What: "the older group is deleted, and the younger has what it wanted", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, cluster.Lane)
		tagMoves(p, YoungerLane)
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "asmswimlanegroup", cluster.Group, "--timeout=60s"); err != nil {
			return err
		}
		if err := awaitGroupOf(ctx, p, younger, lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		if err := awaitServing(ctx, p, YoungerLane, "mockb"); err != nil {
			return err
		}
		if err := awaitSubsets(ctx, p, "mockb", "base-2", YoungerLane); err != nil {
			return err
		}
		if err := tagServes(ctx, p, YoungerLane); err != nil {
			return err
		}
		return tagGone(ctx, p, cluster.Lane)
	}}
}

// YoungerGoes takes it away with all that is in its file.
func YoungerGoes(file string) scenario.Step {
	return scenario.Step{What: "the younger group is deleted", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, YoungerLane)
		if err := TakeAway(file).Do(ctx, p); err != nil {
			return err
		}
		return tagGone(ctx, p, YoungerLane)
	}}
}

// RestoreFirst has the samples' group take its lane again.
func RestoreFirst() scenario.Step {
	return scenario.Step{What: "the samples' group is applied again", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, cluster.Lane)
		if err := RestoreLanes("mockb", "mockc").Do(ctx, p); err != nil {
			return err
		}
		return tagServes(ctx, p, cluster.Lane)
	}}
}

// YoungerIsServed judges that nobody is lost on the user's way in, and that requests that
// came in by the younger group's entry, while that had the Gateway, met its lane. They
// took one hop more.
func YoungerIsServed(p *scenario.Play, records []load.Record) []load.Record {
	served := 0
	records = UserIsServed(p, records)
	from, to := youngersTime(p.Timeline.Events())
	for i, r := range records {
		if len(r.Chain) == 0 || r.Chain[0].App != "front" || r.End.Before(from) || r.Start.After(to) {
			continue
		}
		if r.Tag == YoungerLane && gray(p, r) {
			served++
		}
		records[i].Chain = r.Chain[1:]
	}
	if served == 0 {
		p.Problem("no request met the younger group's lane")
	}
	return records
}

// youngersTime is from when the older group was deleted until nobody knew the
// younger's tag any more.
func youngersTime(events []timeline.Event) (from, to time.Time) {
	for _, e := range events {
		switch {
		case e.Kind == timeline.GroupRemoved:
			from = e.At
		case e.Kind == timeline.TagGone && e.Tag == YoungerLane:
			to = e.At
		}
	}
	return from, to
}
