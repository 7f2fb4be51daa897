package rolloutwatch

import (
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
)

// TestRelease walks through two releases of one Service, from an API server
// that has never heard of Kruise to a group that is gone.
func TestRelease(t *testing.T) {
	server := apiserver.Start(t, apiserver.WithCRDs(apiserver.IstioCRDs(t)))
	c := cluster{t, server.Client(t, client.Options{Scheme: newScheme(t)})}
	startManager(t, server)
	w := &walk{cluster: c, stable: newDeployment("mockb-v1", "mockb"), rollout: newRollout("rollouts-mockb", "mockb-v1")}

	w.step("plain lanes need no Kruise", w.takeOver)
	w.step("Kruise may come later", func() { w.kruiseAppears(server) })
	w.step("publish", w.publish)
	w.step("approve", w.approve)
	w.step("publish again", w.publish)
	w.step("undo", w.undo)
	w.step("at rest nothing is written", w.rest)
	w.step("a lane is deleted", w.deleteLane)
	w.step("the group is deleted", w.deleteGroup)
	w.step("what happened was told", w.told)
}

type walk struct {
	cluster
	stable  *appsv1.Deployment
	rollout *kruisev1beta1.Rollout
	// canary is the Deployment, ReplicaSet and pod of the release under way.
	canary []client.Object
}

func (w *walk) step(name string, do func()) {
	w.Helper()
	start := time.Now()
	do()
	w.Logf("%s: %s", name, time.Since(start).Round(10*time.Millisecond))
}

func (w *walk) takeOver() {
	w.create(newGateway(), newLane("canary", "rollout"), newGroup("rollout", "mockb"), newLane("base", "rollout"), newService("mockb"), w.stable)
	_, pod := w.run(w.stable)
	w.ready(pod)
	w.eventually("taken over", func(t *assert.CollectT) {
		w.subsets(t, "base")
		group := w.group(t)
		assert.Equal(t, "1/1", group.Status.ServicesReady)
		assert.Equal(t, "base,canary", group.Status.Lanes)
		for kind, reason := range map[string]string{
			apiv1.ConditionAccepted: apiv1.ReasonPartiallySupported, apiv1.ConditionIngressProgrammed: apiv1.ReasonProgrammed, apiv1.ConditionReady: apiv1.ReasonProgrammed,
		} {
			if cond := meta.FindStatusCondition(group.Status.Conditions, kind); assert.NotNil(t, cond, kind) {
				assert.Equal(t, reason, cond.Reason, "%s: %s", kind, cond.Message)
			}
		}
		assert.Equal(t, "mockb.default(1/1)", w.lane(t, "base").Status.ServicesSummary)
		assert.True(t, meta.IsStatusConditionTrue(w.lane(t, "canary").Status.Conditions, apiv1.ConditionReady))
	})
}

func (w *walk) kruiseAppears(server *apiserver.Server) {
	server.InstallCRDs(w, apiserver.RolloutCRDs(w))
	w.create(w.rollout)
	w.stand(w.rollout, "Healthy", "Completed", "True")
}

// publish goes from the changed template to a ready canary pod whose label the
// webhook missed. The Rollout's status is the previous release's at first.
func (w *walk) publish() {
	w.mark(w.stable, w.rollout.Name)
	w.eventually("mockb joins before its pods start", func(t *assert.CollectT) { w.subsets(t, "base", "canary") })

	w.stand(w.rollout, "Progressing", "InRolling", "")
	canary := newDeployment("", "mockb")
	canary.GenerateName, canary.Labels = "mockb-v1-", map[string]string{"rollouts.kruise.io/canary-deployment": "mockb-v1"}
	w.create(canary)
	rs, pod := w.run(canary)
	w.canary = []client.Object{canary, rs, pod}
	w.eventually("the pod is relabelled", func(t *assert.CollectT) {
		require.NoError(t, w.get(pod))
		assert.Equal(t, "canary", pod.Labels[tag])
		assert.Equal(t, "1", pod.Labels[apiv1.LaneMarker("canary")])
	})
	w.eventually("the lane says what it lacks", func(t *assert.CollectT) {
		lane := w.lane(t, "canary")
		assert.Equal(t, "mockb.default(0/1)", lane.Status.ServicesSummary)
		assert.Equal(t, apiv1.ReasonNoReadyPods, reason(lane.Status.Conditions, apiv1.ConditionReady))
	})
	w.ready(pod)
	w.eventually("the lane serves", func(t *assert.CollectT) {
		w.routes(t, "base", "canary")
		lane := w.lane(t, "canary")
		assert.Equal(t, "mockb.default(1/1)", lane.Status.ServicesSummary)
		assert.Equal(t, apiv1.ReasonProgrammed, reason(lane.Status.Conditions, apiv1.ConditionReady))
		assert.Equal(t, []string{"canary"}, w.group(t).Status.Services[0].Lanes)
	})
}

func (w *walk) approve() {
	w.mark(w.stable, "")
	w.stand(w.rollout, "Progressing", "Finalising", "")
	time.Sleep(2 * settle)
	w.routes(w, "base", "canary") // a tester is not thrown back while the baseline is replaced

	w.stand(w.rollout, "Healthy", "Completed", "True")
	w.remove(w.canary...)
	w.baseOnly()
}

