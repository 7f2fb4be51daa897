package istio_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

// strict is an API server on which nothing may say "unwanted", and a clock.
type strict struct {
	*trafficprovider.Applier
	client client.Client
	now    time.Time
	// away is while Istio's admission does not answer.
	away bool
}

func newStrict(t *testing.T) *strict {
	scheme := runtime.NewScheme()
	provider := istio.New(settle)
	require.NoError(t, provider.AddToScheme(scheme))
	s := &strict{now: t0}
	check := func(obj client.Object) error {
		if s.away {
			return nil
		}
		text, err := json.Marshal(obj)
		if err == nil && strings.Contains(string(text), "unwanted") {
			err = errors.New(`admission webhook "validation.istio.io" denied the request: configuration is invalid: unwanted`)
		}
		return err
	}
	c := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).Build(), interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return errors.Join(check(obj), skip(check(obj), func() error { return c.Create(ctx, obj, opts...) }))
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			return errors.Join(check(obj), skip(check(obj), func() error { return c.Update(ctx, obj, opts...) }))
		},
	})
	s.client = c
	s.Applier = &trafficprovider.Applier{Client: c, Reader: c, Provider: provider, Now: func() time.Time { return s.now }}
	return s
}

func skip(err error, do func() error) error {
	if err != nil {
		return nil
	}
	return do()
}

func (s *strict) apply(t *testing.T, plan lane.Plan) trafficprovider.Outcome {
	t.Helper()
	live, err := s.Service(t.Context(), plan.Group, plan.Service)
	require.NoError(t, err)
	out, err := s.Apply(t.Context(), plan, live)
	require.NoError(t, err)
	return out
}

// A patch that Istio's admission refuses was accepted by ours, as Istio did not answer then.
func TestAPatchThatIstioRefusesStopsNothing(t *testing.T) {
	s := newStrict(t)
	plan := func(route, traffic string, gray ...string) lane.Plan {
		p := servicePlan{
			Service: "default/mockb", Baseline: map[string]map[string]string{"base": {"tag": "base"}}, Others: []string{"canary"},
			Route: json.RawMessage(route), Traffic: json.RawMessage(traffic), Labelled: true,
		}
		for _, name := range gray {
			p.Gray = map[string]map[string]string{name: {"tag": name}}
		}
		return p.plan()
	}
	const good, goodTraffic = `{"timeout": "5s", "headers": {"request": {"set": {"x-note": "good"}}}}`, `{"connectionPool": {"http": {"maxRetries": 7}}, "loadBalancer": {"simple": "ROUND_ROBIN"}}`
	const bad = `{"headers": {"request": {"set": {"x-note": "unwanted"}}}}`
	s.apply(t, plan(good, goodTraffic))
	s.now = s.now.Add(settle)
	s.apply(t, plan(good, goodTraffic))

	out := s.apply(t, plan(bad, goodTraffic))
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonPatchRefused, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, "the mesh does not take what the httpRoutePatch of service default/mockb makes: configuration is invalid: unwanted; until it is corrected the last patch that was taken stays in force")

	s.apply(t, plan(bad, goodTraffic, "canary"))
	s.now = s.now.Add(settle)
	out = s.apply(t, plan(bad, goodTraffic, "canary"))
	assert.Equal(t, []string{"base", "canary"}, out.Programmed, "lanes go on")
	assert.Equal(t, apiv1.ReasonPatchRefused, out.Problem.Reason)
	vs := &networkingv1.VirtualServiceList{}
	require.NoError(t, s.client.List(t.Context(), vs))
	require.NotEmpty(t, vs.Items)
	for _, r := range vs.Items[0].Spec.Http {
		assert.Equal(t, 5*time.Second, r.Timeout.AsDuration(), r.Name)
		assert.Equal(t, "good", r.Headers.Request.Set["x-note"], r.Name)
	}
	dr := &networkingv1.DestinationRuleList{}
	require.NoError(t, s.client.List(t.Context(), dr))
	for _, subset := range dr.Items[0].Spec.Subsets {
		assert.Equal(t, int32(7), subset.TrafficPolicy.ConnectionPool.Http.MaxRetries, subset.Name)
		assert.Equal(t, "ROUND_ROBIN", subset.TrafficPolicy.LoadBalancer.GetSimple().String(), subset.Name)
	}

	out = s.apply(t, plan(bad, goodTraffic))
	assert.Equal(t, []string{"base"}, out.Programmed, "an undo is at once")
	out = s.apply(t, plan(good, goodTraffic))
	assert.Nil(t, out.Problem, "and the patch that is corrected holds")
}

