package trafficprovider_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

func TestPatchesAreTriedByDryRuns(t *testing.T) {
	denied := &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: http.StatusBadRequest,
		Message: `admission webhook "validation.istio.io" denied the request: configuration is invalid: bad timeout`}}
	mocka, mockb := types.NamespacedName{Namespace: "shop", Name: "mocka"}, types.NamespacedName{Namespace: "shop", Name: "mockb"}
	group := lane.Group{Name: "rollout", RouteHeader: "x-lane", Services: []types.NamespacedName{mocka, mockb},
		DefaultPolicy: lane.Policy{Traffic: []byte(`{"connectionPool": {"tcp": {"maxConnections": 9}}}`)},
		Policies:      map[types.NamespacedName]lane.Policy{mockb: {Route: []byte(`{"timeout": "3s"}`)}}}

	for name, tc := range map[string]struct {
		answer error
		want   string
	}{
		"taken":             {nil, ""},
		"denied":            {denied, "the mesh does not take what the httpRoutePatch of service shop/mockb makes: configuration is invalid: bad timeout"},
		"no answer":         {errors.New("away"), ""},
		"not allowed":       {apierrors.NewForbidden(networkingv1.Resource("virtualservices"), "x", errors.New("rbac")), ""},
		"no such field":     {apierrors.NewInvalid(networkingv1.SchemeGroupVersion.WithKind("VirtualService").GroupKind(), "x", nil), "VirtualService.networking.istio.io"},
		"no such namespace": {apierrors.NewNotFound(networkingv1.Resource("namespaces"), "shop"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var tried []string
			var mutex sync.Mutex
			c := interceptor.NewClient(nil, interceptor.Funcs{Create: func(_ context.Context, _ client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
				assert.Contains(t, opts, client.DryRunAll, "nothing is written")
				assert.True(t, strings.HasPrefix(obj.GetGenerateName(), "lanekeeper-"))
				mutex.Lock()
				defer mutex.Unlock()
				tried = append(tried, obj.GetNamespace())
				if _, routes := obj.(*networkingv1.VirtualService); routes {
					return tc.answer
				}
				return nil
			}})
			got := trafficprovider.DryRun{Client: c, Provider: istio.New(1)}.TryPatches(t.Context(), group)
			assert.Equal(t, []string{"shop", "shop"}, tried, "one object for each distinct patch")
			if tc.want == "" {
				require.Nil(t, got)
				return
			}
			require.NotNil(t, got)
			assert.Equal(t, apiv1.ReasonPatchRefused, got.Reason)
			assert.Contains(t, got.Message, tc.want)
		})
	}
}
