package webhook

import (
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// Paths, as manifests/webhook names them.
const (
	PathPods         = "/mutate-pods"
	PathPodsRequired = "/mutate-pods-required"
	PathGroups       = "/validate-groups"
	PathLanes        = "/validate-lanes"
	PathRollouts     = "/validate-rollouts"
)

// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups;asmswimlanes,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=services,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch

// Setup serves the webhooks with the manager's server.
func Setup(mgr manager.Manager, source Source) {
	register(mgr.GetWebhookServer(), mgr.GetScheme(), source, mgr.GetClient(), mgr.GetAPIReader())
}

// register serves the webhooks. cache answers at once and may be a little old;
// live asks the API server.
func register(server webhook.Server, scheme *runtime.Scheme, source Source, cache, live client.Reader) {
	pods := func() *admission.Webhook { return admission.WithDefaulter(scheme, &podStamper{source: source}) }
	server.Register(PathPods, open("pods", pods()))
	server.Register(PathPodsRequired, pods())
	server.Register(PathGroups, admission.WithValidator(scheme, &groupValidator{reader: live}))
	server.Register(PathLanes, admission.WithValidator(scheme, &laneValidator{reader: live}))
	server.Register(PathRollouts, open("rollouts", admission.WithValidator(scheme, &rolloutAdviser{cache: cache})))
}

func open(name string, inner *admission.Webhook) *admission.Webhook {
	return &admission.Webhook{Handler: failOpen{name: name, inner: inner}}
}
