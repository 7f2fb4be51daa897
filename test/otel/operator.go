package otel

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/stack/pki"
)

// parts are what the operator and its agents are built of, beside the stack's.
var parts = []string{"otel-operator", "otel-agents", "mock-languages"}

const namespace = "opentelemetry-operator-system"

//go:embed manifests/operator.yaml
var manifest string

// operatorFiles are what part otel-operator brings beside the program: kinds and rights.
const operatorFiles = "bin/otel/operator"

// Install brings the operator up, and returns when its webhooks answer. It is not shown in a
// demonstration: a cluster has the operator.
func Install(ctx context.Context, c *cluster.Cluster) error {
	if err := builder.Require(filepath.Join(c.Root, "bin"), parts...); err != nil {
		return err
	}
	if err := c.Apply(ctx, "-f", filepath.Join(c.Root, operatorFiles)); err != nil {
		return err
	}
	objects, err := objects()
	if err != nil {
		return err
	}
	if err := c.ApplyText(ctx, objects); err != nil {
		return err
	}
	if err := c.AwaitDeployments(ctx, namespace); err != nil {
		return err
	}
	// It says that it is ready before its webhooks are, and pods are admitted without an agent then.
	return cluster.Await(ctx, "the webhooks of the OpenTelemetry operator", time.Minute, func(ctx context.Context) (string, error) {
		return "", c.ApplyText(ctx, trial, "--dry-run=server")
	})
}

const trial = "{apiVersion: opentelemetry.io/v1alpha1, kind: Instrumentation, metadata: {name: trial, namespace: default}, spec: {propagators: [baggage]}}"

// asks is how the annotation of a pod begins that asks for an agent, which ends with the language.
const asks = "instrumentation.opentelemetry.io/inject-"

// AwaitAgents returns when pods of a namespace get what its Instrumentation says: the operator learns of
// that a moment after it was applied, and gives pods no agent until then.
func AwaitAgents(ctx context.Context, c *cluster.Cluster, namespace string) error {
	return cluster.Await(ctx, "agents for pods of namespace "+namespace, time.Minute, func(ctx context.Context) (string, error) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "trial", Annotations: map[string]string{asks + "java": "true"}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "default", Image: "asm-mock:v0.1-java"}}}}
		if err := c.Client.Create(ctx, pod, client.DryRunAll); err != nil {
			return err.Error(), nil
		}
		if !hasAgent(pod) {
			return "a pod would get none", nil
		}
		return "", nil
	})
}

func hasAgent(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return strings.HasPrefix(c.Name, "opentelemetry-auto-instrumentation") })
}

// Injected returns an error that names the pods of a namespace which asked for an agent, and got none from
// the operator.
func Injected(ctx context.Context, c *cluster.Cluster, namespace string) error {
	var pods corev1.PodList
	if err := c.Client.List(ctx, &pods, client.InNamespace(namespace)); err != nil {
		return err
	}
	var without []string
	for _, p := range pods.Items {
		asking := slices.ContainsFunc(slices.Collect(maps.Keys(p.Annotations)), func(key string) bool { return strings.HasPrefix(key, asks) })
		if p.DeletionTimestamp == nil && asking && !hasAgent(&p) {
			without = append(without, p.Name)
		}
	}
	if len(without) > 0 {
		return fmt.Errorf("the operator gave no agent to %s", strings.Join(without, ", "))
	}
	return nil
}

// Uninstall takes the operator off again, its webhooks first: nobody answers for it then. Pods keep
// their agents.
func Uninstall(ctx context.Context, c *cluster.Cluster) error {
	for _, args := range [][]string{
		{"mutatingwebhookconfiguration/opentelemetry-operator-mutating-webhook-configuration",
			"validatingwebhookconfiguration/opentelemetry-operator-validating-webhook-configuration"},
		{"namespace/" + namespace, "clusterrolebinding/opentelemetry-operator"},
		{"-f", filepath.Join(c.Root, operatorFiles)},
	} {
		if _, err := c.Kubectl(ctx, append([]string{"delete", "--ignore-not-found", "--timeout=120s"}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

// objects are those of the manifest, with a certificate for the webhooks.
func objects() (string, error) {
	ca, err := pki.NewAuthority("opentelemetry-operator")
	if err != nil {
		return "", err
	}
	server, err := ca.Server("opentelemetry-operator", "opentelemetry-operator."+namespace+".svc")
	if err != nil {
		return "", err
	}
	t, err := template.New("operator").Parse(manifest)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	encode := base64.StdEncoding.EncodeToString
	err = t.Execute(&out, struct{ CA, Cert, Key string }{encode(ca.Cert()), encode(server.Cert), encode(server.Key)})
	return out.String(), err
}
