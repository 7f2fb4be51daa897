package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMessagesCountInWords(t *testing.T) {
	assert.Equal(t, "1 service", Count(1, "service"))
	assert.Equal(t, "0 services", Count(0, "service"))
	assert.Equal(t, "2 services", Count(2, "service"))
}
