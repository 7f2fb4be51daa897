package webhook

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

func TestLanesWithTheirGroup(t *testing.T) {
	agent := func(expression string) func(*apiv1.ASMSwimLane) {
		return func(l *apiv1.ASMSwimLane) {
			ingressTo("mocka.default")(l)
			l.Spec.IngressRules[0].Match.Headers = map[string]apiv1.StringMatch{"user-agent": {Regex: expression}}
		}
	}
	toPort := func(port int32) func(*apiv1.ASMSwimLane) {
		return func(l *apiv1.ASMSwimLane) {
			ingressTo("mocka.default")(l)
			l.Spec.IngressRules[0].Route.Destination.PortNum = port
		}
	}
	datagrams := func(s *corev1.Service) {
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Port: 8000, Protocol: corev1.ProtocolUDP})
	}
	denied := func(l *apiv1.ASMSwimLane) {
		ingressTo("mocka.default")(l)
		l.Spec.IngressRules[0].Match.URI = apiv1.StringMatch{Exact: "/denied"}
	}
	unnamed := func(paths ...string) func(*apiv1.ASMSwimLane) {
		return func(l *apiv1.ASMSwimLane) {
			ingressTo("mocka.default")(l)
			rule := l.Spec.IngressRules[0]
			l.Spec.IngressRules = nil
			for _, path := range paths {
				rule.Name, rule.Match.URI = "", apiv1.StringMatch{Exact: path}
				l.Spec.IngressRules = append(l.Spec.IngressRules, rule)
			}
		}
	}
	homeless := func(l *apiv1.ASMSwimLane) { l.Labels = nil }
	elsewhere := func(l *apiv1.ASMSwimLane) { l.Labels = map[string]string{apiv1.LabelSwimLaneGroup: "other"} }
	leaving := func(l *apiv1.ASMSwimLane) { l.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }

	cases := map[string]struct {
		stored       []client.Object
		before, lane *apiv1.ASMSwimLane
		warnings     []string
		err          string
	}{
		"a lane beside its baseline": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary"),
		},
		"a gray lane that comes before the baseline says nothing of it": {
			stored: []client.Object{newGroup()}, lane: newLane("canary"),
		},
		"a lane without a group": {
			lane: newLane("canary", homeless), warnings: []string{"no effect until its label swimlane-group names a group"},
		},
		"a lane that comes before its group": {
			lane: newLane("canary"), warnings: []string{"ASMSwimLaneGroup rollout does not exist yet"},
		},
		"a lane that could select the baseline's pods": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", taggedBase), err: samePod,
		},
		"a lane whose selector shares no key with the baseline's": {
			stored: []client.Object{newGroup(), newLane("base")},
			lane: newLane("canary", func(l *apiv1.ASMSwimLane) {
				l.Spec.LabelSelector = map[string]string{"version": "v2"}
			}),
			err: samePod,
		},
		"the clash of two others is not this lane's": {
			stored:   []client.Object{newGroup(), newLane("base"), newLane("canary", taggedBase)},
			lane:     newLane("third"),
			warnings: []string{"still wrong; what is in force stays: " + samePod},
		},
		"a lane that moves into a group where it clashes": {
			stored: []client.Object{newGroup(), newLane("base"), newLane("canary", taggedBase, elsewhere)},
			before: newLane("canary", taggedBase, elsewhere), lane: newLane("canary", taggedBase), err: samePod,
		},
		"a baseline that moves into another group": {
			stored: []client.Object{newGroup(), newLane("base")}, before: newLane("base"), lane: newLane("base", elsewhere),
			err: "lane base is the baseline of group rollout, which would be left without it",
		},
		"a baseline that leaves its group": {
			stored: []client.Object{newGroup(), newLane("base")}, before: newLane("base"), lane: newLane("base", homeless),
			err: "lane base is the baseline of group rollout",
		},
		"a service's own baseline that moves": {
			stored: []client.Object{newGroup(func(g *apiv1.ASMSwimLaneGroup) {
				g.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/mocka": "canary"}
			})}, before: newLane("canary"), lane: newLane("canary", elsewhere),
			err: "lane canary is the baseline of group rollout",
		},
		"a gray lane that moves": {
			stored: []client.Object{newGroup(), newLane("base")}, before: newLane("canary"), lane: newLane("canary", elsewhere),
			warnings: []string{"ASMSwimLaneGroup other does not exist yet"},
		},
		"a baseline whose group is going": {
			stored: []client.Object{newGroup(func(g *apiv1.ASMSwimLaneGroup) {
				g.Finalizers, g.DeletionTimestamp = []string{"x"}, &metav1.Time{Time: time.Unix(1, 0)}
			})}, before: newLane("base"), lane: newLane("base", homeless),
			warnings: []string{"no effect until its label swimlane-group names a group"},
		},
		"a baseline whose group is gone": {
			before: newLane("base"), lane: newLane("base", homeless),
			warnings: []string{"no effect until its label swimlane-group names a group"},
		},
		"an edit that changes neither spec nor group is never judged": {
			stored: []client.Object{newGroup(), newLane("base"), newLane("canary", taggedBase)},
			before: newLane("canary", taggedBase), lane: newLane("canary", taggedBase),
		},
		"a lane that is going is never judged": {
			before: newLane("canary"), lane: newLane("canary", leaving, taggedBase),
		},
		"an entry rule to a service outside the group": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", ingressTo("shop.default.svc.cluster.local")),
			warnings: []string{"ingress rule entry of lane canary sends requests to default/shop, which is no service of group rollout"},
		},
		"an entry rule with an expression that proxies do not know": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", agent("^(?!curl).*$")),
			err: "ingress rule entry of lane canary: its match.headers[user-agent] is no regular expression in RE2 syntax",
		},
		"an edit beside a rule that got past": {
			stored: []client.Object{newGroup(), newLane("base"), newLane("canary", agent("^(?!curl).*$"))}, before: newLane("canary", agent("^(?!curl).*$")),
			lane:     newLane("canary", agent("^(?!curl).*$"), func(l *apiv1.ASMSwimLane) { l.Spec.LabelSelector[tagLabel] = "v2" }),
			warnings: []string{"still wrong; what is in force stays: ingress rule entry of lane canary"},
		},
		"an entry rule to a port that the Service does not have": {
			stored: []client.Object{newGroup(), newLane("base"), fixture.Service("mocka")}, lane: newLane("canary", toPort(80)),
			err: "ingress rule entry of lane canary: it goes to port 80 of Service default/mocka, which has port 8000",
		},
		"an entry rule to a Service that is not known": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", toPort(80)),
		},
		"an entry rule that the mesh alone refuses": {
			stored: []client.Object{newGroup(atGateway), newLane("base")}, lane: newLane("canary", denied),
			err: "the mesh does not take canary/entry",
		},
		"an edit to such a rule": {
			stored: []client.Object{newGroup(atGateway), newLane("base"), newLane("canary")}, before: newLane("canary"), lane: newLane("canary", denied),
			err: "the mesh does not take canary/entry",
		},
		"an edit beside such a rule": {
			stored: []client.Object{newGroup(atGateway), newLane("base"), newLane("canary", denied)}, before: newLane("canary", denied),
			lane: newLane("canary", denied, func(l *apiv1.ASMSwimLane) { l.Spec.LabelSelector[tagLabel] = "v2" }),
		},
		"an edit of a share beside the group's own rule that is refused": {
			stored: []client.Object{newGroup(atGateway, sharesOut("/denied")), newLane("base", share(80)), newLane("canary", share(20))}, before: newLane("canary", share(20)),
			lane: newLane("canary", share(0)),
		},
		"a rule that asks for what another lane's does": {
			stored: []client.Object{newGroup(atGateway), newLane("base"), newLane("canary", ingressTo("mocka.default"))}, lane: newLane("third", ingressTo("mocka.default")),
			warnings: []string{"ingress rule entry of lane third asks for the same requests as rule entry of lane canary, which is tried first: it gets none"},
		},
		"an edit beside such rules": {
			stored: []client.Object{newGroup(atGateway), newLane("base"), newLane("canary", ingressTo("mocka.default")), newLane("third", ingressTo("mocka.default"))},
			before: newLane("third", ingressTo("mocka.default")),
			lane:   newLane("third", ingressTo("mocka.default"), func(l *apiv1.ASMSwimLane) { l.Spec.LabelSelector[tagLabel] = "v3" }),
		},
		"another rule without a name that is one": {
			stored: []client.Object{newGroup(atGateway), newLane("base"), newLane("canary", unnamed("/a"))}, before: newLane("canary", unnamed("/a")),
			lane: newLane("canary", unnamed("/a", "/denied")),
			err:  "the mesh does not take canary/rule-1",
		},
		"such a rule without a gateway": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", denied),
		},
		"an entry rule to a Service with a port for datagrams": {
			stored: []client.Object{newGroup(), newLane("base"), fixture.Service("mocka", datagrams)}, lane: newLane("canary", toPort(0)),
		},
		"an entry rule to a host of the outside": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", ingressTo("mocka.default.example.com")),
			warnings: []string{`sends requests to "mocka.default.example.com" (write <service>.<namespace>.svc.cluster.local), which is no service of group`},
		},
		"a rule to a short host that the mesh would not take": {
			stored: []client.Object{newGroup(atGateway), newLane("base")}, lane: newLane("canary", denied, func(l *apiv1.ASMSwimLane) { l.Spec.IngressRules[0].Route.Destination.Host = "mocka" }),
			warnings: []string{`"mocka" (write <service>.<namespace>.svc.cluster.local)`},
		},
		"an entry rule to a short host": {
			stored: []client.Object{newGroup(), newLane("base")}, lane: newLane("canary", ingressTo("mocka")),
			warnings: []string{`"mocka" (write <service>.<namespace>.svc.cluster.local)`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v := &laneValidator{source: cluster(t, tc.stored...), mesh: mesh{}}
			var warnings admission.Warnings
			var err error
			if tc.before == nil {
				warnings, err = v.ValidateCreate(t.Context(), tc.lane)
			} else {
				warnings, err = v.ValidateUpdate(t.Context(), tc.before, tc.lane)
			}
			assertSays(t, tc.warnings, tc.err, warnings, err)
		})
	}
}

// sharesOut is an edit to a group by weight.
func sharesOut(uri string) func(*apiv1.ASMSwimLaneGroup) {
	return func(g *apiv1.ASMSwimLaneGroup) {
		g.Spec.Ingress.IngressRouting = apiv1.IngressRouting{IngressRoutingStrategy: apiv1.StrategyWeighted,
			WeightedRoutingRule: apiv1.WeightedRoutingRule{RequestMatches: []apiv1.RequestMatch{{URI: apiv1.StringMatch{Exact: uri}}}}}
	}
}

func share(weight int32) func(*apiv1.ASMSwimLane) {
	return func(l *apiv1.ASMSwimLane) {
		l.Spec.IngressWeight = apiv1.IngressWeight{Destination: apiv1.Destination{Host: "mocka.default"}, Weight: weight}
	}
}
