package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Edits of lanes in mid-release. Streams send the tags from the start; what
// they mean changes.

const (
	// newLane is the name that the gray lane gets.
	newLane = "blue"
	// tester is a tag of no lane that a rule sends into one.
	tester = "tester"
)

// tagsOfNobody says that no lane has these tags yet.
func tagsOfNobody(tags ...string) scenario.Step {
	return scenario.Step{What: "nobody has other tags", Do: func(_ context.Context, p *scenario.Play) error {
		for _, tag := range tags {
			p.Timeline.Add(timeline.Event{Kind: timeline.TagGone, Tag: tag})
		}
		return nil
	}}
}

func tagMoves(p *scenario.Play, tag string) {
	p.Timeline.Add(timeline.Event{Kind: timeline.TagMoves, Tag: tag})
}

// tagServes is noted when every proxy knows what was written last; requests are
// owed to the lane for a while then.
func tagServes(ctx context.Context, p *scenario.Play, tag string) error {
	return tagSettles(ctx, p, timeline.TagServes, tag)
}

func tagGone(ctx context.Context, p *scenario.Play, tag string) error {
	return tagSettles(ctx, p, timeline.TagGone, tag)
}

func tagSettles(ctx context.Context, p *scenario.Play, kind timeline.Kind, tag string) error {
	if err := scenario.Pass(ctx, cluster.Settle); err != nil {
		return err
	}
	p.Timeline.Add(timeline.Event{Kind: kind, Tag: tag})
	return scenario.Pass(ctx, cluster.Settle)
}

// addAndRemoveARule sends another tag into the gray lane, and no longer.
func addAndRemoveARule() scenario.Step {
	return scenario.Step{What: "another ingress rule for the lane, and none", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, tester)
		if err := setRules(ctx, p, ruleFor(cluster.Lane), ruleFor(tester)); err != nil {
			return err
		}
		if err := awaitEntryRoute(ctx, p, cluster.Lane+"/"+tester, true); err != nil {
			return err
		}
		if err := tagServes(ctx, p, tester); err != nil {
			return err
		}
		tagMoves(p, tester)
		if err := setRules(ctx, p, ruleFor(cluster.Lane)); err != nil {
			return err
		}
		if err := awaitEntryRoute(ctx, p, cluster.Lane+"/"+tester, false); err != nil {
			return err
		}
		return tagGone(ctx, p, tester)
	}}
}

func setRules(ctx context.Context, p *scenario.Play, rules ...lanev1.IngressRule) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"ingressRules": rules}})
	if err != nil {
		return err
	}
	_, err = p.Kubectl(ctx, "patch", "asmswimlane", cluster.Lane, "--type=merge", "-p", string(patch))
	return err
}

// ruleFor is the samples' rule for a tag.
func ruleFor(tag string) lanev1.IngressRule {
	return lanev1.IngressRule{
		Name: tag, Online: true, Hosts: []string{"*"},
		Match: lanev1.RequestMatch{
			URI:     lanev1.StringMatch{Exact: "/mock"},
			Headers: map[string]lanev1.StringMatch{"x-asm-prefer-tag": {Exact: tag}},
		},
		Route: lanev1.IngressRoute{Destination: lanev1.Destination{Host: cluster.Chain[0] + "." + cluster.Namespace + ".svc.cluster.local"}},
	}
}

func awaitEntryRoute(ctx context.Context, p *scenario.Play, name string, there bool) error {
	return cluster.Await(ctx, fmt.Sprintf("an entry route %s: %t", name, there), time.Minute, func(ctx context.Context) (string, error) {
		entry, err := entryRoutes(ctx, p)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(entry.Spec.Http, func(r *networkingapi.HTTPRoute) bool { return r.Name == name }) == there {
			return "", nil
		}
		return "it is not so", nil
	})
}

// entryRoutes is the group's VirtualService on the gateway.
func entryRoutes(ctx context.Context, p *scenario.Play) (*networkingv1.VirtualService, error) {
	vs := &networkingv1.VirtualService{}
	return vs, p.Client.Get(ctx, client.ObjectKey{Namespace: "istio-system", Name: "swimlane-ingress-vs-" + cluster.Group}, vs)
}

// renameTheLane deletes the gray lane and creates one of another name for the
// same pods, as people rename things, without waiting for the first to be gone.
func renameTheLane() scenario.Step {
	return scenario.Step{What: "rename the lane to " + newLane, Do: func(ctx context.Context, p *scenario.Play) error {
		return renameLane(ctx, p, cluster.Lane, newLane, func() error {
			return p.Client.Create(ctx, laneOf(cluster.Group, newLane, cluster.Lane))
		})
	}}
}

// laneOf a group for the pods with a label. Its tag is its name.
func laneOf(group, name, label string) *lanev1.ASMSwimLane {
	return &lanev1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{lanev1.LabelSwimLaneGroup: group}},
		Spec: lanev1.ASMSwimLaneSpec{
			LabelSelector: map[string]string{"ASM_TRAFFIC_TAG": label},
			IngressRules:  []lanev1.IngressRule{ruleFor(name)},
		},
	}
}

func renameTheLaneBack() scenario.Step {
	return scenario.Step{What: "rename it back", Do: func(ctx context.Context, p *scenario.Play) error {
		return renameLane(ctx, p, newLane, cluster.Lane, func() error {
			_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/3-lanes.yaml")
			return err
		})
	}}
}

func renameLane(ctx context.Context, p *scenario.Play, from, to string, create func() error) error {
	begun := time.Now()
	tagMoves(p, from)
	if _, err := p.Kubectl(ctx, "delete", "asmswimlane", from, "--wait=false"); err != nil {
		return err
	}
	tagMoves(p, to)
	if err := create(); err != nil {
		return err
	}
	if err := awaitServing(ctx, p, to, "mockb"); err != nil {
		return err
	}
	p.Note("a lane that was renamed by delete and create served again after %.0fs", time.Since(begun).Seconds())
	if _, err := p.Kubectl(ctx, "wait", "--for=delete", "asmswimlane/"+from, "--timeout=30s"); err != nil {
		return err
	}
	if err := tagServes(ctx, p, to); err != nil {
		return err
	}
	return tagGone(ctx, p, from)
}

// awaitServing waits until the lane is Ready and has ready pods of the service.
func awaitServing(ctx context.Context, p *scenario.Play, name, service string) error {
	return cluster.Await(ctx, "lane "+name+" to serve", time.Minute, func(ctx context.Context) (string, error) {
		lane := &lanev1.ASMSwimLane{}
		if err := p.Client.Get(ctx, client.ObjectKey{Name: name}, lane); err != nil {
			return "", err
		}
		serves := slices.ContainsFunc(lane.Status.Services, func(s lanev1.LaneServiceStatus) bool {
			return s.Name == service && s.Ready > 0
		})
		if serves && lane.DeletionTimestamp.IsZero() && meta.IsStatusConditionTrue(lane.Status.Conditions, lanev1.ConditionReady) {
			return "", nil
		}
		return fmt.Sprintf("it says %+v", lane.Status), nil
	})
}
