package istio

import (
	"context"
	"fmt"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// gatewaysBeside are the other Gateways of a Gateway's workload that may have a
// virtual host in common with it for VirtualServices with the hosts; sorted by name.
func (p *Provider) gatewaysBeside(ctx context.Context, r client.Reader, gateway *networkingv1.Gateway, hosts []string) ([]*networkingv1.Gateway, error) {
	keys := foreign.KeysBeside(gateway, hosts)
	var out []*networkingv1.Gateway
	for _, key := range p.keys(keys...) {
		list := &networkingv1.GatewayList{}
		if err := p.list(ctx, r, list, indexWorkload, key); err != nil {
			return nil, err
		}
		out = append(out, list.Items...)
	}
	out = slices.DeleteFunc(out, func(other *networkingv1.Gateway) bool {
		return nameOf(other) == nameOf(gateway) || !foreign.SameWorkload(gateway, other) ||
			!slices.ContainsFunc(foreign.WorkloadKeys(other), func(key string) bool { return slices.Contains(keys, key) })
	})
	slices.SortFunc(out, func(a, b *networkingv1.Gateway) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	return slices.CompactFunc(out, func(a, b *networkingv1.Gateway) bool { return nameOf(a) == nameOf(b) }), nil
}

// readBeside adds the Gateways beside the ingress's own, and what is on them.
func (p *Provider) readBeside(ctx context.Context, r client.Reader, group string, l *liveIngress, hosts []string) (err error) {
	if l.gateway == nil {
		return nil
	}
	if l.beside, err = p.gatewaysBeside(ctx, r, l.gateway, hosts); err != nil {
		return err
	}
	for _, gateway := range l.beside {
		on, err := p.foreignOnGateway(ctx, r, group, nameOf(gateway))
		if err != nil {
			return err
		}
		l.foreign = append(l.foreign, on...)
	}
	slices.SortFunc(l.foreign, func(a, b *networkingv1.VirtualService) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	l.foreign = slices.CompactFunc(l.foreign, func(a, b *networkingv1.VirtualService) bool { return nameOf(a) == nameOf(b) })
	return nil
}

// sharing are the Gateways whose ingresses an object may meet in a list of virtual
// hosts: those beside the Gateway that it is, or is on. It needs the indexes.
func (p *Provider) sharing(ctx context.Context, obj client.Object) ([]types.NamespacedName, error) {
	if p.cache == nil {
		return nil, nil
	}
	var out []types.NamespacedName
	add := func(gateway *networkingv1.Gateway, hosts []string) error {
		beside, err := p.gatewaysBeside(ctx, p.cache, gateway, hosts)
		for _, other := range beside {
			out = append(out, nameOf(other))
		}
		return err
	}
	switch obj := obj.(type) {
	case *networkingv1.Gateway:
		on, err := p.onGateway(ctx, p.cache, nameOf(obj))
		if err != nil {
			return nil, err
		}
		var hosts []string
		for _, vs := range on {
			hosts = append(hosts, vs.Spec.Hosts...)
		}
		return out, add(obj, hosts)
	case *networkingv1.VirtualService:
		for _, key := range foreign.Gateways(obj) {
			gateway := &networkingv1.Gateway{}
			if err := p.cache.Get(ctx, key, gateway, client.UnsafeDisableDeepCopy); client.IgnoreNotFound(err) != nil {
				return nil, fmt.Errorf("get Gateway %s: %w", key, err)
			} else if err != nil {
				continue
			}
			if err := add(gateway, obj.Spec.Hosts); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
