package istio_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

var (
	shop = types.NamespacedName{Namespace: "default", Name: "shop"}
	gw   = types.NamespacedName{Namespace: "istio-system", Name: "gateway"}
	tags = []string{"base", "canary", "prod", "s2"}
)

// player changes its mind at random and applies its plans to a world.
type player struct {
	*rapid.T
	world    *world
	applier  *trafficprovider.Applier
	plan     lane.Plan
	ingress  lane.IngressPlan
	restarts bool
}

func memberOf(name string) lane.Member {
	if name == lane.AllVersions {
		return lane.Member{Lane: name}
	}
	return lane.Member{Lane: name, Selector: map[string]string{"tag": name}}
}

// TestPromises plays random plans, ingresses and pauses, with caches that lag,
// and either writers that die and start again or writes that are slow. No
// route may ever name a subset that some proxy does not know, nor may a pod
// carry a marker that some proxy does not know.
func TestPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &player{T: t, world: newWorld(settle), restarts: rapid.Bool().Draw(t, "restarts")}
		p.restart()
		p.changePlan()
		p.changeIngress()
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			p.pause()
			switch rapid.IntRange(0, 9).Draw(t, "action") {
			case 0, 1:
				p.changePlan()
			case 2:
				p.changeIngress()
			case 3:
				if p.restarts {
					p.restart()
				}
			}
			p.faults()
			if rapid.Bool().Draw(t, "service") {
				p.applyService()
			} else {
				p.applyIngress()
			}
			p.checkMarkers()
			if len(p.world.violated) > 0 {
				t.Fatalf("%v\n%s", p.world.violated, p.world)
			}
		}
		p.settleDown()
	})
}

func (p *player) restart() {
	cached, provider := cache{reader{p.world, true}}, istio.New(settle)
	if err := provider.SetUp(p.Context(), noIndexes{}, cached); err != nil {
		p.Fatal(err)
	}
	p.applier = &trafficprovider.Applier{
		Client: cached, Reader: reader{p.world, false},
		Provider: provider, Now: func() time.Time { return p.world.now },
	}
}

func (p *player) pause() {
	if rapid.Bool().Draw(p.T, "wait") {
		p.world.now = p.world.now.Add(time.Duration(rapid.IntRange(0, 12_000).Draw(p.T, "ms")) * time.Millisecond)
	}
}

func (p *player) faults() {
	lagging := rapid.SampledFrom([]string{"", "", "Destination", "Virtual", "Virtual", "both"}).Draw(p.T, "lagging")
	behind := rapid.IntRange(1, 3).Draw(p.T, "behind")
	p.world.lag = func(id string) int {
		if lagging == "both" || lagging != "" && id[0] == lagging[0] {
			return behind
		}
		return 0
	}
	p.world.crashIn = 0
	p.world.slow = func() time.Duration { return 0 }
	if p.restarts {
		p.world.crashIn = rapid.IntRange(0, 3).Draw(p.T, "crash")
		return
	}
	seconds := rapid.SampledFrom([]int{0, 0, 0, 1, 15}).Draw(p.T, "slow")
	p.world.slow = func() time.Duration { return time.Duration(seconds) * time.Second }
}

func (p *player) changePlan() {
	baseline := rapid.SampledFrom([]string{"base", "base", "base", "prod"}).Draw(p.T, "baseline")
	mode := lane.Permissive
	if rapid.IntRange(0, 2).Draw(p.T, "strict") == 0 {
		mode = lane.Strict
		if rapid.IntRange(0, 2).Draw(p.T, "without") == 0 {
			baseline = lane.AllVersions
		}
	}
	p.plan = lane.Plan{
		Group: groupName, Service: shop, Mode: mode, Tag: lane.Tag{RouteHeader: routeHeader}, Baseline: memberOf(baseline),
		State: rapid.SampledFrom([]lane.State{lane.StateManaged, lane.StateManaged, lane.StateManaged, lane.StateFrozen, lane.StateWithdrawn}).Draw(p.T, "state"),
	}
	p.plan.Ingress = rapid.SampledFrom([]bool{true, true, false}).Draw(p.T, "entry")
	for _, name := range tags {
		if name == baseline || !rapid.Bool().Draw(p.T, "other") {
			continue
		}
		p.plan.GrayLanes = append(p.plan.GrayLanes, name)
		if rapid.Bool().Draw(p.T, "present") {
			m := memberOf(name)
			m.Answers = p.plan.Mode != lane.Strict && rapid.IntRange(0, 2).Draw(p.T, "answers") > 0
			p.plan.Gray = append(p.plan.Gray, m)
		} else if p.plan.Mode == lane.Strict {
			p.plan.Lacking = append(p.plan.Lacking, memberOf(name))
		}
	}
	p.plan.Labelled = rapid.Bool().Draw(p.T, "labelled")
	if len(p.plan.GrayLanes) > 0 && baseline != lane.AllVersions && rapid.IntRange(0, 2).Draw(p.T, "moves") == 0 {
		next := memberOf(rapid.SampledFrom(p.plan.GrayLanes).Draw(p.T, "next"))
		p.plan.Next = &next
	}
	if p.plan.State == lane.StateWithdrawn { // as lane.Compute has it
		p.plan.Baseline, p.plan.Gray, p.plan.Lacking, p.plan.GrayLanes, p.plan.Next = lane.Member{}, nil, nil, nil, nil
	}
}

