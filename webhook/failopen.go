package webhook

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// failOpen allows unchanged what its handler did not allow: an error, a panic (the
// inner webhook makes a refusal of it), an object that cannot be read. To the API
// server all of these are answers, to which no failurePolicy applies.
type failOpen struct {
	name     string
	inner    *admission.Webhook
	failures prometheus.Counter
}

var _ admission.Handler = failOpen{}

// Handle implements admission.Handler. It never refuses.
func (f failOpen) Handle(ctx context.Context, req admission.Request) admission.Response {
	resp := f.inner.Handle(ctx, req)
	if resp.Allowed {
		return resp
	}
	f.failures.Inc()
	message := "no message"
	if resp.Result != nil {
		message = resp.Result.Message
	}
	logf.FromContext(ctx).Info("allowed unchanged, because deciding failed; the leader labels pods later",
		"webhook", f.name, "namespace", req.Namespace, "name", req.Name, "user", req.UserInfo.Username, "cause", message)
	return admission.Allowed("")
}
