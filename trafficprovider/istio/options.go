package istio

import (
	"errors"
	"flag"
	"fmt"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	"k8s.io/apimachinery/pkg/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// +kubebuilder:rbac:groups=networking.istio.io,resources=destinationrules;virtualservices,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups=networking.istio.io,resources=gateways;sidecars,verbs=get;list;watch

// DefaultSettle is longer than Istio takes to bring two writes apart: in a busy mesh it
// sends those together that are up to 10s apart (PILOT_DEBOUNCE_MAX).
const DefaultSettle = 10 * time.Second

// AddFlags registers --settle, whose default is what New was given.
func (p *Provider) AddFlags(flags *flag.FlagSet) {
	flags.DurationVar(&p.settle, "settle", p.settle,
		"how long every proxy gets to learn of a subset before a route may name it, and of a route that went before its subset goes; in a busy mesh Istio sends two writes together that are up to 10s apart")
}

// Validate returns an error if the settle time is none.
func (p *Provider) Validate() error {
	if p.settle <= 0 {
		return fmt.Errorf("--settle must be more than 0, not %s: a route and its subset written at once lose requests", p.settle)
	}
	return nil
}

// Settle is how long every proxy may take to learn of a change.
func (p *Provider) Settle() time.Duration { return p.settle }

// AddToScheme registers the kinds that we write and read, groups among them. Whoever makes
// the manager knows Istio through this package only.
func (*Provider) AddToScheme(scheme *runtime.Scheme) error {
	return errors.Join(networkingv1.AddToScheme(scheme), v1alpha3.AddToScheme(scheme), gatewayv1.Install(scheme), apiv1.AddToScheme(scheme))
}
