package bench

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/integration/installation"
)

var laneCounts = flag.String("lanes", "100,500,2000", "numbers of lanes in the cluster at which lanes measures")

// BenchmarkLanes makes pods of one group ready and unready, while there are more and
// more lanes of other groups, and looks at what each event costs the manager.
func BenchmarkLanes(b *testing.B) {
	w := begin(b, "lanes: what a pod event costs the manager, among lanes of other groups")
	f := &fleet.Fleet{Client: w.client, Lanes: grayLanes, Replicas: 1}
	f.Create(b)
	m := w.startManager("--settle=2s", "--kube-api-qps=-1")
	installation.AwaitCalls(w, w.client)
	w.grow(f, m, 100)
	for text := range strings.SplitSeq(*laneCounts, ",") {
		lanes, err := strconv.Atoi(text)
		require.NoError(b, err, "-lanes")
		f.GrowBeside(b, lanes)
		c := w.flip(f, m, fleet.Gray, 400, 20*time.Millisecond)
		w.table.Tell(fmt.Sprintf("gray pod event, 50 a second, among %d lanes", lanes), "%s", c)
		progress("gray pod event, among %d lanes: %s", lanes, c)
	}
}
