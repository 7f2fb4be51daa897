package steps

import (
	"context"
	"fmt"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/scenario"
)

// inMesh checks that of these services, and of no other, something is in the mesh.
func (s *Unprepared) inMesh(ctx context.Context, p *scenario.Play, want ...string) error {
	var rules networkingv1.DestinationRuleList
	if err := p.Client.List(ctx, &rules, client.InNamespace(unpreparedNamespace)); err != nil {
		return err
	}
	var have []string
	for _, r := range rules.Items {
		have = append(have, r.Labels[lanev1.LabelService])
	}
	slices.Sort(have)
	if !slices.Equal(have, want) {
		return fmt.Errorf("there are DestinationRules of %v, not of %v", have, want)
	}
	return nil
}

// sameProcesses: no pod was replaced or restarted, those that a Rollout drives
// have the baseline's label, and no other has a lane label that it did not have.
func (s *Unprepared) sameProcesses(ctx context.Context, p *scenario.Play) error {
	var pods corev1.PodList
	if err := p.Client.List(ctx, &pods, client.InNamespace(unpreparedNamespace)); err != nil {
		return err
	}
	if len(pods.Items) != len(s.pods) {
		return fmt.Errorf("there are %d pods, and were %d", len(pods.Items), len(s.pods))
	}
	for _, pod := range pods.Items {
		was, ok := s.pods[pod.Name]
		if !ok || was.UID != pod.UID || was.Status.PodIP != pod.Status.PodIP {
			return fmt.Errorf("pod %s was replaced or restarted", pod.Name)
		}
		want := was.Labels["ASM_TRAFFIC_TAG"]
		switch {
		case pod.Labels["app"] == "driven":
			want = "base"
		case !s.labelled.IsZero() && (pod.Labels["version"] == "v2" || pod.Labels["version"] == "v9"):
			want = "green"
		}
		if got := pod.Labels["ASM_TRAFFIC_TAG"]; got != want {
			return fmt.Errorf("pod %s carries ASM_TRAFFIC_TAG=%q, not %q", pod.Name, got, want)
		}
	}
	return nil
}
