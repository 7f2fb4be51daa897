package bench

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/stack"
)

var stackName = flag.String("stack", "bench", "name of the stack that kruise and mesh start")

// startCluster starts a stack with the product and the samples' Gateway, which ends with the benchmark.
func startCluster(b *testing.B) *cluster.Cluster {
	b.Helper()
	s, err := stack.Start(b.Context(), stack.Options{Name: *stackName, Log: os.Stderr})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Stop()) })
	c, err := cluster.New(s)
	require.NoError(b, err)
	require.NoError(b, c.DeployProduct(b.Context()))
	kubectl(b, c, "apply", "-f", cluster.Samples+"/1-gateway.yaml")
	return c
}

func kubectl(b *testing.B, c *cluster.Cluster, args ...string) {
	b.Helper()
	_, err := c.Kubectl(b.Context(), args...)
	require.NoError(b, err)
}
