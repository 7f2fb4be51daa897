package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"

	apiv1 "lanekeeper.io/api/v1"
)

func TestWhatTheAnnotationForTagsMeans(t *testing.T) {
	for value, tc := range map[string]struct {
		strips bool
		says   string
	}{
		"true":  {true, ""},
		"false": {false, ""},
		"yes":   {false, `annotation lanekeeper.io/strip-tags is "yes", which has no effect`},
		"True":  {false, `is "True", which has no effect, and clients' own tags are not taken off: write "true" or "false"`},
		"":      {false, `is "", which has no effect`},
	} {
		group := &apiv1.ASMSwimLaneGroup{}
		group.Annotations = map[string]string{apiv1.AnnotationStripTags: value}
		parsed, _ := NewGroup(group, nil)
		assert.Equal(t, tc.strips, parsed.StripTags, value)
		if says := StripTagsIgnored(group); tc.says == "" {
			assert.Empty(t, says, value)
		} else {
			assert.Contains(t, says, tc.says)
		}
	}
	assert.Empty(t, StripTagsIgnored(&apiv1.ASMSwimLaneGroup{}))
}
