package lane

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

func TestServicesThatBypassTheLanes(t *testing.T) {
	other := func(name string, selector map[string]string) Beside {
		return Beside{Service: types.NamespacedName{Namespace: "default", Name: name}, Selector: selector}
	}
	s := snapshot(chain("canary"), basePod("base-0"))
	assert.Empty(t, Compute(s).Notes)

	s.Beside = []Beside{other("only-base", map[string]string{"app": "mockb", tagLabel: "base"})}
	assert.Empty(t, Compute(s).Notes, "no gray pod is behind it")

	s.Beside = append(s.Beside, other("twin", map[string]string{"app": "mockb"}))
	notes := Compute(s).Notes
	require.Len(t, notes, 1)
	assert.Equal(t, "default/twin, in no group, selects its pods too, so that clients of default/twin meet every version: add default/twin to the group, or "+tagLabel+"=base to the selector of default/twin", notes[0].Message)

	for i := range 9 {
		s.Beside = append(s.Beside, other(fmt.Sprint("z", i), nil))
	}
	assert.Contains(t, Compute(s).Notes[0].Message, "default/twin, default/z0, default/z1, default/z2, default/z3 and 5 more, in no group")
}

func TestWhatBypassesLanesSaysItsCure(t *testing.T) {
	for name, tc := range map[string]struct {
		selector   map[string]string
		cannotJoin bool
		want       string
	}{
		"a Service":           {map[string]string{"app": "mockb"}, false, "meet every version: add default/x to the group, or " + tagLabel + "=base to the selector of default/x"},
		"a headless one":      {map[string]string{"app": "mockb"}, true, "meet every version, and cannot be in a group, being headless or of type ExternalName: delete it, or add " + tagLabel + "=base to its selector, or keep callers from it"},
		"one for a lane":      {map[string]string{"app": "mockb", tagLabel: "canary"}, false, "default/x, in no group, selects pods of lane canary alone, so that clients of default/x meet them past our routes: keep everybody else from it, or delete it"},
		"headless for a lane": {map[string]string{"app": "mockb", tagLabel: "canary"}, true, "selects pods of lane canary alone"},
		"one for no lane":     {map[string]string{"app": "mockb", tagLabel: "v9"}, false, "selects pods of the label " + tagLabel + "=v9 alone"},
	} {
		s := snapshot(chain("canary"), basePod("base-0"))
		s.Beside = []Beside{{types.NamespacedName{Namespace: "default", Name: "x"}, tc.selector, tc.cannotJoin}}
		notes := Compute(s).Notes
		if assert.Len(t, notes, 1, name) {
			assert.Contains(t, notes[0].Message, tc.want, name)
		}
	}
}

func TestPodsSayWhatTheirSettingsMean(t *testing.T) {
	bare := func(name string) Pod { p := basePod(name); p.Note = "no sidecar"; return p }
	going := bare("a")
	going.Terminating = true
	notes := Compute(snapshot(chain("canary"), going, bare("c"), bare("b"), basePod("d"))).Notes
	require.Len(t, notes, 1)
	assert.Equal(t, "2 of its pods (e.g. b): no sidecar", notes[0].Message)
}