func (w *walk) undo() {
	w.mark(w.stable, "")
	w.stand(w.rollout, "Progressing", "Cancelling", "")
	w.eventually("the route goes at once", func(t *assert.CollectT) { w.routes(t, "base") })
	w.stand(w.rollout, "Healthy", "Completed", "False")
	w.baseOnly() // although the canary pod still lives
	pod := w.canary[2].(*corev1.Pod)
	require.NoError(w, w.get(pod))
	assert.Equal(w, "canary", pod.Labels[tag], "an undone version never becomes the baseline")
	w.remove(w.canary...)
}

// rest: a look every now and then must not write.
func (w *walk) rest() {
	w.baseOnly()
	versions := func() map[string]string {
		out := map[string]string{}
		for _, o := range []client.Object{w.rule(), w.vs(), w.group(w), w.lane(w, "base"), w.lane(w, "canary")} {
			require.NoError(w, w.get(o))
			out[o.GetName()] = o.GetResourceVersion()
		}
		return out
	}
	// A status follows what it tells of, on a busy machine by a while.
	before := versions()
	w.eventually("nothing is under way any more", func(t *assert.CollectT) {
		time.Sleep(2 * settle)
		was := before
		before = versions()
		assert.Equal(t, was, before)
	})
	time.Sleep(3 * settle)
	assert.Equal(w, before, versions())
}

func (w *walk) deleteLane() {
	lane := w.lane(w, "canary")
	w.remove(lane)
	w.gone(lane)
	w.eventually("the entry forgets it", func(t *assert.CollectT) { assert.Equal(t, "base", w.group(t).Status.Lanes) })
}

func (w *walk) deleteGroup() {
	group := w.group(w)
	w.remove(group)
	w.gone(group)
	for _, list := range []client.ObjectList{&networkingv1.DestinationRuleList{}, &networkingv1.VirtualServiceList{}} {
		require.NoError(w, w.List(w.Context(), list))
		assert.Zero(w, meta.LenList(list), "nothing is left behind")
	}
	base := w.lane(w, "base")
	w.remove(base)
	w.gone(base)
}

func (w *walk) told() {
	w.eventually("events", func(t *assert.CollectT) {
		var list eventsv1.EventList
		require.NoError(t, w.List(w.Context(), &list))
		seen := map[string]bool{}
		for _, e := range list.Items {
			if e.Related != nil {
				seen[e.Regarding.Kind+" "+e.Regarding.Name+" "+e.Reason+" of "+e.Related.Kind+" "+e.Related.Namespace+"/"+e.Related.Name] = true
			}
		}
		for _, want := range []string{
			"ASMSwimLane canary JoinedLane", "Rollout rollouts-mockb JoinedLane", "ASMSwimLane canary LeftLane",
			"Rollout rollouts-mockb Promoted", "Rollout rollouts-mockb RolledBack",
		} {
			assert.Contains(t, seen, want+" of Service default/mockb")
		}
	})
}

func (w *walk) baseOnly() {
	w.Helper()
	w.eventually("only the base is left", func(t *assert.CollectT) {
		w.routes(t, "base")
		w.subsets(t, "base")
		assert.Empty(t, w.lane(t, "canary").Status.Services)
		assert.Equal(t, apiv1.ReasonProgrammed, reason(w.group(t).Status.Conditions, apiv1.ConditionReady))
	})
}

func (w *walk) gone(o client.Object) {
	w.Helper()
	w.eventually("gone", func(t *assert.CollectT) { assert.True(t, apierrors.IsNotFound(w.get(o))) })
}

func (w *walk) rule() *networkingv1.DestinationRule {
	return &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "trafficlabel-dr-rollout-default-mockb"}}
}

func (w *walk) vs() *networkingv1.VirtualService {
	return &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "trafficlabel-vs-rollout-default-mockb"}}
}

func (w *walk) group(t require.TestingT) *apiv1.ASMSwimLaneGroup {
	g := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "rollout"}}
	require.NoError(t, w.get(g))
	return g
}

func (w *walk) lane(t require.TestingT, name string) *apiv1.ASMSwimLane {
	l := &apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name}}
	require.NoError(t, w.get(l))
	return l
}

// subsets are those of the DestinationRule.
func (w *walk) subsets(t require.TestingT, want ...string) {
	rule := w.rule()
	require.NoError(t, w.get(rule))
	var got []string
	for _, s := range rule.Spec.Subsets {
		got = append(got, s.Name)
	}
	assert.ElementsMatch(t, want, got, "subsets")
}

// routes are the subsets that the mesh VirtualService names.
func (w *walk) routes(t require.TestingT, want ...string) {
	vs := w.vs()
	require.NoError(t, w.get(vs))
	seen := map[string]bool{}
	for _, route := range vs.Spec.Http {
		for _, d := range route.Route {
			seen[d.Destination.Subset] = true
		}
	}
	var got []string
	for name := range seen {
		got = append(got, name)
	}
	assert.ElementsMatch(t, want, got, "routes")
}

func reason(conditions []metav1.Condition, kind string) string {
	c := meta.FindStatusCondition(conditions, kind)
	if c == nil {
		return ""
	}
	return c.Reason
}
