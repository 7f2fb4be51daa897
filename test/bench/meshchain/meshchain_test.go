package meshchain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func TestTheObjectsAreObjects(t *testing.T) {
	kinds := map[string]int{}
	for text := range strings.SplitSeq(Chains()+Release()+Lanes(10), "---\n") {
		var o struct {
			Kind     string `json:"kind"`
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		require.NoError(t, yaml.Unmarshal([]byte(text), &o), text)
		if o.Kind != "" {
			require.NotEmpty(t, o.Metadata.Name, text)
			kinds[o.Kind]++
		}
	}
	assert.Equal(t, map[string]int{"Namespace": 3, "Service": 15, "Deployment": 15 + 4 + 9, "VirtualService": 1, "ASMSwimLaneGroup": 2, "ASMSwimLane": 4 + 9}, kinds)
}
