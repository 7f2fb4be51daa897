package steps

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Ten is the story of a chain of ten services in two namespaces, one of which takes plain text, too,
// and of one service of it that has ten gray lanes: nobody ever meets another lane's pod.
type Ten struct {
	empty  []int // lanes without pods
	killed int   // pods, each of which may cost a request
}

const (
	tenPath = "/ten" // and the name of the group
	tenWith = "s5"   // the service that has the lanes
	tenSeen = 6      // requests of each stream make a look
)

func tenLane(n int) string { return fmt.Sprintf("ten-g%d", n) }

// tenVersion is that of a lane's pods.
func tenVersion(n int) string { return fmt.Sprintf("v%d", n+1) }

// TenStreams are everybody's and, by their number, the lanes'.
var TenStreams = tenStreams()

func tenStreams() []load.Stream {
	out := []load.Stream{{Name: "ten", Path: tenPath, Rate: 4}}
	for n := 1; n <= 10; n++ {
		out = append(out, load.Stream{Name: tenLane(n), Path: tenPath, Tag: tenLane(n), Rate: 4})
	}
	return out
}

// tenStreamOf is the number of a request's stream; false for those of others.
func tenStreamOf(r load.Record) (int, bool) {
	n := slices.IndexFunc(TenStreams, func(s load.Stream) bool { return s.Name == r.Stream })
	return n, n >= 0
}

// Deploy brings the chain and its lanes.
func (t *Ten) Deploy() scenario.Step {
	return scenario.Step{What: "a chain of ten services, and ten lanes", Do: func(ctx context.Context, p *scenario.Play) error {
		*t = Ten{} // it may be played again
		p.Cleanup(func(ctx context.Context) error { return removeGroups(ctx, p, []string{"ten"}, "ten-a", "ten-b") })
		if err := p.ApplyText(ctx, tenObjects()); err != nil {
			return err
		}
		for _, namespace := range []string{"ten-a", "ten-b"} {
			if err := p.AwaitDeployments(ctx, namespace); err != nil {
				return err
			}
		}
		if err := awaitGroupOf(ctx, p, "ten", lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		return t.met(ctx, p)
	}}
}

// Scale gives lanes so many pods, and waits until their requests meet them, or the baseline.
func (t *Ten) Scale(replicas int, lanes ...int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("lanes %v have %d pods", lanes, replicas), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, n := range lanes {
			if _, err := p.Kubectl(ctx, "-n", "ten-b", "scale", "deployment/"+tenLane(n), fmt.Sprintf("--replicas=%d", replicas)); err != nil {
				return err
			}
		}
		t.empty = slices.DeleteFunc(t.empty, func(n int) bool { return slices.Contains(lanes, n) })
		if replicas == 0 {
			t.empty = append(t.empty, lanes...)
		}
		if err := p.AwaitDeployments(ctx, "ten-b"); err != nil {
			return err
		}
		return t.met(ctx, p)
	}}
}

// Replace deletes the lanes' pods, which get others.
func (t *Ten) Replace(lanes ...int) scenario.Step {
	return t.lose(fmt.Sprintf("the pods of lanes %v are replaced", lanes), lanes, func(ctx context.Context, p *scenario.Play, pod corev1.Pod) error {
		return p.Client.Delete(ctx, &pod)
	})
}

// Kill kills all processes of the lanes' pods, sidecars included. Each may cost a request.
func (t *Ten) Kill(lanes ...int) scenario.Step {
	return t.lose(fmt.Sprintf("the pods of lanes %v are killed", lanes), lanes, func(_ context.Context, p *scenario.Play, pod corev1.Pod) error {
		t.killed++
		return p.Stack.SignalPod(pod.Namespace, pod.Name, "", syscall.SIGKILL)
	})
}

func (t *Ten) lose(what string, lanes []int, lose func(context.Context, *scenario.Play, corev1.Pod) error) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		before, err := tenPods(ctx, p, lanes)
		if err != nil {
			return err
		}
		for _, pod := range before {
			if err := lose(ctx, p, pod); err != nil {
				return err
			}
		}
		err = cluster.Await(ctx, "the pods to serve again", 2*time.Minute, func(ctx context.Context) (string, error) {
			now, err := tenPods(ctx, p, lanes)
			for name, pod := range now {
				if was, same := before[name]; !facts.PodReady(&pod) || same && restarts(pod) == restarts(was) {
					return "pod " + name + " does not yet", err
				}
			}
			if len(now) < len(before) {
				return fmt.Sprintf("there are %d of %d pods", len(now), len(before)), err
			}
			return "", err
		})
		if err != nil {
			return err
		}
		return t.met(ctx, p)
	}}
}

// tenPods are the lanes' pods that nobody deletes, by name.
func tenPods(ctx context.Context, p *scenario.Play, lanes []int) (map[string]corev1.Pod, error) {
	out := map[string]corev1.Pod{}
	for _, n := range lanes {
		var pods corev1.PodList
		if err := p.Client.List(ctx, &pods, client.InNamespace("ten-b"), client.MatchingLabels{"lane": tenLane(n)}); err != nil {
			return nil, err
		}
		for _, pod := range pods.Items {
			if pod.DeletionTimestamp == nil {
				out[pod.Name] = pod
			}
		}
	}
	return out, nil
}

func restarts(pod corev1.Pod) (n int32) {
	for _, c := range pod.Status.ContainerStatuses {
		n += c.RestartCount
	}
	return n
}

// met waits until a row of requests of every stream met what it is to meet.
func (t *Ten) met(ctx context.Context, p *scenario.Play) error {
	from := time.Now()
	return cluster.Await(ctx, "requests to meet their lanes", 2*time.Minute, func(context.Context) (string, error) {
		row, other := map[string]int{}, ""
		for _, r := range p.Records() {
			if r.Start.Before(from) {
				continue
			}
			n, ours := tenStreamOf(r)
			if !ours {
				continue
			}
			want := "v1"
			if n > 0 && !slices.Contains(t.empty, n) {
				want = tenVersion(n)
			}
			if hop, ok := r.Chain.Hop(tenWith); !ok || hop.Version != want {
				row[r.Stream], other = 0, fmt.Sprintf("%s met %s (%s), and is to meet %s", r.Stream, r.Chain, r.Err, want)
				continue
			}
			row[r.Stream]++
		}
		for _, s := range TenStreams {
			if row[s.Name] < tenSeen {
				return fmt.Sprintf("%d of %d in a row of %s; at last %s", row[s.Name], tenSeen, s.Name, other), nil
			}
		}
		return "", nil
	})
}

// Check judges that no request was lost once the gateway knew the way, but for one of each pod that
// was killed, and none met another lane's pod. It keeps those that the promises are for.
func (t *Ten) Check(p *scenario.Play, records []load.Record) []load.Record {
	since, lost := servedSince(records), []load.Record(nil)
	rest := slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool {
		n, ours := tenStreamOf(r)
		if !ours {
			return false
		}
		if first, ok := since[r.Stream]; ok && lostSince(first, r) {
			lost = append(lost, r)
		}
		for _, h := range r.Chain {
			if h.Version != "v1" && (n == 0 || h.App != tenWith || h.Version != tenVersion(n)) {
				p.Problem("%s of %s met %s", r.ID, r.Stream, r.Chain)
			}
		}
		return true
	})
	if len(lost) > t.killed {
		p.Lost(lost...)
	} else if len(lost) > 0 {
		p.Note("ten: %d requests were lost, and %d pods killed", len(lost), t.killed)
	}
	return rest
}
