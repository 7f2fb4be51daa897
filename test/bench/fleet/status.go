package fleet

import (
	"context"
	"strconv"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Stage is a Rollout's status, as far as anybody decides by it.
type Stage struct{ phase, reason, succeeded string }

// The stages that Kruise writes.
var (
	Initializing = Stage{"Progressing", "Initializing", ""}
	InRolling    = Stage{"Progressing", "InRolling", ""}
	Finalising   = Stage{"Progressing", "Finalising", ""}
	Completed    = Stage{"Progressing", "Completed", "True"}
	Healthy      = Stage{"Healthy", "Completed", "True"}
	Cancelling   = Stage{"Progressing", "Cancelling", ""}
)

// Stand writes a Rollout's status.
func (f *Fleet) Stand(ctx context.Context, n int, s Stage) error {
	var r kruisev1beta1.Rollout
	r.ObjectMeta = meta(n, Service(n))
	return f.Client.Status().Patch(ctx, &r, client.RawPatch(types.MergePatchType, s.patch()))
}

// patch is the status with all that the CRD asks for. The reason of Succeeded is
// empty, as Kruise leaves it.
func (s Stage) patch() []byte {
	conditions := `{"type":"Progressing","status":"True","reason":"` + s.reason + `","message":""}`
	if s.succeeded != "" {
		conditions += `,{"type":"Succeeded","status":"` + s.succeeded + `","reason":"","message":""}`
	}
	return []byte(`{"status":{"phase":"` + s.phase + `","currentStepIndex":1,"currentStepState":"StepUpgrade","conditions":[` + conditions + `]}}`)
}

// mark sets Kruise's mark on the stable Deployment, or takes it away.
func (f *Fleet) mark(ctx context.Context, n int, on bool) error {
	value := "null"
	if on {
		value = strconv.Quote(`{"rolloutName":"` + Service(n) + `"}`)
	}
	d := &appsv1.Deployment{ObjectMeta: meta(n, Service(n)+"-v1")}
	return f.Client.Patch(ctx, d, client.RawPatch(types.MergePatchType,
		[]byte(`{"metadata":{"annotations":{"rollouts.kruise.io/in-progressing":`+value+`}}}`)))
}
