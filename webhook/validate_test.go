package webhook

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
)

const samePod = "lanes base and canary could select the same pod: their labelSelectors must share a key with different values"

func atGateway(g *apiv1.ASMSwimLaneGroup) {
	g.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "istio-system", Name: "ingressgateway"}
}

func TestGroupsWithTheirLanes(t *testing.T) {
	strict := func(g *apiv1.ASMSwimLaneGroup) { g.Spec.IsPermissive = false }
	weighted := func(g *apiv1.ASMSwimLaneGroup) {
		atGateway(g)
		g.Spec.Ingress.IngressRouting.IngressRoutingStrategy = apiv1.StrategyWeighted
	}
	of := func(regex string) func(*apiv1.ASMSwimLaneGroup) {
		return func(g *apiv1.ASMSwimLaneGroup) {
			g.Spec.Ingress.IngressRouting.WeightedRoutingRule.RequestMatches = []apiv1.RequestMatch{{URI: apiv1.StringMatch{Regex: regex}}}
		}
	}
	share := func(weight int32) func(*apiv1.ASMSwimLane) {
		return func(l *apiv1.ASMSwimLane) {
			l.Spec.IngressWeight = apiv1.IngressWeight{Destination: apiv1.Destination{Host: "mocka.default.svc.cluster.local"}, Weight: weight}
		}
	}
	online := func(l *apiv1.ASMSwimLane) {
		l.Spec.IngressRules = []apiv1.IngressRule{{Name: "r", Online: true, Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: "mocka.default.svc.cluster.local"}}}}
	}
	patched := func(g *apiv1.ASMSwimLaneGroup) {
		g.Spec.Services[1].TrafficPolicyPatch = &runtime.RawExtension{Raw: []byte(`{"bad": true}`)}
	}
	denied := func(g *apiv1.ASMSwimLaneGroup) {
		g.Spec.DefaultHTTPRoutePatch = &runtime.RawExtension{Raw: []byte(`{"timeout": "denied"}`)}
	}
	stripping := func(value string) func(*apiv1.ASMSwimLaneGroup) {
		return func(g *apiv1.ASMSwimLaneGroup) {
			g.Annotations = map[string]string{apiv1.AnnotationStripTags: value}
		}
	}
	without := func(g *apiv1.ASMSwimLaneGroup) { g.Spec.Services = g.Spec.Services[1:] }
	ownBaseline := func(service string) func(*apiv1.ASMSwimLaneGroup) {
		return func(g *apiv1.ASMSwimLaneGroup) {
			g.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{service: "s1"}
		}
	}
	other := newGroup(func(g *apiv1.ASMSwimLaneGroup) { g.Name = "older" })

	cases := map[string]struct {
		stored        []client.Object
		before, group *apiv1.ASMSwimLaneGroup
		warnings      []string
		err           string
	}{
		"a group whose baseline lane exists": {
			stored: []client.Object{newLane("base"), newLane("canary")}, group: newGroup(),
		},
		"a group that comes before its lanes": {group: newGroup()},
		"a group whose other lane came before its baseline": {
			stored: []client.Object{newLane("canary")}, group: newGroup(),
			warnings: []string{"group rollout waits for its baseline: lane base (fallbackTarget) does not exist yet"},
		},
		"a group whose baseline is another group's lane": {
			stored: []client.Object{newLane("base", func(l *apiv1.ASMSwimLane) { l.Labels[apiv1.LabelSwimLaneGroup] = "older" })}, group: newGroup(),
			warnings: []string{"lane base (fallbackTarget) is of group older, and a lane is of one group only: create another lane with the label swimlane-group: rollout, and name that"},
		},
		"a service's own baseline that does not exist yet": {
			stored: []client.Object{newLane("base")}, group: newGroup(ownBaseline("default/mocka")),
			warnings: []string{"service default/mocka waits for its baseline: lane s1"},
		},
		"a service's own baseline of a service that is not in the group": {
			stored: []client.Object{newLane("base")}, group: newGroup(ownBaseline("default/other")),
			warnings: []string{"service default/other waits"},
			err:      "serviceLevelFallbackTarget names default/other, which is not in spec.services",
		},
		"strict mode, without a lane for callers of none": {
			stored: []client.Object{newLane("base")}, group: newGroup(strict),
			warnings: []string{"callers of no lane meet all versions of a service, canaries too, since annotation lanekeeper.io/baseline names no lane for them"},
		},
		"by weight": {
			stored: []client.Object{newLane("base", share(60)), newLane("canary", share(40))}, group: newGroup(weighted),
		},
		"by weight, of lanes with rules": {
			stored: []client.Object{newLane("base", online)}, before: newGroup(), group: newGroup(weighted),
			warnings: []string{"lane base has ingressRules, which the strategy of group rollout does not use"},
		},
		"by rules, of lanes with weights": {
			stored: []client.Object{newLane("base", share(60))}, before: newGroup(weighted), group: newGroup(),
			warnings: []string{"lane base has an ingressWeight, which only the strategy weighted uses"},
		},
		"by weight, of requests that no proxy can tell": {
			group: newGroup(weighted, of("(")), err: "weightedRoutingRule (requestMatches[0]): its match.uri",
		},
		"by weight, of requests that the mesh does not take": {
			group: newGroup(weighted, of("/denied")), err: "the mesh does not take weighted/requestMatches[0]",
		},
		"an edit beside such a rule": {
			before: newGroup(weighted, of("/denied")), group: newGroup(weighted, of("/denied"), func(g *apiv1.ASMSwimLaneGroup) { g.Spec.AutoUpdate = !g.Spec.AutoUpdate }),
		},
		"lanes that could select the same pod": {
			stored: []client.Object{newLane("base"), newLane("canary", taggedBase)}, group: newGroup(),
			err: samePod,
		},
		"a patch that sets what lanes depend on": {
			stored: []client.Object{newLane("base")}, before: newGroup(), group: newGroup(patched),
			err: "patch of service default/mockb is refused",
		},
		"a patch that the mesh does not take": {
			stored: []client.Object{newLane("base")}, before: newGroup(), group: newGroup(denied),
			err: "the mesh does not take what the httpRoutePatch of service default/mocka makes",
		},
		"a patch that the mesh did not take before the edit": {
			stored: []client.Object{newLane("base")}, before: newGroup(denied), group: newGroup(denied, func(g *apiv1.ASMSwimLaneGroup) { g.Spec.AutoUpdate = !g.Spec.AutoUpdate }),
		},
		"an edit of a group whose patch got through once": {
			stored: []client.Object{newLane("base")}, before: newGroup(patched), group: newGroup(patched, without),
			warnings: []string{"still wrong; what is in force stays: patch of service default/mockb is refused"},
		},
		"an edit of a group that was broken before": {
			stored: []client.Object{newLane("base"), newLane("canary", taggedBase)},
			before: newGroup(), group: newGroup(without),
			warnings: []string{"still wrong; what is in force stays: " + samePod},
		},
		"an edit that changes no spec is never judged": {
			stored: []client.Object{newLane("base"), newLane("canary", taggedBase)},
			before: newGroup(), group: newGroup(func(g *apiv1.ASMSwimLaneGroup) { g.Finalizers = nil }),
		},
		"a service that leaves while a lane and an entry rule name it": {
			stored: []client.Object{newLane("base", ingressTo("mocka.default.svc.cluster.local"), func(l *apiv1.ASMSwimLane) {
				l.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "mocka"}}
			})},
			before: newGroup(), group: newGroup(without),
			warnings: []string{
				"lane base names service default/mocka, which is not in spec.services of group rollout",
				"ingress rule entry of lane base sends requests to default/mocka",
			},
		},
		"a gateway for rules that ask for the same": {
			stored: []client.Object{newLane("base", ingressTo("mocka.default")), newLane("canary", ingressTo("mocka.default"))},
			before: newGroup(), group: newGroup(atGateway),
			warnings: []string{"ingress rule entry of lane base asks for the same requests as rule entry of lane canary"},
		},
		"an edit beside such rules": {
			stored: []client.Object{newLane("base", ingressTo("mocka.default")), newLane("canary", ingressTo("mocka.default"))},
			before: newGroup(atGateway), group: newGroup(atGateway, func(g *apiv1.ASMSwimLaneGroup) { g.Spec.AutoUpdate = !g.Spec.AutoUpdate }),
		},
		"an annotation that means nothing": {
			stored: []client.Object{newLane("base")}, group: newGroup(stripping("yes")),
			warnings: []string{`annotation lanekeeper.io/strip-tags has no effect: it is "yes"`},
		},
		"an annotation that means nothing any more": {
			stored: []client.Object{newLane("base")}, before: newGroup(stripping("true")), group: newGroup(stripping("True")),
			warnings: []string{`annotation lanekeeper.io/strip-tags has no effect: it is "True"`},
		},
		"a long one": {
			stored: []client.Object{newLane("base")}, before: newGroup(), group: newGroup(stripping(strings.Repeat("y", 300)), without),
			warnings: []string{`annotation lanekeeper.io/strip-tags has no effect: it is "yyyy`},
		},
		"an edit beside such an annotation": {
			stored: []client.Object{newLane("base")}, before: newGroup(stripping("yes")), group: newGroup(stripping("yes"), without),
		},
		"a cookie that clients of no weights get": {
			stored: []client.Object{newLane("base")}, before: newGroup(), group: newGroup(func(g *apiv1.ASMSwimLaneGroup) {
				metav1.SetMetaDataAnnotation(&g.ObjectMeta, apiv1.AnnotationStickyCookie, "lane")
			}),
			warnings: []string{"annotation lanekeeper.io/sticky-cookie has no effect: only the strategy weighted"},
		},
		"an annotation that means something": {stored: []client.Object{newLane("base")}, group: newGroup(stripping("false"))},
		"a service that another group has": {
			stored: []client.Object{newLane("base"), other}, group: newGroup(),
			warnings: []string{"service default/mocka is in group older too", "service default/mockb is in group older too"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v := &groupValidator{source: cluster(t, tc.stored...), mesh: mesh{}}
			var warnings admission.Warnings
			var err error
			if tc.before == nil {
				warnings, err = v.ValidateCreate(t.Context(), tc.group)
			} else {
				warnings, err = v.ValidateUpdate(t.Context(), tc.before, tc.group)
			}
			assertSays(t, tc.warnings, tc.err, warnings, err)
		})
	}
}

