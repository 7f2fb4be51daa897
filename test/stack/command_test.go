package stack

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNoProxyIsPassedOn(t *testing.T) {
	assert.Equal(t, []string{"PATH=/bin", "NO_PROXY=here", "HTTPS_PROXY_NOT=1"}, withoutProxies([]string{
		"PATH=/bin", "HTTPS_PROXY=http://proxy", "https_proxy=http://proxy", "NO_PROXY=here", "all_proxy=socks5://proxy", "HTTPS_PROXY_NOT=1",
	}))
}
