package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAGatewayServesWhatItsServersAndTheRoutesBothHave(t *testing.T) {
	for name, tc := range map[string]struct{ server, hosts, want []string }{
		"any server":                      {[]string{"*"}, []string{"a.example.com", "*"}, []string{"*", "a.example.com"}},
		"the nearer of both":              {[]string{"a.example.com"}, []string{"*"}, []string{"a.example.com"}},
		"the server is for others":        {[]string{"other/*"}, []string{"a.example.com"}, nil},
		"the server is for the namespace": {[]string{"default/*.example.com"}, []string{"a.example.com"}, []string{"a.example.com"}},
		"the server is for all":           {[]string{"*/*.example.com"}, []string{"*.com"}, []string{"*.example.com"}},
		"another host":                    {[]string{"b.example.com"}, []string{"a.example.com"}, nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, served(tc.server, tc.hosts, "default")) })
	}
}
