package manager

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/test/integration/ports"
)

// site is an API server with pods in a lane, and the manager that runs now.
type site struct {
	test                    *testing.T
	server                  *apiserver.Server
	c                       client.Client
	program, account, admin string
	manager                 *replica
	// logged is how much of the manager's log is older than the last install.
	logged int
}

func newSite(t *testing.T) *site {
	t.Helper()
	server := installation.Start(t)
	s := &site{
		test: t, server: server, c: server.Client(t, client.Options{Scheme: scheme(t)}),
		program: build(t), account: serviceAccount(t, server), admin: administrator(t, server),
	}
	installation.NewNamespace(t, s.c, "istio-system", nil)
	installation.NewNamespace(t, s.c, "strict", map[string]string{apiv1.LabelAdmission: apiv1.AdmissionRequired})
	for _, pod := range []string{"mocka base", "mockb base", "mockc base", "mockb canary"} {
		app, tag, _ := strings.Cut(pod, " ")
		s.serve(app, tag)
	}
	return s
}

func samples(t *testing.T) string { return apiserver.Path(t, "manifests", "samples", "full-chain") }
func crds(t *testing.T) string    { return apiserver.Path(t, "manifests", "crd") }

func (s *site) kubectl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return s.server.Kubectl(t, args...)
}

// install applies what is missing and waits until the lane has mockb.
func (s *site) install(t *testing.T) {
	out, err := s.kubectl(t, "apply", "--server-side", "-k", apiserver.Path(t, "manifests", "default"))
	require.NoError(t, err, out)
	if s.manager == nil || s.manager.command.ProcessState != nil {
		s.start(t)
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) { // the kinds may be new to the API server
		out, err := s.kubectl(t, "apply", "-k", samples(t))
		assert.NoError(c, err, out)
	}, patience, 500*time.Millisecond)
	require.EventuallyWithT(t, func(t *assert.CollectT) { s.taken(t) }, patience, 100*time.Millisecond)
	s.logged = len(s.manager.log.String())
}

func (s *site) start(t *testing.T, flags ...string) {
	t.Helper()
	// The namespace that went would have taken its lease along.
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: installation.Namespace, Name: "lanekeeper"}}
	require.NoError(t, client.IgnoreNotFound(s.c.Delete(t.Context(), lease)))
	// It outlives the step that starts it.
	s.manager = startReplica(s.test, "manager", s.program, s.account, ports.Reserve(s.test, 3), s.c, flags...)
	requireReady(t, s.manager)
}

// taken: the Services are taken over, and mockb is in the lane.
func (s *site) taken(t require.TestingT) {
	assert.ElementsMatch(t, []string{"mocka base", "mockb base", "mockb canary", "mockc base"}, s.subsets(t))
	assert.Len(t, s.routes(t), 4, "of three Services and the entry")
	assert.Equal(t, "1", s.labels(t, "mockb-canary")[apiv1.LaneMarker("canary")])
}

// requireTrafficAsItWas: now, without anything being waited for.
func (s *site) requireTrafficAsItWas(t *testing.T) {
	t.Helper()
	s.taken(t)
}

// requireAdmitted: no pod waits for a webhook that is gone. The API server hears that
// it is a moment later.
func (s *site) requireAdmitted(t *testing.T) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		assert.NoError(t, s.c.Create(s.test.Context(), newcomer("strict")))
	}, patience, 100*time.Millisecond)
}

// requireNoTraffic: nothing of ours is in the mesh.
func (s *site) requireNoTraffic(t *testing.T) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		assert.Empty(t, s.subsets(t))
		assert.Empty(t, s.routes(t))
	}, patience, 100*time.Millisecond)
}

// requireTrafficAsBefore: nothing of ours is in the mesh or on a pod. What the
// user wrote on it stays.
func (s *site) requireTrafficAsBefore(t *testing.T) {
	t.Helper()
	s.requireNoTraffic(t)
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		assert.Equal(t, map[string]string{"app": "mockb", tagLabel: "canary"}, s.labels(t, "mockb-canary"))
	}, patience, 100*time.Millisecond)
}

