package steps

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// What the API server does about the webhook's answers.

// unanswered is how many pods the API server has let pass for want of an answer.
func unanswered(ctx context.Context, p *scenario.Play) (float64, error) {
	text, err := p.Kubectl(ctx, "get", "--raw", "/metrics")
	if err != nil {
		return 0, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	sum := 0.0
	for _, m := range families["apiserver_admission_webhook_fail_open_count"].GetMetric() {
		for _, label := range m.GetLabel() {
			if label.GetName() == "name" && label.GetValue() == "pods.lanekeeper.io" {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum, err
}

// RefusedWhereRequired creates a pod in a namespace that rather has none than
// one of an unknown lane.
func RefusedWhereRequired() scenario.Step {
	return scenario.Step{What: "a pod is refused where admission is required", Do: func(ctx context.Context, p *scenario.Play) error {
		const namespace = "required"
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "namespace", namespace, "--ignore-not-found")
			return err
		})
		labels := map[string]string{"lanekeeper.io/admission": "required"}
		if err := p.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: labels}}); err != nil {
			return err
		}
		return cluster.Await(ctx, "the refusal of a pod", 20*time.Second, func(ctx context.Context) (string, error) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "refused-", Labels: map[string]string{"app": "refused"}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "pause"}}},
			}
			switch err := p.Client.Create(ctx, pod); {
			case err == nil:
				return "the pod was created", nil
			case strings.Contains(err.Error(), "required.pods.lanekeeper.io"):
				return "", nil
			default:
				return "", err // the service account may not exist yet
			}
		})
	}}
}