// A patch that Istio refuses is in force, as nobody asked Istio when it was written.
func TestAnUndoWorksWithARefusedPatchInForce(t *testing.T) {
	const badRoute = `{"headers": {"request": {"set": {"x-note": "unwanted"}}}}`
	const badTraffic = `{"loadBalancer": {"consistentHash": {"httpHeaderName": "unwanted"}}}`
	const goodRoute, goodTraffic = `{"timeout": "5s"}`, `{"connectionPool": {"http": {"maxRetries": 7}}}`
	for name, tc := range map[string]struct {
		route, traffic string
		want           []string
	}{
		"of routes":             {badRoute, goodTraffic, []string{"the httpRoutePatch of service default/mockb makes: configuration is invalid: unwanted; it is left out until it is corrected"}},
		"of policies":           {goodRoute, badTraffic, []string{"the trafficPolicyPatch of service default/mockb makes: configuration is invalid: unwanted; it is left out until it is corrected"}},
		"of both":               {badRoute, badTraffic, []string{"the trafficPolicyPatch of", "the httpRoutePatch of"}},
		"that nobody wants now": {"", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStrict(t)
			plan := func(route, traffic string, gray bool) lane.Plan {
				p := servicePlan{Service: "default/mockb", Baseline: map[string]map[string]string{"base": {"tag": "base"}}, Labelled: true}
				if route != "" {
					p.Route, p.Traffic = json.RawMessage(route), json.RawMessage(traffic)
				}
				if gray {
					p.Gray, p.Others = map[string]map[string]string{"canary": {"tag": "canary"}}, []string{"canary"}
				}
				return p.plan()
			}
			s.away = true
			wasRoute, wasTraffic := tc.route, tc.traffic
			if wasRoute == "" {
				wasRoute, wasTraffic = badRoute, badTraffic
			}
			s.apply(t, plan(wasRoute, wasTraffic, true))
			s.now = s.now.Add(settle)
			require.Contains(t, s.apply(t, plan(wasRoute, wasTraffic, true)).Programmed, "canary")
			s.away = false

			out := s.apply(t, plan(tc.route, tc.traffic, false))
			assert.Equal(t, []string{"base"}, out.Programmed, "an undo is at once")
			for range 3 { // until the subset is gone
				s.now = s.now.Add(settle)
				out = s.apply(t, plan(tc.route, tc.traffic, false))
			}
			assert.True(t, out.Complete() || out.Problem != nil)
			s.names(t, "canary", false)
			s.names(t, "unwanted", false)
			s.names(t, "maxRetries", tc.traffic == goodTraffic)
			s.names(t, `"timeout":"5s"`, tc.route == goodRoute)
			if tc.want == nil {
				assert.Nil(t, out.Problem)
			}
			for _, want := range tc.want {
				require.NotNil(t, out.Problem)
				assert.Equal(t, apiv1.ReasonPatchRefused, out.Problem.Reason)
				assert.Contains(t, out.Problem.Message, want)
			}
			assert.Nil(t, s.apply(t, plan(goodRoute, goodTraffic, false)).Problem, "and the patch that is corrected holds")
			s.names(t, "maxRetries", true)
		})
	}
}

