package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

func TestWhatTheAnnotationForTagsMeans(t *testing.T) {
	for value, tc := range map[string]struct {
		strips bool
		says   string
	}{
		"true":  {true, ""},
		"false": {false, ""},
		"yes":   {false, `annotation lanekeeper.io/strip-tags has no effect: it is "yes", and`},
		"True":  {false, `it is "True", and clients' own tags are not taken off: write "true" or "false"`},
		"":      {false, `it is "", and`},
	} {
		group := &apiv1.ASMSwimLaneGroup{}
		group.Annotations = map[string]string{apiv1.AnnotationStripTags: value}
		parsed, _ := NewGroup(group, nil)
		assert.Equal(t, tc.strips, parsed.StripTags, value)
		if says := IgnoredAnnotations(group); tc.says == "" {
			assert.Empty(t, says, value)
		} else {
			require.Len(t, says, 1, value)
			assert.Contains(t, says[0], tc.says)
		}
	}
	assert.Empty(t, IgnoredAnnotations(&apiv1.ASMSwimLaneGroup{}))
}
