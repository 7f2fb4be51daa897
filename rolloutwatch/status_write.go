package rolloutwatch

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// writeStatus writes a status if it differs from the one that the object has.
func writeStatus[S any](ctx context.Context, c client.Client, o client.Object, was *S, is S) error {
	if equality.Semantic.DeepEqual(*was, is) {
		return nil
	}
	*was = is
	if err := c.Status().Update(ctx, o); err != nil {
		return fmt.Errorf("writing the status of %s: %w", o.GetName(), err)
	}
	return nil
}
