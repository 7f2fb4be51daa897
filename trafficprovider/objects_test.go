package trafficprovider_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
)

// labelled is a provider whose objects' labels tell all.
type labelled struct{ scripted }

func (*labelled) OwnerOf(obj client.Object) (trafficprovider.Owner, bool) {
	l := obj.GetLabels()
	return trafficprovider.Owner{Group: l[apiv1.LabelGroup], Service: types.NamespacedName{Namespace: obj.GetNamespace(), Name: l[apiv1.LabelService]}}, l[apiv1.LabelGroup] != ""
}

func TestAGroupsObjectsAreCountedInItsNamespaces(t *testing.T) {
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "g", Annotations: map[string]string{
		apiv1.AnnotationServiceNamespaces: "default,left", apiv1.AnnotationEntryNamespaces: "edge,old"}}}
	group.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "s"}}
	group.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "edge", Name: "gw"}
	for name, tc := range map[string]struct {
		namespace, service string
		counts             bool
	}{
		"a Service's":                       {"default", "s", true},
		"of a Service that left":            {"left", "s", true},
		"of a Service where the Gateway is": {"edge", "s", false},
		"a tenant's, like a Service's":      {"tenant", "s", false},
		"the ingress":                       {"edge", "", true},
		"the ingress at an earlier Gateway": {"old", "", true},
		"an ingress where the Services are": {"default", "", false},
		"a tenant's, like the ingress":      {"tenant", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tc.namespace, Name: "o", Labels: map[string]string{
				apiv1.LabelSwimLaneGroup: "g", apiv1.LabelGroup: "g", apiv1.LabelService: tc.service}}}
			count := func(objects ...client.Object) int {
				scheme := runtime.NewScheme()
				require.NoError(t, corev1.AddToScheme(scheme))
				require.NoError(t, apiv1.AddToScheme(scheme))
				c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
				n, err := (&trafficprovider.Applier{Client: c, Reader: c, Provider: &labelled{}}).Objects(context.Background(), "g")
				require.NoError(t, err)
				return n
			}
			want := 0
			if tc.counts {
				want = 1
			}
			assert.Equal(t, want, count(group.DeepCopy(), cm.DeepCopy()))
			assert.Equal(t, 1, count(cm.DeepCopy()), "without the group nobody can tell")
		})
	}
}
