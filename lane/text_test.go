package lane

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMessagesCountInWords(t *testing.T) {
	assert.Equal(t, "1 service", Count(1, "service"))
	assert.Equal(t, "0 services", Count(0, "service"))
	assert.Equal(t, "2 services", Count(2, "service"))
}

func TestTextsAreCut(t *testing.T) {
	controls := strings.Repeat("\x01", 250_000)
	for name, tc := range map[string]struct {
		got, want string
	}{
		"nothing to cut":          {Cut("lane", 4), "lane"},
		"at the end":              {Cut("lanekeeper", 8), "lane …"},
		"not within a letter":     {Cut("ééééé", 9), "éé …"},
		"a name":                  {Brief("shop.example.com"), "shop.example.com"},
		"a name that is too long": {Brief(strings.Repeat("x", 254)), strings.Repeat("x", 249) + " …"},
		"a value":                 {Quote("canary"), `"canary"`},
		"a value that is no text": {Quote(controls), `"` + strings.Repeat(`\x01`, 76) + ` …"`},
		"all names":               {FirstOf([]string{"a", "b"}, 2), "a, b"},
		"some names":              {FirstOf([]string{"a", "b", "c"}, 2), "a, b and 1 more"},
	} {
		assert.Equal(t, tc.want, tc.got, name)
	}
}
