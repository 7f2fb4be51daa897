package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/rolloutwatch/facts"
)

func TestRolloutAdvice(t *testing.T) {
	lanes := []client.Object{newGroup(), newLane("base"), newLane("canary")}
	app := []client.Object{fixture.Service("mocka"), mockaSelecting(map[string]string{"app": "mocka"})}
	all := append(append([]client.Object{}, lanes...), app...)
	routed := func(r *rolloutsv1beta1.Rollout) {
		r.Spec.Strategy.Canary.TrafficRoutings = []rolloutsv1beta1.TrafficRoutingRef{{Service: "mocka"}}
	}
	annotated := func(name string) func(*rolloutsv1beta1.Rollout) {
		return func(r *rolloutsv1beta1.Rollout) { r.Annotations = map[string]string{apiv1.AnnotationLane: name} }
	}
	patched := func(value string) func(*rolloutsv1beta1.Rollout) {
		return func(r *rolloutsv1beta1.Rollout) {
			r.Spec.Strategy.Canary.PatchPodTemplateMetadata = &rolloutsv1beta1.PatchPodTemplateMetadata{
				Labels: map[string]string{tagLabel: value}}
		}
	}

	cases := map[string]struct {
		stored  []client.Object
		rollout *rolloutsv1beta1.Rollout
		want    []string
	}{
		"nothing to say where there are no groups": {stored: app, rollout: newRollout(routed)},
		"the only gray lane needs no name":         {stored: all, rollout: newRollout()},
		"the lane's label in the pod template":     {stored: all, rollout: newRollout(patched("canary"))},
		"a label of no lane": {
			stored: all, rollout: newRollout(patched("v9")), want: []string{"sets ASM_TRAFFIC_TAG=v9, which is the label of no gray lane"},
		},
		"an annotation that names no lane": {
			stored: all, rollout: newRollout(annotated("v9")), want: []string{`names "v9", which is no gray lane`},
		},
		"several gray lanes and no name": {
			stored: append([]client.Object{newLane("blue")}, all...), rollout: newRollout(),
			want: []string{"group rollout has 2 gray lanes (blue, canary): say which"},
		},
		"Kruise's own routing": {
			stored: all, rollout: newRollout(routed), want: []string{"trafficRoutings on service default/mocka"},
		},
		"a style that lanes do not follow": {
			stored: all,
			rollout: newRollout(func(r *rolloutsv1beta1.Rollout) {
				r.Spec.Strategy.Canary = nil
			}),
			want: []string{"has no strategy"},
		},
		"the lane label in the workload's selector": {
			stored:  append([]client.Object{fixture.Service("mocka"), mockaSelecting(map[string]string{"app": "mocka", tagLabel: "base"})}, lanes...),
			rollout: newRollout(), want: []string{"Deployment mocka-v1 selects its pods by the lane label ASM_TRAFFIC_TAG"},
		},
		"a workload of no lane's service": {
			stored: append([]client.Object{mockaSelecting(map[string]string{"app": "mocka"})}, lanes...), rollout: newRollout(annotated("v9")),
		},
		"a workload that does not exist, and a lane": {
			stored: lanes, rollout: newRollout(patched("canary")), want: []string{"Deployment mocka-v1 does not exist in namespace default yet"},
		},
		"a workload that does not exist, and no word of lanes": {stored: lanes, rollout: newRollout()},
		"another kind of workload": {
			stored: all, rollout: newRollout(func(r *rolloutsv1beta1.Rollout) { r.Spec.WorkloadRef.Kind = "CloneSet" }),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			a := &rolloutAdviser{source: cluster(t, tc.stored...)}

			warnings, err := a.ValidateCreate(t.Context(), tc.rollout)
			assertSays(t, tc.want, "", warnings, err)

			again, err := a.ValidateUpdate(t.Context(), tc.rollout, tc.rollout)
			require.NoError(t, err)
			assert.Equal(t, warnings, again)
		})
	}
}

func TestRolloutsAreNeverRefused(t *testing.T) {
	broken := interceptor.NewClient(stored(t), interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errors.New("away")
		},
	})
	server := &paths{}
	handlersOf(t, &facts.Cluster{Cache: broken, API: broken}).register(server, fixture.Scheme(t))
	raw, err := json.Marshal(newRollout())
	require.NoError(t, err)

	resp := server.handlers[PathRollouts].(*admission.Webhook).Handle(t.Context(), admission.Request{
		AdmissionRequest: admissionv1.AdmissionRequest{
			UID: "1", Namespace: "default", Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: raw},
		}})

	assert.True(t, resp.Allowed)
}

// newRollout is one of mocka-v1 that names no lane.
func newRollout(edits ...func(*rolloutsv1beta1.Rollout)) *rolloutsv1beta1.Rollout {
	return fixture.Rollout("", "", "", append([]func(*rolloutsv1beta1.Rollout){func(r *rolloutsv1beta1.Rollout) {
		r.Name, r.Spec.WorkloadRef.Name, r.Spec.Strategy.Canary.PatchPodTemplateMetadata = "rollouts-mocka", "mocka-v1", nil
	}}, edits...)...)
}

func mockaSelecting(selector map[string]string) *appsv1.Deployment {
	return fixture.Deployment("mocka-v1", "mocka", func(d *appsv1.Deployment) { d.Spec.Selector.MatchLabels = selector })
}
