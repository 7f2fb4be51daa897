package supervisor

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAwaitSaysWhatWasWrongBeforeItsTimeWasUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	tries := 0
	err := await(ctx, func(ctx context.Context) error {
		if tries++; tries == 1 {
			return errors.New("it is too dark")
		}
		cancel(errors.New("it is too late"))
		return ctx.Err()
	})
	require.EqualError(t, err, "it is too late\nit is too dark")
}
