package istio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

// Those Sidecars are told of that hide the Service from clients of its group.
func TestSidecarsThatHideAServiceAreNamed(t *testing.T) {
	group := &apiv1.ASMSwimLaneGroup{}
	group.Name = groupName
	group.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "mockb"}, {Namespace: "shop", Name: "cart"}}
	narrow := func(namespace string, forAll bool) *networkingv1.Sidecar {
		s := &networkingv1.Sidecar{}
		s.Namespace, s.Name = namespace, "narrow"
		s.Spec.Egress = []*networkingapi.IstioEgressListener{{Hosts: []string{"~/*"}}}
		if !forAll {
			s.Spec.WorkloadSelector = &networkingapi.WorkloadSelector{Labels: map[string]string{"app": "x"}}
		}
		return s
	}
	for name, tc := range map[string]struct {
		sidecars []*networkingv1.Sidecar
		want     []string
		// all is set where no client of the group finds the Service.
		all bool
	}{
		"none":                       {},
		"of all its namespaces":      {sidecars: []*networkingv1.Sidecar{narrow("default", true), narrow("shop", true)}, want: []string{"shop/narrow"}, all: true},
		"of the Service's namespace": {[]*networkingv1.Sidecar{narrow("default", false)}, []string{"default/narrow"}, false},
		"of another Service's":       {[]*networkingv1.Sidecar{narrow("shop", true)}, []string{"shop/narrow"}, false},
		"of nobody's":                {[]*networkingv1.Sidecar{narrow("else", true)}, nil, false},
		"of the mesh":                {[]*networkingv1.Sidecar{narrow("istio-system", true), narrow("default", false)}, []string{"istio-system/narrow"}, true},
		"of the mesh, for Istio":     {[]*networkingv1.Sidecar{narrow("istio-system", false)}, nil, false},
		"all have one, and the mesh": {[]*networkingv1.Sidecar{narrow("istio-system", true), narrow("default", true), narrow("shop", true)}, []string{"shop/narrow"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			provider, scheme := istio.New(settle), runtime.NewScheme()
			require.NoError(t, provider.AddToScheme(scheme))
			builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(group)
			for _, s := range tc.sidecars {
				builder.WithObjects(s)
			}
			live, err := provider.Live(t.Context(), builder.Build(), groupName, key("default/mockb"))
			require.NoError(t, err)
			plan := servicePlan{Service: "default/mockb", Baseline: map[string]map[string]string{"base": {"tag": "base"}}}.plan()
			step, err := provider.Translate(plan, live, trafficprovider.Cached, t0)
			require.NoError(t, err)
			assert.NotEmpty(t, step.Writes, "it keeps nobody out")
			notes := step.Notes
			if assert.Equal(t, tc.all, step.Problem != nil); tc.all {
				assert.Contains(t, step.Problem.Message, "hides it from all clients in the namespaces of the group's Services")
				notes = append(notes, *step.Problem)
			}
			var named []string
			for _, note := range notes {
				sidecar, _, _ := strings.Cut(strings.TrimPrefix(note.Message, "Sidecar "), " ")
				named = append(named, sidecar)
			}
			assert.Equal(t, tc.want, named)

			plan.Ingress = true // which the group's own need not call
			step, err = provider.Translate(plan, live, trafficprovider.Cached, t0)
			require.NoError(t, err)
			assert.Nil(t, step.Problem)
		})
	}
}