// changeIngress takes over the plan of the moment; it gets old when the plan
// changes.
func (p *player) changeIngress() {
	p.ingress = lane.IngressPlan{
		Group: groupName, Mode: p.plan.Mode, Gateway: gw, Tag: lane.Tag{RouteHeader: routeHeader},
		State: rapid.SampledFrom([]lane.State{lane.StateManaged, lane.StateManaged, lane.StateFrozen, lane.StateWithdrawn}).Draw(p.T, "entry"),
	}
	if rapid.IntRange(0, 4).Draw(p.T, "gateway") == 0 {
		p.ingress.Gateway.Namespace = "edge"
	}
	p.ingress.Routes = p.routes()
	if len(p.ingress.Routes) == 0 && p.ingress.State == lane.StateManaged {
		p.ingress.State = lane.StateWithdrawn
	}
}

func (p *player) routes() []lane.IngressRoute {
	var out []lane.IngressRoute
	if p.plan.Baseline.Lane == "" {
		return out
	}
	for _, name := range append(slices.Clone(p.plan.GrayLanes), p.plan.Baseline.Lane) {
		out = append(out, lane.IngressRoute{
			Name: name + "/rule", Lane: name, Rule: "rule", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}, Service: shop, Baseline: p.plan.Baseline.Lane,
			Destinations: []lane.Destination{{Lane: name, Tag: name,
				InLane: name == p.plan.Baseline.Lane || p.plan.Mode == lane.Strict || slices.ContainsFunc(p.plan.Gray, func(m lane.Member) bool { return m.Lane == name })}},
		})
	}
	return out
}

func (p *player) applyService() trafficprovider.Outcome {
	live, err := p.applier.Service(p.Context(), groupName, shop)
	if err != nil {
		p.Fatal(err)
	}
	p.world.noteSaid(p.plan)
	out, err := p.applier.Apply(p.Context(), p.plan, live)
	if err == nil && p.plan.State == lane.StateManaged {
		p.world.noteSilence(p.plan)
	}
	return p.expected(out, err)
}

func (p *player) applyIngress() trafficprovider.Outcome {
	live, err := p.applier.Ingress(p.Context(), groupName, p.ingress.Gateway)
	if err != nil {
		p.Fatal(err)
	}
	service, err := p.applier.Service(p.Context(), groupName, shop)
	if err != nil {
		p.Fatal(err)
	}
	out, err := p.applier.ApplyIngress(p.Context(), p.ingress, live, map[types.NamespacedName]trafficprovider.Live{shop: service})
	return p.expected(out, err)
}

func (p *player) expected(out trafficprovider.Outcome, err error) trafficprovider.Outcome {
	switch {
	case errors.Is(err, errCrash):
		p.restart()
	case err != nil && !errors.Is(err, trafficprovider.ErrStale):
		p.Fatal(err)
	case out.Problem != nil:
		p.Fatalf("%+v", out.Problem)
	}
	return out
}

// checkMarkers asks what the controllers ask before a pod gets a marker.
func (p *player) checkMarkers() {
	live, err := p.applier.Provider.Live(p.Context(), reader{p.world, false}, groupName, shop)
	if err != nil {
		p.Fatal(err)
	}
	for _, name := range tags {
		if live.Isolates(name, p.world.now) && !p.world.keepsOut(name) {
			p.Fatalf("pods of lane %s may get their marker, and proxies do not know it:\n%s", name, p.world)
		}
	}
}

// settleDown takes all faults away and lets the plans come true: complete, and
// then without any further write.
func (p *player) settleDown() {
	p.world.lag = func(string) int { return 0 }
	p.world.slow = func() time.Duration { return 0 }
	p.world.crashIn = 0
	if p.plan.State == lane.StateFrozen {
		p.changePlanTo(lane.StateManaged)
	}
	p.plan.Next, p.plan.Labelled = nil, true
	p.plan.Ingress = p.plan.State == lane.StateManaged
	p.ingress.State, p.ingress.Routes = lane.StateManaged, p.routes()
	if len(p.ingress.Routes) == 0 {
		p.ingress.State = lane.StateWithdrawn
	}
	var service, ingress trafficprovider.Outcome
	for range 12 {
		service, ingress = p.applyService(), p.applyIngress()
		p.world.now = p.world.now.Add(max(service.Again, ingress.Again, 100*time.Millisecond))
	}
	if !service.Complete() || !ingress.Complete() || service.Written+ingress.Written > 0 || service.Again+ingress.Again > 0 {
		p.Fatalf("not at rest: %+v %+v", service.Step, ingress.Step)
	}
	if len(p.world.violated) > 0 {
		p.Fatalf("%v", p.world.violated)
	}
}

func (p *player) changePlanTo(state lane.State) {
	p.plan.State = state
	if p.plan.Baseline.Lane == "" {
		p.plan.Baseline = memberOf("base")
	}
}

// A rule that is older than the routes does not define what they name, which
// looks as if somebody had broken it. Nobody may be sent elsewhere for that.
func TestARuleThatLooksBrokenIsReadAgain(t *testing.T) {
	w := newWorld(settle)
	applier := &trafficprovider.Applier{
		Client: cache{reader{w, true}}, Reader: reader{w, false},
		Provider: istio.New(settle), Now: func() time.Time { return w.now },
	}
	apply := func(baseline string) {
		live, err := applier.Service(t.Context(), groupName, shop)
		require.NoError(t, err)
		_, err = applier.Apply(t.Context(), lane.Plan{
			Group: groupName, Service: shop, Tag: lane.Tag{RouteHeader: routeHeader}, State: lane.StateManaged, Baseline: memberOf(baseline),
		}, live)
		require.NoError(t, err)
	}
	apply("base")
	apply("prod")
	w.now = w.now.Add(settle)
	apply("prod")
	apply("base")
	w.lag = func(id string) int { // to when there was no prod
		if strings.HasPrefix(id, "DestinationRule") {
			return 3
		}
		return 0
	}
	apply("base")
	assert.Empty(t, w.violated)
}