// requireOrder reads from the log that every rule went one settle after the
// routes that named its subsets.
func (s *site) requireOrder(t *testing.T) {
	t.Helper()
	gone := map[string]time.Time{}
	for text := range strings.Lines(s.manager.log.String()[s.logged:]) {
		var line struct {
			Time   time.Time
			Msg    string
			Op     string
			Object struct{ Name string }
		}
		if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "wrote a traffic object" && line.Op == "delete" {
			gone[line.Object.Name] = line.Time
		}
	}
	const settle = time.Second
	for rule, routes := range map[string][]string{
		"trafficlabel-dr-rollout-default-mocka": {"trafficlabel-vs-rollout-default-mocka", "swimlane-ingress-vs-rollout"},
		"trafficlabel-dr-rollout-default-mockb": {"trafficlabel-vs-rollout-default-mockb"},
		"trafficlabel-dr-rollout-default-mockc": {"trafficlabel-vs-rollout-default-mockc"},
	} {
		for _, route := range routes {
			if assert.Contains(t, gone, rule) && assert.Contains(t, gone, route) {
				assert.GreaterOrEqual(t, gone[rule].Sub(gone[route]), settle, "%s after %s", rule, route)
			}
		}
	}
}

// requireGone: the cluster has nothing of ours any more.
func (s *site) requireGone(t *testing.T) {
	t.Helper()
	out, err := s.kubectl(t, "get", "-k", apiserver.Path(t, "manifests", "default"), "--ignore-not-found", "-o", "name")
	require.NoError(t, err, out)
	// kubectl says of our own kinds that the server has none, and goes on.
	assert.Empty(t, strings.TrimSpace(out))
}

// script runs manifests/uninstall.sh as a person does, with what comes before
// its name and after.
func (s *site) script(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), apiserver.Path(t, "manifests", "uninstall.sh"))
	command.Env = append(os.Environ(), "KUBECTL="+apiserver.Path(t, "bin", "kubectl"), "KUBECONFIG="+s.admin,
		"KUBECACHEDIR="+s.server.KubectlCache(), "KUBERC=off")
	for _, a := range args {
		if strings.HasPrefix(a, "--") {
			command.Args = append(command.Args, a)
			continue
		}
		command.Env = append(command.Env, a)
	}
	out, err := command.CombinedOutput()
	return string(out), err
}

func (s *site) subsets(t require.TestingT) []string {
	var rules networkingv1.DestinationRuleList
	require.NoError(t, s.c.List(s.test.Context(), &rules))
	var out []string
	for _, rule := range rules.Items {
		for _, subset := range rule.Spec.Subsets {
			out = append(out, rule.Labels[apiv1.LabelService]+" "+subset.Name)
		}
	}
	return out
}

func (s *site) routes(t require.TestingT) []string {
	var routes networkingv1.VirtualServiceList
	require.NoError(t, s.c.List(s.test.Context(), &routes))
	var out []string
	for _, vs := range routes.Items {
		out = append(out, vs.Name)
	}
	return out
}

func (s *site) labels(t require.TestingT, pod string) map[string]string {
	var p corev1.Pod
	require.NoError(t, s.c.Get(s.test.Context(), client.ObjectKey{Namespace: "default", Name: pod}, &p))
	return p.Labels
}

// serve creates a pod that is ready, as its own template and a kubelet would.
func (s *site) serve(app, tag string) {
	pod := newcomer("default")
	pod.GenerateName, pod.Name, pod.Labels = "", app+"-"+tag, map[string]string{"app": app, tagLabel: tag}
	require.NoError(s.test, s.c.Create(s.test.Context(), pod))
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	require.NoError(s.test, s.c.Status().Update(s.test.Context(), pod))
}

// newcomer is a pod of nobody's that the webhook is asked about.
func newcomer(namespace string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "new-", Labels: map[string]string{"app": "new"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "default", Image: "mock"}}},
	}
}
