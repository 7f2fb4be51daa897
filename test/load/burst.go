package load

import (
	"context"
	"fmt"
	"sync"
)

// Burst sends n requests, those of the config's streams in turn, each caller the next when
// its last was answered, and returns what became of them. Few callers disturb little.
func Burst(ctx context.Context, c Config, n, callers int) ([]Record, error) {
	if len(c.Streams) == 0 {
		return nil, errNoStreams
	}
	r := newRun(c)
	defer r.client.CloseIdleConnections()
	records := make([]Record, n)
	var calling sync.WaitGroup
	for i := range callers {
		calling.Go(func() {
			for k := i; k < n && ctx.Err() == nil; k += callers {
				s := c.Streams[k%len(c.Streams)]
				rec := &records[k]
				rec.Stream, rec.Tag = s.Name, s.Tag
				r.ask(rec, s, fmt.Sprintf("burst-%x-%d", r.begun.UnixMilli(), k))
			}
		})
	}
	calling.Wait()
	return records, ctx.Err()
}
