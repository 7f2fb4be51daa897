package main

import (
	"context"
	"fmt"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// story is the demonstration under way.
type story struct {
	*cluster.Cluster
	target load.Config
	// published is when, by service.
	published map[string]time.Time
}

// act is one thing that happens in it.
type act func(context.Context) error

type chapter struct {
	title string
	acts  []act
}

// chapters are the story itself.
func (s *story) chapters() []chapter {
	return []chapter{
		{"Before: everybody meets v1", []act{s.look, lanes(s.Cluster)}},
		{"Publish mockb v2: Kruise starts a canary, and the lane has it",
			[]act{s.publish("mockb"), s.inLane("mockb"), s.look, lanes(s.Cluster), s.rule("mockb")}},
		{"Publish mocka and mockc, too",
			[]act{s.publish("mocka", "mockc"), s.inLane("mocka", "mockb", "mockc"), s.look, lanes(s.Cluster)}},
		{"Approve mockc: v2 becomes everybody's",
			[]act{s.approve("mockc"), s.look}},
		{"Undo mocka: the lane loses it at once",
			[]act{s.undo("mocka"), s.look, lanes(s.Cluster)}},
		{"Approve mockb: the lane is empty, and only the base subset is left",
			[]act{s.approve("mockb"), s.rest, s.look, lanes(s.Cluster), s.subsets("mockb")}},
	}
}

// tell installs everything, plays the story under load, and judges.
func tell(ctx context.Context, c *cluster.Cluster) error {
	if err := install(ctx, c); err != nil {
		return err
	}
	if err := timeline.Watch(ctx, c.Stack.RESTConfig(), c.Scheme, cluster.Namespace, c.Timeline); err != nil {
		return err
	}
	gateway, err := c.Stack.GatewayURL(ctx)
	if err != nil {
		return err
	}
	s := &story{Cluster: c, published: map[string]time.Time{}, target: load.Config{URL: gateway, Dial: c.Stack.Dial,
		Streams: []load.Stream{load.Tagged(cluster.Lane), load.Untagged()}}}
	if s.target, err = load.Sized(ctx, s.target); err != nil {
		return err
	}
	run, err := load.Start(ctx, s.target)
	if err != nil {
		return err
	}
	defer run.Stop()
	say(fmt.Sprintf("From now on requests go through the gateway: %s.", s.target))
	if err := play(ctx, s.chapters()); err != nil {
		return err
	}
	return verdict(c.Timeline.Events(), run.Stop())
}

// play does what the chapters tell, in order.
func play(ctx context.Context, chapters []chapter) error {
	for _, ch := range chapters {
		heading(ch.title)
		for _, do := range ch.acts {
			if err := do(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// installProduct applies the product as a user would.
func installProduct(ctx context.Context, c *cluster.Cluster) error {
	if _, err := c.Kubectl(ctx, "apply", "--server-side", "-k", "manifests/default"); err != nil {
		return err
	}
	return c.AwaitDeployments(ctx, cluster.ProductNamespace)
}

// install applies the product and the samples, in order.
func install(ctx context.Context, c *cluster.Cluster) error {
	heading("Installing Lanekeeper and the samples")
	if err := installProduct(ctx, c); err != nil {
		return err
	}
	for _, file := range []string{"1-gateway", "2-apps", "3-lanes", "4-rollouts"} {
		if _, err := c.Kubectl(ctx, "apply", "-f", cluster.Samples+"/"+file+".yaml"); err != nil {
			return err
		}
	}
	say("waiting until all pods are ready and the mesh knows the lanes …")
	return c.AwaitRest(ctx, patience)
}

// patience is for what comes by itself, on a busy machine, too.
const patience = 5 * time.Minute

// settle is that of manifests/default.
const settle = 10 * time.Second

var v2 = cluster.Version{Number: 2}

func (s *story) publish(services ...string) act {
	return s.each(services, func(ctx context.Context, service string) error {
		s.published[service] = time.Now()
		return s.Publish(ctx, service, v2)
	})
}

func (s *story) approve(services ...string) act {
	return s.each(services, func(ctx context.Context, service string) error {
		if err := s.Approve(ctx, service); err != nil {
			return err
		}
		say("waiting until Kruise has promoted " + service + " …")
		return s.AwaitHealthy(ctx, service)
	})
}

func (s *story) undo(services ...string) act {
	return s.each(services, func(ctx context.Context, service string) error {
		if err := s.Undo(ctx, service); err != nil {
			return err
		}
		say("waiting until Kruise has taken " + service + " back …")
		return s.AwaitHealthy(ctx, service)
	})
}

func (s *story) each(services []string, do func(context.Context, string) error) act {
	return func(ctx context.Context) error {
		for _, service := range services {
			if err := do(ctx, service); err != nil {
				return err
			}
		}
		return nil
	}
}

// inLane waits until the lane has the services and every tagged request owes
// them a visit: each canary has been ready for a while, and its lane's route is
// known to the proxies, for which a settle has to pass since the publish.
func (s *story) inLane(services ...string) act {
	return func(ctx context.Context) error {
		say("waiting for ready canaries, and until every proxy knows their lane …")
		for _, service := range services {
			ready, err := s.AwaitCanary(ctx, service, v2)
			if err != nil {
				return err
			}
			owed := ready.Add(promise.Join)
			if settled := s.published[service].Add(settle + promise.SettleGrace); settled.After(owed) {
				owed = settled
			}
			if err := cluster.Pass(ctx, time.Until(owed)); err != nil {
				return err
			}
		}
		return s.AwaitLane(ctx, cluster.Lane, services...)
	}
}

func (s *story) rest(ctx context.Context) error {
	say("waiting until the mesh has forgotten the lane …")
	return s.AwaitRest(ctx, patience)
}
