package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhichHostsAreWithinAnother(t *testing.T) {
	for name, tc := range map[string]struct {
		host, other string
		want        bool
	}{
		"the same name":                {"a.example.com", "a.example.com", true},
		"the same name in other case":  {"A.example.com", "a.Example.com", true},
		"another name":                 {"a.example.com", "b.example.com", false},
		"a longer name":                {"a.example.com", "example.com", false},
		"a name and its wildcard":      {"a.example.com", "*.example.com", true},
		"a wildcard in other case":     {"a.example.com", "*.EXAMPLE.com", true},
		"several labels for the star":  {"a.b.example.com", "*.example.com", true},
		"a star for part of a label":   {"shop-front.example.com", "*-front.example.com", true},
		"a name and another wildcard":  {"a.example.com", "*.example.org", false},
		"the wildcard's own domain":    {"example.com", "*.example.com", false},
		"any name":                     {"a.example.com", "*", true},
		"a wildcard is within no name": {"*.example.com", "a.example.com", false},
		"the same wildcard":            {"*.example.com", "*.example.com", true},
		"a wildcard and a wider one":   {"*.example.com", "*.com", true},
		"a wildcard and a nearer one":  {"*.com", "*.example.com", false},
		"everything":                   {"*", "*", true},
		"everything is within no part": {"*", "*.com", false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, HostWithin(tc.host, tc.other)) })
	}
}
