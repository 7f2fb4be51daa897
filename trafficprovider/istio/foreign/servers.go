package foreign

import (
	"cmp"
	"maps"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
)

// serversOf are the servers of the Gateways of one workload in istiod's order,
// the older Gateway's first. It leaves out what does not go with one before it on
// the same port: another protocol beside a plain one, or TLS for the same host
// (mergeGateways and CheckDuplicates in Istio's pilot/pkg/model/gateway.go).
func serversOf(gateways ...*networkingv1.Gateway) []server {
	gateways = slices.SortedFunc(slices.Values(gateways), func(a, b *networkingv1.Gateway) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace))
	})
	var out []server
	plain, names := map[string]server{}, map[string]server{}
	for _, gateway := range gateways {
		for _, spec := range gateway.Spec.Servers {
			s := server{Server: spec, gateway: gateway}
			first, taken := plain[s.listener()]
			switch other, alike := s.alikeIn(names); {
			case alike:
				s.dropped = gap{"server " + other.String() + " has the same host", "take the host out of one of the two; spec.ingress.gateway is to name the Gateway of the other"}
			case taken && (!first.isPlainHTTP() || !s.isPlainHTTP()):
				s.dropped = gap{"server " + first.String() + " has the port for another protocol", "give one of the two another port"}
			case !taken && (s.GetTls() == nil || s.isPlainHTTP()):
				plain[s.listener()] = s
			}
			out = append(out, s)
		}
	}
	return out
}

// servers are those of the Gateway and of the others of its workload.
func (in Ingress) servers() []server {
	return serversOf(append(slices.Clone(in.Beside), in.Gateway)...)
}

// alikeIn returns the server with TLS that was there first for one of the hosts;
// without one the hosts are this server's.
func (s server) alikeIn(names map[string]server) (server, bool) {
	if s.GetTls() == nil {
		return server{}, false
	}
	var keys []string
	for _, written := range s.GetHosts() {
		of, name := s.split(written)
		key := s.listener() + " " + of + "/" + name
		if other, ok := names[key]; ok {
			return other, true
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		names[key] = s
	}
	return server{}, false
}

// hostsOnList are the hosts that a VirtualService has in a list of virtual hosts, and
// the first Gateway by which it has each.
type hostsOnList map[string]*networkingv1.Gateway

// on are those of a Gateway, sorted.
func (v hostsOnList) on(gateway *networkingv1.Gateway) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(v)), func(host string) bool { return v[host] != gateway })
}

// listsOf are a VirtualService's hosts by their lists.
func listsOf(vs *networkingv1.VirtualService, servers []server) map[string]hostsOnList {
	bound := Gateways(vs)
	out := map[string]hostsOnList{}
	for _, s := range servers {
		key := types.NamespacedName{Namespace: s.gateway.Namespace, Name: s.gateway.Name}
		if s.isDropped() || !s.speaksHTTP() || !slices.Contains(bound, key) {
			continue
		}
		for _, host := range s.served(vs) {
			if out[s.list()] == nil {
				out[s.list()] = hostsOnList{}
			}
			if _, ok := out[s.list()][host]; !ok {
				out[s.list()][host] = s.gateway
			}
		}
	}
	return out
}
