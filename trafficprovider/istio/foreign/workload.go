package foreign

import (
	"maps"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Gateways of one workload share the lists of virtual hosts of their plain
// servers. They are found by a label of their selectors and a host, so that those
// which share the workload and no host cost nothing.

// SameWorkload reports whether every pod that one of the Gateways selects the
// other selects as well. Two selectors that have no label in common may select the
// same pods, too; that cannot be told from the Gateways.
func SameWorkload(a, b *networkingv1.Gateway) bool {
	return includes(a.Spec.Selector, b.Spec.Selector) || includes(b.Spec.Selector, a.Spec.Selector)
}

// includes reports whether a selector has all of another's labels.
func includes(selector, other map[string]string) bool {
	return len(other) == 0 || lane.Selects(other, selector)
}

// serverNames are the hosts of a Gateway's servers, without the namespaces that they are
// for.
func serverNames(gateway *networkingv1.Gateway) []string {
	var out []string
	for _, spec := range gateway.Spec.Servers {
		s := server{Server: spec, gateway: gateway}
		for _, written := range s.GetHosts() {
			_, name := s.split(written)
			out = append(out, name)
		}
	}
	return out
}

// WorkloadKeys are those by which others of the workload find a Gateway: each
// label of its selector with each host of its servers.
func WorkloadKeys(gateway *networkingv1.Gateway) []string {
	hosts := serverNames(gateway)
	for i, name := range hosts {
		hosts[i] = strings.ToLower(name)
	}
	return keysOf(append(labelsOf(gateway), anyLabel), hosts)
}

// KeysBeside are those of the Gateways that may have a virtual host in common with
// VirtualServices for the hosts on a Gateway, or take a host of its servers from it.
// A server that has the same virtual host has its name, or a wildcard for it.
func KeysBeside(gateway *networkingv1.Gateway, hosts []string) []string {
	names := serverNames(gateway)
	for _, name := range slices.Clone(names) {
		for _, host := range hosts {
			if lane.HostWithin(host, name) {
				names = append(names, host)
			}
		}
	}
	var all []string
	for _, name := range names {
		name = strings.ToLower(name)
		all = append(append(all, name), hostname.Wildcards(name)...)
	}
	if len(gateway.Spec.Selector) == 0 {
		return keysOf([]string{anyLabel}, all)
	}
	return keysOf(append(labelsOf(gateway), noLabel), all)
}

// A Gateway without a selector is for every gateway workload. It is found by
// noLabel, and finds the others by anyLabel.
const noLabel, anyLabel = "", "*"

// labelsOf are the labels of a Gateway's selector, sorted.
func labelsOf(gateway *networkingv1.Gateway) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(gateway.Spec.Selector)) {
		out = append(out, key+"="+gateway.Spec.Selector[key])
	}
	if out == nil {
		return []string{noLabel}
	}
	return out
}

func keysOf(labels, hosts []string) []string {
	var out []string
	for _, label := range labels {
		for _, host := range hosts {
			out = append(out, label+" "+host)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
