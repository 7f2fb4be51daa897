package webhook

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"pgregory.net/rapid"

	"lanekeeper.io/lane"
)

// Whatever labels there are, the patch makes of them what the change makes.
func TestLabelPatchDoesWhatTheChangeSays(t *testing.T) {
	key := rapid.SampledFrom([]string{"app", "ASM_TRAFFIC_TAG", "lanekeeper.io/outside", "a~b/c"})
	value := rapid.SampledFrom([]string{"1", "base", ""})
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.MapOf(key, value).Draw(t, "labels")
		change := lane.Change{Set: rapid.MapOf(key, value).Draw(t, "set")}
		for _, k := range rapid.SliceOfDistinct(key, rapid.ID).Draw(t, "remove") {
			if _, set := change.Set[k]; !set {
				change.Remove = append(change.Remove, k)
			}
		}
		text, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels}})
		require.NoError(t, err)
		operations, err := json.Marshal(labelPatch(labels, change))
		require.NoError(t, err)
		patch, err := jsonpatch.DecodePatch(operations)
		require.NoError(t, err)

		patched, err := patch.Apply(text)

		require.NoError(t, err, string(operations))
		var after struct {
			Metadata struct{ Labels map[string]string }
		}
		require.NoError(t, json.Unmarshal(patched, &after))
		assert.Equal(t, change.Apply(labels), after.Metadata.Labels)
	})
}

func TestLabelPatchOfAPodWithoutLabels(t *testing.T) {
	patch := labelPatch(nil, lane.Change{Set: map[string]string{"a": "b"}, Remove: []string{"c"}})

	require.Len(t, patch, 1)
	assert.JSONEq(t, `{"op":"add","path":"/metadata/labels","value":{"a":"b"}}`, patch[0].Json())
	assert.Empty(t, labelPatch(nil, lane.Change{}))
}
