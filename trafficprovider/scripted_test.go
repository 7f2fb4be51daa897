package trafficprovider_test

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// scripted is a provider that does what a test says. Its traffic objects are
// ConfigMaps, and a Live is the reader that it was read from.
type scripted struct {
	trafficprovider.Provider // what tests do not script
	step                     func(from client.Reader) trafficprovider.Step
	calls                    []string
	wrote                    []time.Time
	// reading is called by every read.
	reading func()
}

type readFrom struct {
	trafficprovider.Live
	trafficprovider.LiveIngress
	reader client.Reader
}

// The embedded interfaces both have these.
func (readFrom) TakenOver() bool   { return true }
func (readFrom) HeldByOther() bool { return false }

func (readFrom) OthersServing() []map[string]string { return nil }
func (readFrom) Names(string) bool                  { return false }

func (s *scripted) Live(_ context.Context, r client.Reader, _ string, service types.NamespacedName) (trafficprovider.Live, error) {
	s.calls = append(s.calls, "read "+service.Name)
	if s.reading != nil {
		s.reading()
	}
	return readFrom{reader: r}, nil
}

func (s *scripted) Translate(_ lane.Plan, live trafficprovider.Live, basis trafficprovider.Basis, _ time.Time) (trafficprovider.Step, error) {
	s.calls = append(s.calls, "translate")
	return settled(s.step(live.(readFrom).reader), basis), nil
}

func (s *scripted) LiveIngress(_ context.Context, r client.Reader, _ string, _ types.NamespacedName, _ ...string) (trafficprovider.LiveIngress, error) {
	s.calls = append(s.calls, "read entry")
	return readFrom{reader: r}, nil
}

func (s *scripted) TranslateIngress(_ lane.IngressPlan, live trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live, basis trafficprovider.Basis, _ time.Time) (trafficprovider.Step, error) {
	s.calls = append(s.calls, "translate")
	for _, service := range services {
		_, fresh := live.(readFrom).reader.(uncached)
		if _, ok := service.(readFrom).reader.(uncached); ok != fresh {
			s.calls = append(s.calls, "mixed readers")
		}
	}
	return settled(s.step(live.(readFrom).reader), basis), nil
}

func (s *scripted) OwnedKinds() []client.Object { return []client.Object{&corev1.ConfigMap{}} }

func (s *scripted) ReadKinds() []client.Object { return nil }

func (s *scripted) ImpactOf(context.Context, client.Object) (trafficprovider.Impact, error) {
	return trafficprovider.Impact{}, nil
}

func (s *scripted) Wrote(_ trafficprovider.Write, at time.Time) { s.wrote = append(s.wrote, at) }

func (s *scripted) OwnerOf(obj client.Object) (trafficprovider.Owner, bool) {
	group := obj.GetLabels()["group"]
	return trafficprovider.Owner{Group: group}, group != ""
}

func object(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"group": "g"}}}
}

// settled is a step of a provider that settles for what the API server says.
func settled(step trafficprovider.Step, basis trafficprovider.Basis) trafficprovider.Step {
	if basis == trafficprovider.Confirmed && step.Phase == trafficprovider.Unconfirmed {
		step.Phase = trafficprovider.Waiting
	}
	return step
}
