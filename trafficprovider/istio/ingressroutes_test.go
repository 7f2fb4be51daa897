package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/lane"
)

func TestAVirtualServiceLeavesOutHostsThatAWiderOneCovers(t *testing.T) {
	for name, tc := range map[string]struct{ rules, want []string }{
		"a name and its wildcard":     {[]string{"a.example.com", "*.example.com"}, []string{"*.example.com"}},
		"a wildcard in other case":    {[]string{"A.example.com", "*.EXAMPLE.com"}, []string{"*.EXAMPLE.com"}},
		"names of one wildcard":       {[]string{"a.example.com", "b.example.com"}, []string{"a.example.com", "b.example.com"}},
		"one name in different cases": {[]string{"A.example.com", "a.example.com"}, []string{"A.example.com", "a.example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			hosts, _ := hostsOf([]resolvedRoute{{IngressRoute: lane.IngressRoute{RequestMatch: lane.RequestMatch{Hosts: tc.rules}}}})

			assert.Equal(t, tc.want, hosts)
		})
	}
}
