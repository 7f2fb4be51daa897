package istio

import (
	"context"
	"fmt"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// foreign finds objects of others that speak for a Service which is not taken
// over. Istio merges two DestinationRules of one host in ways that depend on
// their age, and of two mesh VirtualServices it drops one, so we stay out.
func foreign(ctx context.Context, r client.Reader, service types.NamespacedName) (*lane.Problem, error) {
	in := client.InNamespace(service.Namespace)
	rules := &networkingv1.DestinationRuleList{}
	if err := r.List(ctx, rules, in, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list DestinationRules of %s: %w", service.Namespace, err)
	}
	var names []string
	for _, rule := range rules.Items {
		if means(rule.Spec.Host, rule.Namespace, service) {
			names = append(names, "DestinationRule "+nameOf(rule).String())
		}
	}
	routes := &networkingv1.VirtualServiceList{}
	if err := r.List(ctx, routes, in, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list VirtualServices of %s: %w", service.Namespace, err)
	}
	for _, vs := range routes.Items {
		if inMesh(vs) && slices.ContainsFunc(vs.Spec.Hosts, func(h string) bool { return means(h, vs.Namespace, service) }) {
			names = append(names, "VirtualService "+nameOf(vs).String())
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	slices.Sort(names)
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf(
		"service %s already has %s: move what they set into the group's patches and delete them, or take the service out of the group",
		service, strings.Join(names, ", "))}, nil
}

// means says whether a host, as an object of the namespace writes it, is the
// Service.
func means(host, namespace string, service types.NamespacedName) bool {
	if !strings.Contains(host, ".") {
		host += "." + namespace
	}
	full := hostOf(service)
	return host == full || host+clusterDomain == full || host+".cluster.local" == full
}

func inMesh(vs *networkingv1.VirtualService) bool {
	return len(vs.Spec.Gateways) == 0 || slices.Contains(vs.Spec.Gateways, "mesh")
}
