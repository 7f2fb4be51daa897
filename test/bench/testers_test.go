package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/load"
)

// testers is what became of the requests of a release.
type testers struct {
	sent, lost int
	// thrown are tagged requests that met the old version after tagged requests
	// had met the new one; back is the time from the first to the last of them.
	thrown   int
	back     time.Duration
	releases int
}

func (t testers) and(o testers) testers {
	return testers{t.sent + o.sent, t.lost + o.lost, t.thrown + o.thrown, t.back + o.back, t.releases + o.releases}
}

func (t testers) String() string {
	return fmt.Sprintf("%d of %d requests lost in %d releases; testers met the old version again %d times, for %.1fs",
		t.lost, t.sent, t.releases, t.thrown, t.back.Seconds())
}

func judgeTesters(records []load.Record, fresh string) testers {
	out := testers{sent: len(records), releases: 1}
	var met, first, last time.Time
	for _, r := range records {
		hop, _ := r.Chain.Hop("shop")
		switch {
		case r.Err != "":
			out.lost++
		case r.Tag == "":
		case hop.Version == fresh:
			if met.IsZero() {
				met = r.End
			}
		case !met.IsZero() && r.Start.After(met):
			out.thrown++
			if first.IsZero() {
				first = r.Start
			}
			last = r.End
		}
	}
	out.back = last.Sub(first)
	return out
}

func TestTestersThrownBack(t *testing.T) {
	at := func(second int, tag, version string) load.Record {
		begin := time.Unix(int64(second), 0)
		return load.Record{Tag: tag, Start: begin, End: begin.Add(time.Second / 2), Chain: load.Chain{{App: "shop", Version: version}}}
	}
	records := []load.Record{
		at(0, "canary", "v1"), at(1, "canary", "v2"), at(2, "", "v1"), at(3, "canary", "v1"), at(5, "canary", "v1"), at(6, "canary", "v2"),
		{Tag: "canary", Err: "HTTP 503"},
	}

	assert.Equal(t, testers{sent: 7, lost: 1, thrown: 2, back: 2500 * time.Millisecond, releases: 1}, judgeTesters(records, "v2"))
	assert.Zero(t, judgeTesters(records[:3], "v2").back)
}

// meets says whether the last tagged answers were of the version.
func meets(run *load.Run, fresh string) (string, error) {
	for _, r := range slices.Backward(run.Records()) {
		if r.Tag != "" && r.Err == "" {
			hop, _ := r.Chain.Hop("shop")
			if hop.Version == fresh {
				return "", nil
			}
			return "they meet " + hop.Version, nil
		}
	}
	return "nobody was answered", nil
}

// approve returns when Kruise has acted on it.
func (r *routing) approve(b *testing.B) {
	b.Helper()
	require.NoError(b, r.ApproveRollout(b.Context(), r.rolloutKey(), func() { progress("%s: the approval was lost and is repeated", r.name) }))
}

// paused says what is missing until a canary waits for its approval.
func (r *routing) paused(ctx context.Context) (string, error) {
	rollout, err := r.rollout(ctx)
	if err != nil {
		return "", err
	}
	s := rollout.Status.CanaryStatus
	if rollout.Status.Phase != rolloutsv1beta1.RolloutPhaseProgressing || s == nil || s.CurrentStepState != rolloutsv1beta1.CanaryStepStatePaused || s.CanaryReadyReplicas == 0 {
		return fmt.Sprintf("the Rollout is %s, its step %s", rollout.Status.Phase, rollout.Status.CurrentStepState), nil
	}
	return "", nil
}

// busy says what is left of a release.
func (r *routing) busy(ctx context.Context) (string, error) {
	rollout, err := r.rollout(ctx)
	if err != nil {
		return "", err
	}
	var deployments appsv1.DeploymentList
	if err := r.Client.List(ctx, &deployments, client.InNamespace(r.name)); err != nil {
		return "", err
	}
	if n := len(deployments.Items); n != 1 || rollout.Status.Phase != rolloutsv1beta1.RolloutPhaseHealthy {
		return fmt.Sprintf("there are %d Deployments and the Rollout is %s", n, rollout.Status.Phase), nil
	}
	return "", nil
}

func (r *routing) rollout(ctx context.Context) (*rolloutsv1beta1.Rollout, error) {
	out := &rolloutsv1beta1.Rollout{}
	return out, r.Client.Get(ctx, r.rolloutKey(), out)
}

func (r *routing) rolloutKey() client.ObjectKey {
	return client.ObjectKey{Namespace: r.name, Name: "shop"}
}
