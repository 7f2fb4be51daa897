package fleet

import (
	"context"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
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
			l := &apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: group.Name}},
				Spec: apiv1.ASMSwimLaneSpec{LabelSelector: map[string]string{tag: name}}}
			if err := f.Client.Create(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	f.beside = max(from, to)
}

func laneBeside(group, n int) string { return fmt.Sprintf("beside-%d-%d", group, n) }
