package fleet

import (
	"context"
	"fmt"
	"testing"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

// lanesBeside is how many lanes each group beside the fleet's has, the baseline included.
const lanesBeside = 10

// GrowBeside adds groups beside the fleet's own until there are so many lanes in all.
// Each has one Service, which does not exist: nothing ever happens to it.
func (f *Fleet) GrowBeside(t testing.TB, lanes int) {
	t.Helper()
	from, to := f.beside, (lanes-f.Lanes-1)/lanesBeside
	f.parallel(t, from, to, func(ctx context.Context, n int) error {
		group := newGroup()
		group.Name = fmt.Sprintf("beside-%d", n)
		group.Spec.Ingress = apiv1.GroupIngress{}
		group.Spec.Services[0].Name = group.Name
		group.Spec.PermissiveModeConfiguration.FallbackTarget = laneBeside(n, 0)
		if err := f.Client.Create(ctx, group); err != nil {
			return err
		}
		for i := range lanesBeside {
			name := laneBeside(n, i)
			if err := f.Client.Create(ctx, fixture.Unborn(fixture.Lane(name, fixture.InGroup(group.Name)))); err != nil {
				return err
			}
		}
		return nil
	})
	f.beside = max(from, to)
}

func laneBeside(group, n int) string { return fmt.Sprintf("beside-%d-%d", group, n) }
