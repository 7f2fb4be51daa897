package proof

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/stack"
)

// TestValidation hands in what the schemas take and Istio does not: istiod refuses
// that in production. Were it taken here, nobody would notice when an object of
// ours is of that kind.
func TestValidation(t *testing.T) {
	s := start(t, "validation-proof")

	t.Run("what is valid is taken", func(t *testing.T) {
		apply(t, s, weighing("mine", 0, 1))
		apply(t, s, ejecting("mine", true))
	})
	t.Run("a VirtualService that sends nobody anywhere is refused", func(t *testing.T) {
		refused(t, s, weighing("wrong", 0, 0), denied, "total destination weight = 0")
	})
	t.Run("a DestinationRule that contradicts itself is refused", func(t *testing.T) {
		refused(t, s, ejecting("wrong", false), denied, "split external local origin errors is set to false")
	})
	t.Run("what the product writes is taken", func(t *testing.T) { istioTakesWhatWeWrite(t, s) })
	t.Run("an update is refused, too", func(t *testing.T) {
		refused(t, s, weighing("mine", 0, 0), denied, "total destination weight = 0")
		refused(t, s, ejecting("mine", false), denied, "split external local origin errors is set to false")
	})
	t.Run("nothing is taken while istiod is down", func(t *testing.T) {
		require.NoError(t, s.StopComponent("istiod"))
		refused(t, s, weighing("mine", 1, 1), `failed calling webhook "validation.istio.io"`)
		require.NoError(t, s.StartComponent("istiod"))
		apply(t, s, weighing("mine", 1, 1))
		refused(t, s, weighing("mine", 0, 0), denied)
	})
}

// denied is how the API server says that istiod itself has refused an object.
const denied = `admission webhook "validation.istio.io" denied the request: configuration is invalid`

// refused applies YAML that must be refused with these words.
func refused(t *testing.T, s *stack.Stack, yaml string, words ...string) {
	t.Helper()
	cmd := s.Command(t.Context(), "kubectl", "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(yaml)
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "taken: %s", out)
	for _, w := range words {
		assert.Contains(t, string(out), w)
	}
}

// weighing is a VirtualService with a route to two destinations.
func weighing(name string, first, second int) string {
	return fmt.Sprintf(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %s}
spec:
  hosts: [somewhere]
  http:
  - route:
    - {destination: {host: somewhere, subset: one}, weight: %d}
    - {destination: {host: somewhere, subset: two}, weight: %d}
`, name, first, second)
}

// ejecting is a DestinationRule that counts failed connections, which can only be
// counted when they are told apart from errors.
func ejecting(name string, apart bool) string {
	return fmt.Sprintf(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: %s}
spec:
  host: somewhere
  trafficPolicy:
    outlierDetection: {splitExternalLocalOriginErrors: %t, consecutiveLocalOriginFailures: 1}
`, name, apart)
}