func TestValidatorsAllowWhatTheyCannotCheck(t *testing.T) {
	broken := interceptor.NewClient(stored(t), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("away")
		},
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errors.New("away")
		},
	})

	warnings, err := (&groupValidator{source: &facts.Cluster{API: broken}, mesh: mesh{}}).ValidateCreate(t.Context(), newGroup())
	assertSays(t, []string{"not checked"}, "", warnings, err)

	warnings, err = (&laneValidator{source: &facts.Cluster{API: broken}}).ValidateCreate(t.Context(), newLane("base"))
	assertSays(t, []string{"not checked"}, "", warnings, err)
}

// mesh refuses every patch there is.
type mesh struct{}

func (mesh) CheckPatches(g lane.Group) *lane.Problem {
	for _, service := range slices.SortedFunc(maps.Keys(g.Policies), lane.CompareKeys) {
		return &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: "patch of service " + service.String() + " is refused"}
	}
	return nil
}

// TryPatches refuses the patch of which the mesh says so.
func (mesh) TryPatches(_ context.Context, g lane.Group) *lane.Problem {
	for _, service := range g.Services {
		if strings.Contains(string(g.PolicyOf(service).Route), "denied") {
			return &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: "the mesh does not take what the httpRoutePatch of service " + service.String() + " makes"}
		}
	}
	return nil
}

// TryRules refuses the rule of which the mesh says so.
func (mesh) TryRules(_ context.Context, p lane.IngressPlan) *lane.Problem {
	for _, r := range p.Routes {
		if r.URI != nil && strings.Contains(r.URI.Value, "denied") {
			return &lane.Problem{Reason: apiv1.ReasonInvalid, Message: "the mesh does not take " + r.Name}
		}
	}
	return nil
}

func stored(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	return fixture.Client(t, facts.AddIndexes, objects...)
}

func cluster(t *testing.T, objects ...client.Object) *facts.Cluster {
	t.Helper()
	c := stored(t, objects...)
	return &facts.Cluster{Cache: c, API: c}
}

// assertSays compares what was said by its parts: each wanted text is part of
// one warning, in order.
func assertSays(t *testing.T, want []string, wantErr string, warnings admission.Warnings, err error) {
	t.Helper()

	require.Len(t, warnings, len(want), strings.Join(warnings, "\n"))
	for i := range want {
		assert.Contains(t, warnings[i], want[i])
		assert.LessOrEqual(t, len(warnings[i]), 256, "the API server cuts longer warnings: %s", warnings[i])
	}
	if wantErr == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, wantErr)
}
