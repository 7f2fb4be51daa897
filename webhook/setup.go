package webhook

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	crmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
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

// Option is a setting that has a default.
type Option func(*options)

type options struct {
	metrics prometheus.Registerer
}

// WithMetrics registers the webhooks' metrics there, and not with the manager's.
func WithMetrics(registry prometheus.Registerer) Option {
	return func(o *options) { o.metrics = registry }
}

// Setup serves the webhooks with the manager's server, on every replica. source
// and mesh are asked at every request. It returns an error when a kind cannot be
// watched or a metric cannot be registered.
func Setup(ctx context.Context, mgr manager.Manager, source Source, mesh MeshChecker, settings ...Option) error {
	o := options{metrics: crmetrics.Registry}
	for _, set := range settings {
		set(&o)
	}
	metrics, err := newMetrics(o.metrics)
	if err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	// Cached from now on, these are there before the replica is ready. Otherwise the
	// first request would wait for them.
	for _, kind := range []client.Object{
		&apiv1.ASMSwimLaneGroup{}, &apiv1.ASMSwimLane{}, &corev1.Service{},
	} {
		if _, err := mgr.GetCache().GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			return fmt.Errorf("watching %T: %w", kind, err)
		}
	}
	handlers{source: source, mesh: mesh, metrics: metrics}.register(mgr.GetWebhookServer(), mgr.GetScheme())
	return nil
}

// handlers make the webhooks from what these share.
type handlers struct {
	source  Source
	mesh    MeshChecker
	metrics *metrics
}

func (h handlers) register(server webhook.Server, scheme *runtime.Scheme) {
	pods := func() *admission.Webhook {
		return &admission.Webhook{Handler: &podStamper{source: h.source, metrics: h.metrics}, LogConstructor: plainLog}
	}
	server.Register(PathPods, h.failingOpen("pods", pods()))
	server.Register(PathPodsRequired, pods())
	server.Register(PathGroups, admission.WithValidator(scheme, &groupValidator{source: h.source, mesh: h.mesh}))
	server.Register(PathLanes, admission.WithValidator(scheme, &laneValidator{source: h.source, mesh: h.mesh}))
	server.Register(PathRollouts, h.failingOpen("rollouts", admission.WithValidator(scheme, &rolloutAdviser{source: h.source})))
}

// failingOpen wraps a webhook that must not refuse.
func (h handlers) failingOpen(name string, inner *admission.Webhook) *admission.Webhook {
	failures := h.metrics.failures.WithLabelValues(name) // 0 from the start, or the first failure is no increase
	return &admission.Webhook{Handler: failOpen{name: name, inner: inner, failures: failures}, LogConstructor: plainLog}
}

// plainLog does not describe every request, as the library does by default: most
// say nothing, and those that do name what they speak of.
func plainLog(base logr.Logger, _ *admission.Request) logr.Logger { return base }
