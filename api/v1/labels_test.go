package v1

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/util/validation"
)

// The longest lane name that the CRD lets in is the longest that can be marked
// on a pod.
func TestLongestLaneNameMakesAMarker(t *testing.T) {
	longest := strings.Repeat("l", MaxLaneNameLength)
	assert.Empty(t, validation.IsQualifiedName(LaneMarker(longest)))
	assert.NotEmpty(t, validation.IsQualifiedName(LaneMarker(longest+"l")))
}
