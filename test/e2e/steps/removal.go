package steps

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Removals, in the order that they are documented in and in those that people take
// when they have not read how.

// RemoveLane takes the gray lane away.
func RemoveLane() scenario.Step {
	return scenario.Step{What: "kubectl delete asmswimlane " + cluster.Lane, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.LaneRemoved})
		_, err := p.Kubectl(ctx, "delete", "asmswimlane", cluster.Lane, "--timeout=60s")
		return err
	}}
}

// RemoveGroup is the first step of the order that is documented.
func RemoveGroup() scenario.Step {
	return scenario.Step{What: "kubectl delete asmswimlanegroup --cascade=foreground " + cluster.Group, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "asmswimlanegroup", cluster.Group, "--cascade=foreground", "--timeout="+p.Patience.String()); err != nil {
			return err
		}
		return withoutUs(ctx, p)
	}}
}

// RemoveProductAtOnce is the wrong order: the managers lose their rights while
// groups wait for them.
func RemoveProductAtOnce() scenario.Step {
	return scenario.Step{What: "kubectl delete -k, everything at once", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "-k", cluster.Product, "--timeout=15s"); err == nil {
			return fmt.Errorf("it was expected to wait for managers that are gone")
		}
		return nil
	}}
}

// ForceProduct ends what RemoveProductAtOnce began.
func ForceProduct() scenario.Step {
	return scenario.Step{What: "manifests/uninstall.sh --force", Do: func(ctx context.Context, p *scenario.Play) error {
		script := filepath.Join(p.Root, "manifests", "uninstall.sh")
		seconds := fmt.Sprintf("SETTLE=%.0f", cluster.Settle.Seconds())
		if out, err := p.Stack.Command(ctx, "env", seconds, script, "--force").CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return withoutUs(ctx, p)
	}}
}

// InstallProduct brings the product.
func InstallProduct() scenario.Step {
	return scenario.Step{What: "kubectl apply -k", Do: func(ctx context.Context, p *scenario.Play) error { return p.DeployProduct(ctx) }}
}

// RemoveKinds deletes the kinds, and with them the group and its lanes.
func RemoveKinds() scenario.Step {
	return scenario.Step{What: "kubectl delete -k manifests/crd", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "-k", "manifests/crd", "--timeout=60s"); err != nil {
			return err
		}
		return withoutUs(ctx, p)
	}}
}

// RemoveProduct deletes what is left of the product when no group is left.
func RemoveProduct() scenario.Step {
	return scenario.Step{What: "kubectl delete -k, when no group is left", Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "delete", "-k", cluster.Product, "--ignore-not-found", "--timeout=60s")
		return err
	}}
}

// RemoveManagers leaves the group with nobody who could take it away.
func RemoveManagers() scenario.Step {
	return scenario.Step{What: "kubectl delete namespace " + cluster.ProductNamespace, Do: func(ctx context.Context, p *scenario.Play) error {
		away(p)
		_, err := p.Kubectl(ctx, "delete", "namespace", cluster.ProductNamespace, "--timeout=60s")
		return err
	}}
}

// RemoveGroupInVain shows that the traffic stays as it was for as long as nobody
// can take the group out of it.
func RemoveGroupInVain() scenario.Step {
	return scenario.Step{What: "kubectl delete asmswimlanegroup " + cluster.Group + ", with no manager", Do: func(ctx context.Context, p *scenario.Play) error {
		seen := timeline.Writes(p.Timeline.Events())
		if _, err := p.Kubectl(ctx, "delete", "asmswimlanegroup", cluster.Group, "--timeout=5s"); err == nil {
			return errors.New("it was expected to wait for a manager")
		}
		group, err := groupNamed(ctx, p, cluster.Group)
		if err != nil {
			return err
		}
		if group.DeletionTimestamp == nil {
			return errors.New("the group is not being deleted")
		}
		if writes := timeline.Writes(p.Timeline.Events()) - seen; writes > 0 {
			return fmt.Errorf("there were %d mesh writes", writes)
		}
		return nil
	}}
}

// NewManagersEndIt brings managers that end what was begun in vain.
func NewManagersEndIt() scenario.Step {
	return scenario.Step{What: "kubectl apply -k, and the group leaves", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved}) // it takes effect now
		if err := p.DeployProduct(ctx); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "wait", "--for=delete", "asmswimlanegroup", cluster.Group, "--timeout=60s"); err != nil {
			return err
		}
		back(p)
		return withoutUs(ctx, p)
	}}
}

// withoutUs: nothing of ours is left in the mesh or on a pod.
func withoutUs(ctx context.Context, p *scenario.Play) error {
	for _, look := range [][]string{
		{"get", "virtualservices,destinationrules", "-A", "-l", lanev1.LabelManagedBy + "=" + lanev1.ManagedBy, "-o", "name"},
		{"get", "pods", "-n", cluster.Namespace, "-l", lanev1.LabelOutside, "-o", "name"},
		{"get", "pods", "-n", cluster.Namespace, "-l", lanev1.LaneMarker(cluster.Lane), "-o", "name"},
	} {
		out, err := p.Kubectl(ctx, look...)
		if err != nil {
			return err
		}
		if left := strings.TrimSpace(out); strings.Contains(left, "/") {
			return fmt.Errorf("kubectl %s: %s", strings.Join(look, " "), left)
		}
	}
	return nil
}
