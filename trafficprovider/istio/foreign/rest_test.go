package foreign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A rule for everything means what nobody else asks for: routes that ask for less come
// before it, whatever their age.
func TestRoutesThatTakeOfARuleForEverything(t *testing.T) {
	const says = "VirtualService edge/user (host *) is on the same Gateway and its route 1 takes requests that rule stable/enter-stable asks for, since a rule for everything comes last: " +
		"if they are to follow that rule, ask for them by a uri of the rule's own, or take that route away"
	for name, tc := range map[string]struct {
		gateways, host, match string
		group                 string
		says                  string // of the rule for everything
		check                 string // what becomes of the other rule
	}{
		"a path of its own":             {"[edge/gw]", "'*'", "[{uri: {prefix: /shop}}]", "", says, nothing},
		"one that another rule has":     {"[edge/gw]", "'*'", "[{uri: {exact: /blue}}]", "", says, note},
		"everything with a header":      {"[edge/gw]", "'*'", "[{headers: {x: {}}}]", "", says, note},
		"of another group":              {"[edge/gw]", "'*'", "[{uri: {prefix: /shop}}]", "b", "of group b is on the same Gateway and its route 1", nothing},
		"on a Gateway of the same pods": {"[shop/other]", "'*'", "[{uri: {prefix: /shop}}]", "", "is on Gateway shop/other, which has the same workload and host, and its route 1 takes", nothing},
		"everything":                    {"[edge/gw]", "'*'", "[{uri: {prefix: /}}]", "", "", note},
		"another host":                  {"[edge/gw]", "a.example.com", "[{uri: {prefix: /shop}}]", "", "", nothing},
		"another Gateway":               {"[edge/far]", "'*'", "[{uri: {prefix: /shop}}]", "", "", nothing},
	} {
		for _, older := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				const server = "\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}"
				ours := read[networkingv1.VirtualService](t, `
metadata: {name: swimlane-ingress-vs-rollout, namespace: edge}
spec:
  gateways: [edge/gw]
  hosts: ['*']
  http: [{name: blue/ok, match: [{uri: {exact: /blue}}]}, {name: stable/enter-stable, match: [{uri: {prefix: /}}]}]`)
				bornAt(&ours.ObjectMeta, noon)
				in := Ingress{
					Gateway: read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}"+server), VirtualService: ours,
					Beside: []*networkingv1.Gateway{read[networkingv1.Gateway](t, "metadata: {name: other, namespace: shop}"+server)},
					Routes: []Route{{"blue/ok", []string{"*"}}, {"stable/enter-stable", []string{"*"}}},
				}
				bornAt(&in.Gateway.ObjectMeta, noon)
				bornAt(&in.Beside[0].ObjectMeta, noon.Add(time.Hour))
				theirs := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: edge}\nspec: {gateways: "+tc.gateways+", hosts: ["+tc.host+"], http: [{match: "+tc.match+"}]}")
				theirs.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
				if older {
					theirs.CreationTimestamp = metav1.NewTime(noon.Add(-time.Hour))
				}
				rest := in.CheckRest(theirs, tc.group)
				if tc.says == "" {
					assert.Nil(t, rest)
				} else {
					require.NotNil(t, rest)
					assert.Contains(t, conflictOf([]Finding{*rest}).Message, tc.says)
					assert.Equal(t, note, outcomeOf(rest, true))
					assert.Equal(t, note, outcomeOf(rest, false), "nobody is kept out")
				}
				if !older {
					assert.Equal(t, tc.check, outcomeOf(in.Check(theirs, tc.group), true))
				}
			})
		}
	}
}
