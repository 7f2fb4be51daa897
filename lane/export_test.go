package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

func TestAServiceThatIsHiddenFromWhoCallsIt(t *testing.T) {
	const setting = "annotation example.com/to: x"
	elsewhere := func(g *Group) {
		g.Services = append(g.Services, types.NamespacedName{Namespace: "shop", Name: "front"})
	}
	entry := func(g *Group) { *g = withIngress(*g) }
	for name, tc := range map[string]struct {
		edit     func(*Group)
		hidden   bool
		exported []string
		want     string
	}{
		"it is not":                     {edit: entry},
		"its own namespace, which does": {hidden: true, exported: []string{"default"}},
		"nobody":                        {hidden: true, want: "hides it from everybody, so that requests of the group that come from there are answered 503: set it to default, or remove it"},
		"a caller":                      {edit: elsewhere, hidden: true, exported: []string{"default"}, want: "hides it from namespace shop, so that requests of the group that come from there are answered 503: add shop to it, or remove it"},
		"no caller":                     {edit: elsewhere, hidden: true, exported: []string{"default", "shop"}},
		"its own namespace alone":       {edit: elsewhere, hidden: true, exported: []string{"shop"}, want: "add default to it"},
		"the Gateway":                   {edit: entry, hidden: true, exported: []string{"default"}, want: "add istio-system to it"},
		"all but somebody else":         {edit: entry, hidden: true, exported: []string{"other"}, want: "hides it from namespace default, istio-system, so"},
		"neither Gateway nor caller":    {edit: entry, hidden: true, exported: []string{"default", "istio-system"}},
		"the Gateway, of another entry": {
			edit: func(g *Group) {
				elsewhere(g)
				entry(g)
				for i := range g.Lanes {
					for j := range g.Lanes[i].Rules {
						g.Lanes[i].Rules[j].Service = g.Services[1]
					}
				}
			}, hidden: true, exported: []string{"default", "shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := chain("canary")
			if tc.edit != nil {
				tc.edit(&g)
			}
			s := snapshot(g, basePod("a"))
			if tc.hidden {
				s.Service.Export = &Export{Setting: setting, Namespaces: tc.exported}
			}
			p := Compute(s)
			s.TakenOver = true
			later := Compute(s)
			assert.Equal(t, StateManaged, later.State)
			assert.Empty(t, p.Notes)
			assert.Equal(t, map[string]bool{"the Gateway": true, "all but somebody else": true}[name], later.Hidden != nil)
			if tc.want == "" {
				assert.Equal(t, StateManaged, p.State)
				assert.Nil(t, later.Problem)
				return
			}
			assert.Equal(t, StatePending, p.State)
			require.NotNil(t, later.Problem)
			assert.Equal(t, *p.Problem, *later.Problem)
			assert.Equal(t, apiv1.ReasonServiceUnsupported, p.Problem.Reason)
			assert.Contains(t, p.Problem.Message, "its "+setting+" hides it from ")
			assert.Contains(t, p.Problem.Message, tc.want)
		})
	}
}
