package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Traffic reads and writes the mesh. trafficprovider.Applier implements it and documents
// the methods.
type Traffic interface {
	Service(ctx context.Context, group string, service types.NamespacedName) (trafficprovider.Live, error)
	ConfirmedService(ctx context.Context, group string, service types.NamespacedName) (trafficprovider.Live, error)
	Ingress(ctx context.Context, group string, gateway types.NamespacedName, hosts ...string) (trafficprovider.LiveIngress, error)
	Apply(ctx context.Context, plan lane.Plan, live trafficprovider.Live) (trafficprovider.Outcome, error)
	ApplyIngress(ctx context.Context, plan lane.IngressPlan, live trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live) (trafficprovider.Outcome, error)
	Objects(ctx context.Context, group string) (int, error)
}
