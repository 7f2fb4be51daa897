package installation

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/integration/apiserver"
)

// FinishNamespaces ends namespaces that are deleted, as the namespace controller
// would, until the test ends. What was in them stays, so it suits tests that
// delete that themselves.
func FinishNamespaces(t testing.TB, server *apiserver.Server) {
	t.Helper()

	c := server.Client(t, client.Options{})
	every(t, 100*time.Millisecond, func(ctx context.Context) error {
		var namespaces corev1.NamespaceList
		if err := c.List(ctx, &namespaces); err != nil {
			return err
		}
		for i := range namespaces.Items {
			n := &namespaces.Items[i]
			if n.DeletionTimestamp == nil {
				continue
			}
			n.Spec.Finalizers = nil
			if err := c.SubResource("finalize").Update(ctx, n); client.IgnoreNotFound(err) != nil {
				return err
			}
		}
		return nil
	})
}

// FinishForeground does what the garbage collector would for an object that was
// deleted in the foreground and owns nothing.
func FinishForeground(t testing.TB, c client.Client, o client.Object) {
	t.Helper()

	require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(o), o))
	left := slices.DeleteFunc(slices.Clone(o.GetFinalizers()), func(f string) bool { return f == metav1.FinalizerDeleteDependents })
	require.NotEqual(t, left, o.GetFinalizers(), "it was not deleted in the foreground")
	o.SetFinalizers(left)
	require.NoError(t, c.Update(t.Context(), o))
}

// every does something again and again until the test ends. An attempt that fails
// is repeated, as whoever does it in a cluster would: the API server may be busy, or
// somebody else was faster. Where that never works the test fails by itself, and is
// told why.
func every(t testing.TB, interval time.Duration, do func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	var failure error
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if err := do(ctx); ctx.Err() == nil {
					failure = err
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if failure != nil {
			t.Logf("what was done all the time failed at last: %v", failure)
		}
	})
}
