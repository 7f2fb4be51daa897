package istio

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// Pods start before Istio is installed, and go on when it is taken away.
func TestWithoutIstioEveryLaneIsIsolated(t *testing.T) {
	kind := networkingv1.SchemeGroupVersion.WithKind("DestinationRule").GroupKind()
	reader := interceptor.NewClient(nil, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return &meta.NoKindMatchError{GroupKind: kind}
		}})
	isolation, err := New(time.Second).Isolation(t.Context(), reader, "rollout", types.NamespacedName{Namespace: "default", Name: "mockb"})
	require.NoError(t, err)
	assert.True(t, isolation.Isolates("canary", time.Now()))
}
