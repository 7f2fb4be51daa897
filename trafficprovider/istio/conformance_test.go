package istio_test

import (
	"testing"
	"time"

	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
	"lanekeeper.io/trafficprovider/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Setup{
		New:    func(settle time.Duration) trafficprovider.Provider { return istio.New(settle) },
		Scheme: newScheme(t),
	})
}
