package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"
)

func TestGatewaysAreWrittenInManyWays(t *testing.T) {
	gw := types.NamespacedName{Namespace: "edge", Name: "gw"}
	for _, written := range []string{"edge/gw", "gw.edge", "gw.edge.svc.cluster.local"} {
		assert.Equal(t, gw, gatewayKey(written, "default"), written)
	}
	for _, written := range []string{"gw", "./gw"} {
		assert.Equal(t, gw, gatewayKey(written, "edge"), written)
	}
}
