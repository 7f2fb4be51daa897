package trafficprovider_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// samples is a provider of two.
type samples struct{ trafficprovider.Provider }

func (samples) Samples(lane.Group) []trafficprovider.Sample {
	return []trafficprovider.Sample{
		{Object: &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "good"}}, Patch: "trafficPolicyPatch of service shop/mocka"},
		{Object: &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "bad"}}, Patch: "httpRoutePatch of service shop/mockb"},
	}
}

// refusing is a client of an API server that answers so to one object, and the objects that it
// was asked about.
func refusing(t *testing.T, name string, answer error) (client.Client, *[]string) {
	var mutex sync.Mutex
	tried := &[]string{}
	return interceptor.NewClient(nil, interceptor.Funcs{Create: func(_ context.Context, _ client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
		mutex.Lock()
		defer mutex.Unlock()
		assert.Contains(t, opts, client.DryRunAll, "nothing is written")
		*tried = append(*tried, obj.GetName())
		if obj.GetName() == name {
			return answer
		}
		return nil
	}}), tried
}

func TestPatchesAreTriedByDryRuns(t *testing.T) {
	denied := &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: http.StatusBadRequest,
		Message: `admission webhook "validation.istio.io" denied the request: configuration is invalid: bad timeout`}}
	for name, tc := range map[string]struct {
		answer error
		want   string
	}{
		"taken":             {nil, ""},
		"denied":            {denied, "the mesh does not take what the httpRoutePatch of service shop/mockb makes: configuration is invalid: bad timeout"},
		"no answer":         {errors.New("away"), ""},
		"not allowed":       {apierrors.NewForbidden(corev1.Resource("configmaps"), "bad", errors.New("rbac")), ""},
		"no such namespace": {apierrors.NewNotFound(corev1.Resource("namespaces"), "shop"), ""},
		"no such field":     {apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind("ConfigMap").GroupKind(), "bad", nil), `makes: ConfigMap "bad" is invalid`},
	} {
		t.Run(name, func(t *testing.T) {
			c, tried := refusing(t, "bad", tc.answer)
			got := trafficprovider.DryRun{Client: c, Provider: samples{}}.TryPatches(t.Context(), lane.Group{})
			assert.ElementsMatch(t, []string{"good", "bad"}, *tried)
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

// IngressSample is a ConfigMap with the rule's name.
func (samples) IngressSample(plan lane.IngressPlan) (client.Object, error) {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: plan.Routes[0].Name}}, nil
}

func TestRulesAreTriedByDryRuns(t *testing.T) {
	c, tried := refusing(t, "canary/bad", errors.New("denied the request: no host"))
	run := trafficprovider.DryRun{Client: c, Provider: samples{}}
	plan := lane.IngressPlan{Routes: []lane.IngressRoute{
		{Name: "canary/good", Lane: "canary", Rule: "good"}, {Name: "canary/bad", Lane: "canary", Rule: "bad"}, {Name: "base/r", Lane: "base", Rule: "r"}, {Name: "base/r/default", Lane: "base", Rule: "r", Rest: true}}}
	got := run.TryRules(t.Context(), plan)
	require.NotNil(t, got)
	assert.Equal(t, lane.Problem{Reason: apiv1.ReasonInvalid, Message: "ingress rule bad of lane canary: the mesh does not take what it makes: no host"}, *got)
	assert.ElementsMatch(t, []string{"canary/good", "canary/bad", "base/r"}, *tried)
	assert.Nil(t, run.TryRules(t.Context(), lane.IngressPlan{Routes: plan.Routes[:1]}))
}
