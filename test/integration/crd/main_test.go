// Package crd shows that the CRDs accept and refuse what they should, on the
// real API server and with the messages that a person reads.
package crd

import (
	"os"
	"testing"

	"lanekeeper.io/test/integration/apiserver"
)

func TestMain(m *testing.M) {
	os.Exit(apiserver.Main(m))
}
