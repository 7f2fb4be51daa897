// Package fleet makes a mesh of many Services on an API server: a group, its
// lanes, and for every Service the workloads, pods and Rollout that a cluster
// would have. Nothing runs. What controllers, kubelets and Kruise would write is
// written here.
package fleet

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// Names of the group and of its baseline lane.
const (
	Group = "mesh"
	Base  = "base"
)

const (
	tag = "ASM_TRAFFIC_TAG"
	// writers is how many objects are written at the same time.
	writers = 16
	// Namespaces that the Services are spread over.
	namespaces = 10
)

// Fleet is a mesh.
type Fleet struct {
	Client client.Client
	// Lanes is the number of gray lanes, Replicas that of a Service's baseline
	// pods.
	Lanes, Replicas int
	// Services there are so far.
	Services int
	// Endpoints are written, too; NoGray leaves out the versions in gray lanes.
	Endpoints, NoGray bool

	mutex     sync.Mutex
	addresses map[string]int // of pods, in the order in which they came
	// beside is the number of groups beside it.
	beside int
}

// Create makes namespaces, the lanes and a group without Services.
func (f *Fleet) Create(t testing.TB) {
	t.Helper()
	for n := range namespaces {
		f.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace(n)}})
	}
	group := newGroup()
	if f.Endpoints { // nobody is in it before Join
		group.Spec.Services = nil
	}
	f.create(t, group, newLane(Base))
	for n := range f.Lanes {
		f.create(t, newLane(Lane(n)))
	}
}

// Grow adds Services until there are so many, and puts them into the group.
func (f *Fleet) Grow(t testing.TB, services int) {
	t.Helper()
	f.Add(t, services)
	f.Join(t, services)
}

// Add adds Services until there are so many.
func (f *Fleet) Add(t testing.TB, services int) {
	t.Helper()
	f.parallel(t, f.Services, services, f.addService)
	f.Services = services
}

// Join puts so many of them into the group.
func (f *Fleet) Join(t testing.TB, services int) {
	t.Helper()
	// The manager writes the group, too.
	require.NoError(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		var group apiv1.ASMSwimLaneGroup
		if err := f.Client.Get(t.Context(), client.ObjectKey{Name: Group}, &group); err != nil {
			return err
		}
		for n := len(group.Spec.Services); n < services; n++ {
			group.Spec.Services = append(group.Spec.Services, apiv1.ServiceReference{Namespace: namespace(n), Name: Service(n)})
		}
		return f.Client.Update(t.Context(), &group)
	}))
}

// Pods is how many pods the Services have while nothing is released.
func (f *Fleet) Pods() int { return f.Services * (f.Replicas + 1) }

// addService makes a Service with its baseline, a version in one gray lane, and
// a Rollout that has nothing to do.
func (f *Fleet) addService(ctx context.Context, n int) error {
	if err := f.Client.Create(ctx, newService(n)); err != nil {
		return err
	}
	rollout := newRollout(n, Lane((n+1)%f.Lanes))
	if err := f.Client.Create(ctx, rollout); err != nil {
		return err
	}
	if err := f.Stand(ctx, n, Healthy); err != nil {
		return err
	}
	if err := f.run(ctx, newDeployment(n, Stable, Base), f.Replicas); err != nil {
		return err
	}
	if !f.NoGray {
		if err := f.run(ctx, newDeployment(n, Gray, Lane(n%f.Lanes)), 1); err != nil {
			return err
		}
	}
	return f.serve(ctx, n, false)
}

func (f *Fleet) create(t testing.TB, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		require.NoError(t, f.Client.Create(t.Context(), o))
	}
}

// parallel does something for many Services, several at a time.
func (f *Fleet) parallel(t testing.TB, from, to int, do func(ctx context.Context, n int) error) {
	t.Helper()
	all, ctx := errgroup.WithContext(t.Context())
	all.SetLimit(writers)
	for n := from; n < to; n++ {
		all.Go(func() error {
			if err := do(ctx, n); err != nil {
				return fmt.Errorf("service %s: %w", Service(n), err)
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
}

// Service is the name of the n-th.
func Service(n int) string { return fmt.Sprintf("service-%04d", n) }

// Namespace is where the n-th Service is.
func Namespace(n int) string { return namespace(n) }

func namespace(n int) string { return fmt.Sprintf("mesh-%d", n%namespaces) }

// Lane is the name of the n-th gray lane.
func Lane(n int) string { return fmt.Sprintf("gray-%d", n) }
