package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/otel"
)

// baggage is the second story: lanes that share the requests out by weight, of applications in
// Java that pass nothing on. Their agents do, which the OpenTelemetry operator gave their pods.
type baggage struct {
	*cluster.Cluster
	run *load.Run
}

const baggageSamples = "manifests/samples/baggage-lanes"

// wholeChains are what a request of lane s1, s2 and s3 meets, with the baseline's versions of what
// the lane lacks; nothing else may be met.
var wholeChains = []string{
	"mocka:v1 > mockb:v1 > mockc:v1",
	"mocka:v2 > mockb:v1 > mockc:v2",
	"mocka:v1 > mockb:v3 > mockc:v1",
}

// everybody asks for nothing in particular.
var everybody = load.Stream{Name: "everybody", Path: "/", Rate: 60}

func (s *baggage) chapters() []chapter {
	return []chapter{
		{"The applications pass no header on: each pod was given an agent that does", []act{s.agents, s.routes}},
		{"Sixty of a hundred requests are lane s1's, twenty each s2's and s3's", []act{lanes(s.Cluster), s.shares(60, 20, 20)}},
		{"Lane s2 gets forty, and s3 none", []act{s.weigh("s3", 0), s.weigh("s2", 40), s.shares(60, 40, 0)}},
	}
}

// tellBaggage installs everything, plays the story under load, and judges.
func tellBaggage(ctx context.Context, c *cluster.Cluster) error {
	s := &baggage{Cluster: c}
	if err := s.install(ctx); err != nil {
		return err
	}
	gateway, err := c.Stack.GatewayURL(ctx)
	if err != nil {
		return err
	}
	// The first requests wait for cold JVMs.
	target, err := load.Sized(ctx, load.Config{URL: gateway, Dial: c.Stack.Dial, Streams: []load.Stream{everybody}})
	if err != nil {
		return err
	}
	if s.run, err = load.Start(ctx, target); err != nil {
		return err
	}
	defer s.run.Stop()
	say(fmt.Sprintf("From now on requests go through the gateway: %s.", target))
	if err := play(ctx, s.chapters()); err != nil {
		return err
	}
	return s.verdict(s.run.Stop())
}

func (s *baggage) install(ctx context.Context) error {
	heading("Installing Lanekeeper, the OpenTelemetry operator and the samples")
	if err := installProduct(ctx, s.Cluster); err != nil {
		return err
	}
	if err := otel.Install(ctx, s.Cluster); err != nil {
		return err
	}
	for _, file := range []string{cluster.Samples + "/1-gateway", baggageSamples + "/0-instrumentation", baggageSamples + "/1-apps", baggageSamples + "/2-lanes"} {
		if file == baggageSamples+"/1-apps" {
			if err := otel.AwaitAgents(ctx, s.Cluster, cluster.Namespace); err != nil {
				return err
			}
		}
		if _, err := s.Kubectl(ctx, "apply", "-f", file+".yaml"); err != nil {
			return err
		}
	}
	say("waiting until all pods are ready and the mesh knows the lanes …")
	for _, args := range [][]string{
		{"wait", "deployment", "--all", "-n", cluster.Namespace, "--for=condition=Available", "--timeout=300s"},
		{"wait", "asmswimlanegroup/test", "--for=condition=Ready", "--timeout=300s"},
	} {
		if _, err := s.Kubectl(ctx, args...); err != nil {
			return err
		}
	}
	if err := otel.Injected(ctx, s.Cluster, cluster.Namespace); err != nil {
		return err
	}
	return cluster.Pass(ctx, settle)
}

func (s *baggage) agents(ctx context.Context) error {
	_, err := s.Kubectl(ctx, "get", "pods", "-l", "app=mocka", "-o",
		"custom-columns=POD:.metadata.name,AGENT:.spec.initContainers[*].image,TAG:.metadata.labels.ASM_TRAFFIC_TAG")
	return err
}

// routes prints what Lanekeeper generated for the entry.
func (s *baggage) routes(ctx context.Context) error {
	_, err := s.Kubectl(ctx, "get", "virtualservice", "-n", "istio-system", "-l", "app.kubernetes.io/managed-by=lanekeeper", "-o", "yaml")
	return err
}

func (s *baggage) weigh(lane string, weight int) act {
	return func(ctx context.Context) error {
		_, err := s.Kubectl(ctx, "patch", "asmswimlane", lane, "--type=merge", "-p", fmt.Sprintf(`{"spec": {"ingressWeight": {"weight": %d}}}`, weight))
		return err
	}
}

// enough is how many requests a share is read off.
const enough = 500

// shares waits until every proxy knows them, and then for requests to count: they are shared out as
// the lanes' weights say.
func (s *baggage) shares(weights ...int) act {
	return func(ctx context.Context) error {
		if err := cluster.Pass(ctx, settle); err != nil {
			return err
		}
		begun, records := time.Now(), []load.Record(nil)
		if err := cluster.Await(ctx, "requests to count", patience, func(context.Context) (string, error) {
			records = slices.DeleteFunc(s.run.Records(), func(r load.Record) bool { return r.Start.Before(begun) })
			if len(records) < enough {
				return fmt.Sprintf("there are %d of %d", len(records), enough), nil
			}
			return "", nil
		}); err != nil {
			return err
		}
		want, met := map[string]int{}, map[string]int{}
		for _, r := range records {
			met[r.Chain.String()]++
		}
		fmt.Println()
		for i, chain := range wholeChains {
			fmt.Printf("%5.1f %%  %s\n", 100*float64(met[chain])/float64(len(records)), chain)
			if weights[i] > 0 {
				want[chain] = weights[i]
			}
		}
		if why := load.Unfair(met, want); why != "" {
			return fmt.Errorf("requests were not shared out as the weights say: %s", why)
		}
		return nil
	}
}

// verdict prints what became of the requests, and fails if one was lost or met versions that are
// not of one lane and its baseline.
func (s *baggage) verdict(records []load.Record) error {
	heading("What became of the requests")
	summary, astray := load.Summarize(records), 0
	for _, r := range records {
		if r.Err == "" && !slices.Contains(wholeChains, r.Chain.String()) {
			astray++
		}
	}
	table := newTable()
	table.row(everybody.Name, summary, summary.Lost, astray)
	if err := table.Flush(); err != nil {
		return err
	}
	if summary.Lost+astray > 0 {
		return fmt.Errorf("promises were broken:\n%s", summary)
	}
	return nil
}
