package manager

import (
	"context"
	"maps"
	"testing"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	apiv1 "lanekeeper.io/api/v1"
)

const tagLabel = "ASM_TRAFFIC_TAG"

// podsAreStamped creates pods as ReplicaSets would: the owner chain by hand, for
// there are no controllers, and the pod a moment after its ReplicaSet.
func podsAreStamped(t *testing.T, c client.Client) {
	app := map[string]string{"app": "mocka"}
	tagged := func(tag string) map[string]string {
		return map[string]string{"app": "mocka", "version": "v1", tagLabel: tag}
	}
	canaryMarker := apiv1.LaneMarker("canary")
	awaitLane(t, c, canaryMarker)

	cases := map[string]struct {
		// canaryOf is the stable Deployment, for the Deployment that Kruise makes.
		canaryOf string
		selector map[string]string
		template map[string]string
		want     map[string]string
	}{
		"a canary with patchPodTemplateMetadata": {
			canaryOf: "mocka-v1", selector: app, template: tagged("canary"),
			want: map[string]string{tagLabel: "canary", canaryMarker: "1"},
		},
		"a canary without patchPodTemplateMetadata": {
			canaryOf: "mocka-v1", selector: app, template: tagged("base"),
			want: map[string]string{tagLabel: "canary", canaryMarker: "1"},
		},
		"a canary without any lane label": {
			canaryOf: "mocka-v1", selector: app, template: app,
			want: map[string]string{tagLabel: "canary", canaryMarker: "1"},
		},
		"a stable workload": {
			selector: app, template: tagged("base"), want: map[string]string{tagLabel: "base"},
		},
		"a plain workload of a lane": {
			selector: map[string]string{"app": "mocka", "version": "v1"}, template: tagged("canary"),
			want: map[string]string{tagLabel: "canary", canaryMarker: "1"},
		},
		"a workload of no lane": {
			selector: app, template: tagged("v9"), want: map[string]string{tagLabel: "v9", apiv1.LabelOutside: "1"},
		},
		"a canary whose selector has the lane label": {
			canaryOf: "mocka-v1", selector: map[string]string{"app": "mocka", tagLabel: "base"}, template: tagged("base"),
			want: map[string]string{tagLabel: "base", apiv1.LabelOutside: "1"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pod := podOf(t, c, tc.canaryOf, tc.selector, tc.template)
			hash := pod.Labels["pod-template-hash"]
			require.NoError(t, c.Create(t.Context(), pod))

			assert.Equal(t, tc.want[tagLabel], pod.Labels[tagLabel])
			assert.Equal(t, tc.want[canaryMarker], pod.Labels[canaryMarker])
			assert.Equal(t, tc.want[apiv1.LabelOutside], pod.Labels[apiv1.LabelOutside])
			assert.Equal(t, hash, pod.Labels["pod-template-hash"])
			assert.Equal(t, "mocka", pod.Labels["app"])
		})
	}
}

// awaitLane returns when the replica that is asked knows the lane. Whether it is
// accepted the other one has written.
func awaitLane(t *testing.T, c client.Client, marker string) {
	t.Helper()
	pod := podOf(t, c, "", map[string]string{"app": "mocka", "version": "v1"}, map[string]string{"app": "mocka", "version": "v1", tagLabel: "canary"})
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		trial := pod.DeepCopy()
		require.NoError(t, c.Create(context.Background(), trial, client.DryRunAll))
		assert.Contains(t, trial.Labels, marker)
	}, patience, 100*time.Millisecond)
}

// podOf creates a Deployment and its ReplicaSet, and returns the pod to create.
func podOf(t *testing.T, c client.Client, canaryOf string, selector, template map[string]string) *corev1.Pod {
	t.Helper()

	spec := corev1.PodSpec{Containers: []corev1.Container{{Name: "default", Image: "mock"}}}
	podLabels := with(template, "pod-template-hash", "abc")
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "mocka-"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: selector},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: template}, Spec: spec},
		},
	}
	if canaryOf != "" {
		deployment.Labels = map[string]string{"rollouts.kruise.io/canary-deployment": canaryOf}
	}
	require.NoError(t, c.Create(t.Context(), deployment))

	replicaSet := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: deployment.Name + "-", Labels: podLabels},
		Spec: appsv1.ReplicaSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: with(selector, "pod-template-hash", "abc")},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: podLabels}, Spec: spec},
		},
	}
	require.NoError(t, controllerutil.SetControllerReference(deployment, replicaSet, c.Scheme()))
	require.NoError(t, c.Create(t.Context(), replicaSet))

	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: replicaSet.Name + "-", Labels: podLabels},
		Spec:       spec,
	}
	require.NoError(t, controllerutil.SetControllerReference(replicaSet, pod, c.Scheme()))
	return pod
}

func with(labels map[string]string, key, value string) map[string]string {
	next := maps.Clone(labels)
	next[key] = value
	return next
}

func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()

	s := runtime.NewScheme()
	require.NoError(t, clientgoscheme.AddToScheme(s))
	require.NoError(t, apiv1.AddToScheme(s))
	require.NoError(t, rolloutsv1beta1.AddToScheme(s))
	require.NoError(t, networkingv1.AddToScheme(s))
	return s
}
