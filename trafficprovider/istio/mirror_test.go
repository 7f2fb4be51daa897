package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingapi "istio.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestNoServiceOfTheGroupIsAMirror(t *testing.T) {
	services := []types.NamespacedName{{Namespace: "shop", Name: "front"}, {Namespace: "shop", Name: "back"}}
	for host, refused := range map[string]bool{
		"back": true, "Back.shop": true, "back.shop.svc.cluster.local": true, "back.shop.svc.example.org": true, "front.shop.svc": true,
		"": false, "shadow": false, "back.other.svc.cluster.local": false, "back.shop.example.org": false, "backs": false,
	} {
		for field, route := range map[string]*networkingapi.HTTPRoute{
			"mirror.host to": {Mirror: &networkingapi.Destination{Host: host}},
			"mirrors[1].destination.host to": {Mirrors: []*networkingapi.HTTPMirrorPolicy{
				{Destination: &networkingapi.Destination{Host: "shadow"}}, {Destination: &networkingapi.Destination{Host: host}}}},
		} {
			if got := mirroredTo(route, services); refused {
				assert.Contains(t, got, field, host)
			} else {
				assert.Empty(t, got, host)
			}
		}
	}
}