// A group can go while a patch that Istio refuses is in force.
func TestARefusedPatchInForceHoldsNobody(t *testing.T) {
	s := newStrict(t)
	p := servicePlan{
		Service: "default/mockb", Baseline: map[string]map[string]string{"base": {"tag": "base"}}, Labelled: true,
		Traffic: json.RawMessage(`{"loadBalancer": {"consistentHash": {"httpHeaderName": "unwanted"}}}`),
	}
	s.away = true
	s.apply(t, p.plan())
	s.now = s.now.Add(settle)
	s.apply(t, p.plan())
	s.away = false
	p.State = lane.StateWithdrawn
	for range 4 {
		s.apply(t, p.plan())
		s.now = s.now.Add(settle)
	}
	rules := &networkingv1.DestinationRuleList{}
	require.NoError(t, s.client.List(t.Context(), rules))
	assert.Empty(t, rules.Items)
}

// names asserts whether an object of ours has the text.
func (s *strict) names(t *testing.T, text string, want bool) {
	t.Helper()
	rules, routes := &networkingv1.DestinationRuleList{}, &networkingv1.VirtualServiceList{}
	require.NoError(t, s.client.List(t.Context(), rules))
	require.NoError(t, s.client.List(t.Context(), routes))
	all, err := json.Marshal([]any{rules.Items, routes.Items})
	require.NoError(t, err)
	assert.Equal(t, want, strings.Contains(string(all), text), "%s in %s", text, all)
}

// What a hand did is put back, whatever becomes of the patch.
func TestWithARefusedPatchEditsByHandArePutBack(t *testing.T) {
	s := newStrict(t)
	good := servicePlan{Service: "default/mockb", Baseline: map[string]map[string]string{"base": {"tag": "base"}}, Labelled: true}
	s.apply(t, good.plan())
	s.now = s.now.Add(settle)
	s.apply(t, good.plan())
	bad := good
	bad.Route, bad.Traffic = json.RawMessage(`{"redirect": {"uri": "/"}}`), json.RawMessage(`{"noSuchField": 1}`)

	rules := &networkingv1.DestinationRuleList{}
	require.NoError(t, s.client.List(t.Context(), rules))
	require.NoError(t, s.client.Delete(t.Context(), rules.Items[0]))
	require.NotNil(t, s.apply(t, bad.plan()).Problem)
	require.NoError(t, s.client.List(t.Context(), rules))
	assert.Len(t, rules.Items, 1, "the rule that was deleted is back")
	s.now = s.now.Add(settle)

	routes := &networkingv1.VirtualServiceList{}
	require.NoError(t, s.client.List(t.Context(), routes))
	vs := routes.Items[0]
	vs.Spec.Http[len(vs.Spec.Http)-1].Redirect = &networkingapi.HTTPRedirect{Uri: "/elsewhere"}
	require.NoError(t, s.client.Update(t.Context(), vs))
	s.apply(t, bad.plan())
	require.NoError(t, s.client.List(t.Context(), routes))
	for _, r := range routes.Items[0].Spec.Http {
		assert.Nil(t, r.Redirect, r.Name)
	}

	require.NoError(t, s.client.Delete(t.Context(), routes.Items[0]))
	s.apply(t, bad.plan())
	require.NoError(t, s.client.List(t.Context(), routes))
	assert.Len(t, routes.Items, 1, "the routes that were deleted are back")
}

// Without a patch to blame a refusal is an error, as ever.
func TestWithoutPatchesARefusalIsAnError(t *testing.T) {
	s := newStrict(t)
	plan := servicePlan{Service: "default/unwanted", Baseline: map[string]map[string]string{"base": {"tag": "base"}}}.plan()
	live, err := s.Service(t.Context(), plan.Group, plan.Service)
	require.NoError(t, err)
	_, err = s.Apply(t.Context(), plan, live)
	require.ErrorContains(t, err, "denied the request")
}
