package trafficprovider

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Marking knows which lanes' markers new pods may carry, and what a Service's settings
// mean. Every replica calls it for every pod that a group's Service selects, so it reads
// the cache only.
type Marking struct {
	// Cache is that of Provider.SetUp.
	Cache    client.Reader
	Provider Provider
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Marking returns what a Service's objects say of the markers of its pods, for those of the lanes.
func (m Marking) Marking(ctx context.Context, key lane.GroupService, lanes []lane.Lane) (lane.Marking, error) {
	isolation, err := m.Provider.Isolation(ctx, m.Cache, key.Group, key.Service)
	if err != nil {
		return lane.Marking{}, fmt.Errorf("reading which lanes service %s tells apart: %w", key.Service, err)
	}
	now := time.Now()
	if m.Now != nil {
		now = m.Now()
	}
	out := lane.Marking{Answers: isolation.Answers()}
	for _, l := range lanes {
		if !isolation.Isolates(l.Name, now) {
			out.Unisolated = append(out.Unisolated, l.Name)
		}
	}
	return out, nil
}

// Records returns which revisions of a Service's workloads are on record as the baseline's.
func (m Marking) Records(ctx context.Context, key lane.GroupService) (lane.Records, error) {
	isolation, err := m.Provider.Isolation(ctx, m.Cache, key.Group, key.Service)
	if err != nil {
		return nil, fmt.Errorf("reading the revisions of service %s: %w", key.Service, err)
	}
	return isolation.Records(), nil
}

// ReadService returns what the provider reads from a Service.
func (m Marking) ReadService(service *corev1.Service, namespace map[string]string) lane.Settings {
	return m.Provider.ReadService(service, namespace)
}

// ReadPod returns what the provider reads from a pod.
func (m Marking) ReadPod(pod *corev1.Pod) string { return m.Provider.ReadPod(pod) }
