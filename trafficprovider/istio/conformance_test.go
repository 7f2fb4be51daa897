package istio_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
	"lanekeeper.io/trafficprovider/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Setup{
		New:     func(settle time.Duration) trafficprovider.Provider { return istio.New(settle) },
		Scheme:  newScheme(t),
		Gateway: func(name types.NamespacedName) client.Object { return newGateway(name) },
	})
}
