package bench

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/load"
)

var promotions = flag.Int("promotions", 3, "releases of kruise, by each kind of routing")

// BenchmarkKruise publishes and approves one service under load, again and
// again: once Kruise Rollout routes its testers, once lanes do.
func BenchmarkKruise(b *testing.B) {
	table := &figures.Table{Title: "kruise: publish and approve under up to 100 tagged and 100 untagged requests a second"}
	tables = append(tables, table)
	c := startCluster(b)
	kinds := []*routing{{name: "kruise", Cluster: c}, {name: "lanes", Cluster: c}}
	for _, r := range kinds {
		r.deploy(b)
	}
	for version := 2; version < 2+*promotions; version++ {
		for _, r := range kinds {
			r.release(b, version)
		}
	}
	for _, r := range kinds {
		table.Tell(r.title(), "%s", r.total)
	}
	judgeLanes(table, kinds[1].total)
	judge(b, table)
}

// judgeLanes: what lanes promise.
func judgeLanes(table *figures.Table, t testers) {
	table.Hold("lanes: requests lost", float64(t.lost), 0, "")
	table.Hold("lanes: seconds thrown back", t.back.Seconds(), 0, "s")
}

// routing is one service with one kind of routing.
type routing struct {
	*cluster.Cluster
	name  string // of its namespace, and of its host below example.com
	total testers
	// carries is what the machine carries of its requests.
	carries load.Capacity
}

func (r *routing) title() string {
	if r.name == "kruise" {
		return "Kruise Rollout's Istio routing"
	}
	return "lanes"
}

// deploy applies the service and its routing, and waits until requests get
// through.
func (r *routing) deploy(b *testing.B) {
	b.Helper()
	ctx := b.Context()
	kubectl(b, r.Cluster, "create", "namespace", r.name)
	kubectl(b, r.Cluster, "label", "namespace", r.name, "istio-injection=enabled")
	const dir = "test/bench/manifests/"
	kubectl(b, r.Cluster, "apply", "-n", r.name, "-f", dir+"application.yaml", "-f", dir+r.name+".yaml")
	require.NoError(b, r.AwaitDeployments(ctx, r.name))
	require.NoError(b, cluster.Await(ctx, "requests to "+r.name, patience, func(ctx context.Context) (string, error) {
		for _, stream := range r.load(ctx).Streams {
			if a := load.Once(r.load(ctx), stream); a.Err != "" {
				return a.Err, nil
			}
		}
		return r.busy(ctx)
	}))
	sized, err := load.Sized(ctx, r.load(ctx))
	require.NoError(b, err)
	r.carries = sized.Carries
	progress("%s: %s", r.name, sized)
}

// load goes to the gateway, whatever the host's name says.
func (r *routing) load(ctx context.Context) load.Config {
	return load.Config{URL: "http://" + r.name + ".example.com", Carries: r.carries, Streams: []load.Stream{load.Tagged(cluster.Lane), load.Untagged()}, Dial: func(dial context.Context, network, _ string) (net.Conn, error) {
		text, err := r.Stack.GatewayURL(ctx)
		if err != nil {
			return nil, err
		}
		gateway, err := url.Parse(text)
		if err != nil {
			return nil, err
		}
		return r.Stack.Dial(dial, network, gateway.Host)
	}}
}

// release publishes a version under load, tests it for a while, and approves it.
func (r *routing) release(b *testing.B, version int) {
	b.Helper()
	ctx := b.Context()
	run, err := load.Start(ctx, r.load(ctx))
	require.NoError(b, err)
	defer run.Stop()

	kubectl(b, r.Cluster, "set", "image", "deployment/shop-v1", fmt.Sprintf("default=%s:%d.0", cluster.Image, version), "-n", r.name)
	r.await(b, "the canary of "+r.name, r.paused)
	fresh := fmt.Sprintf("v%d", version)
	r.await(b, "testers to meet "+fresh, func(context.Context) (string, error) { return meets(run, fresh) })
	hold(ctx, 5*time.Second)
	r.approve(b)
	r.await(b, "the promotion of "+r.name, r.busy)
	hold(ctx, 5*time.Second)
	found := judgeTesters(run.Stop(), fresh)
	progress("%s, %s: %s", r.name, fresh, found)
	r.total = r.total.and(found)
}

func (r *routing) await(b *testing.B, what string, check func(context.Context) (string, error)) {
	b.Helper()
	require.NoError(b, cluster.Await(b.Context(), what, patience, check))
}
