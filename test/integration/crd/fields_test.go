package crd

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
)

// A newer ASM has fields that we do not know: they go, and what we know stays.
func TestUnknownFieldsArePruned(t *testing.T) {
	c := apiserver.Shared(t).Client(t, client.Options{})
	group := parse(t, "ASMSwimLaneGroup", object{name: "pruned", spec: `{
  future: {deep: true},
  services: [{name: mocka, namespace: default, future: 1, trafficPolicyPatch: {anything: {goes: [1, two]}}}],
  permissiveModeConfiguration: {routeHeader: x-lane, future: x}}`})
	create(t, c, group)

	want := parse(t, "ASMSwimLaneGroup", object{spec: `{
  services: [{name: mocka, namespace: default, trafficPolicyPatch: {anything: {goes: [1, two]}}}],
  permissiveModeConfiguration: {routeHeader: x-lane}}`})
	got := &unstructured.Unstructured{}
	got.SetGroupVersionKind(lanev1.GroupVersion.WithKind("ASMSwimLaneGroup"))
	require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(group), got))
	assert.Equal(t, asYAML(t, want.Object["spec"]), asYAML(t, got.Object["spec"]))
}

// What a typed client writes back must be what a person wrote: a field that
// our Go types drop would be lost on the first write of a finalizer.
func TestTypedClientKeepsEveryField(t *testing.T) {
	c, plain := newClient(t), apiserver.Shared(t).Client(t, client.Options{})
	made := parse(t, "ASMSwimLaneGroup", object{name: "kept", spec: `{
  isPermissive: true, autoUpdate: true,
  services: [{name: a, namespace: b, cluster: {id: c1, name: main, region: west}, trafficPolicyPatch: {tls: {mode: DISABLE}}, httpRoutePatch: {timeout: 1s}}],
  ingress: {gateway: {name: g, namespace: h, type: ASM}, ingressRouting: {ingressRoutingStrategy: weighted,
    weightedRoutingRule: {hosts: ["*"], requestMatches: [{uri: {prefix: /}, headers: {a: {regex: b}}}]}}},
  permissiveModeConfiguration: {fallbackTarget: base, serviceLevelFallbackTarget: {a/b: c}, routeHeader: r, traceHeader: t},
  defaultTrafficPolicyPatch: {z: {}}, defaultHttpRoutePatch: {retries: {attempts: 1}}}`})
	create(t, plain, made)

	group := &lanev1.ASMSwimLaneGroup{}
	require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(made), group))
	group.Labels = map[string]string{"touched": "yes"}
	require.NoError(t, c.Update(t.Context(), group))

	got := made.DeepCopy()
	require.NoError(t, plain.Get(t.Context(), client.ObjectKeyFromObject(made), got))
	assert.Equal(t, int64(1), got.GetGeneration(), "the spec did not change")
}

func TestPrintedColumns(t *testing.T) {
	server, c := apiserver.Shared(t), newClient(t)
	ready := []metav1.Condition{{
		Type: lanev1.ConditionReady, Status: metav1.ConditionTrue,
		Reason: lanev1.ReasonProgrammed, LastTransitionTime: metav1.Now(),
	}}

	group := &lanev1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "printed"}}
	create(t, c, group)
	group.Status = lanev1.ASMSwimLaneGroupStatus{
		Conditions: ready, Lanes: "base,canary", ServicesReady: "3/3",
		Mode: lanev1.ModePermissive, Ingress: "istio-system/ingressgateway rule_based",
		Services: []lanev1.GroupServiceStatus{{Namespace: "default", Name: "mockb", BaselineReady: 1, Programmed: true}},
	}
	require.NoError(t, c.Status().Update(t.Context(), group))

	lane := &lanev1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: "printed"},
		Spec:       lanev1.ASMSwimLaneSpec{LabelSelector: map[string]string{"lane": "printed"}},
	}
	create(t, c, lane)
	lane.Status = lanev1.ASMSwimLaneStatus{
		Conditions: ready, Group: "rollout", Tag: "printed", ServicesSummary: "mockb.default(1/1)",
	}
	require.NoError(t, c.Status().Update(t.Context(), lane))

	assert.Equal(t, [][]string{
		{"NAME", "LANES", "SERVICES", "MODE", "INGRESS", "READY", "AGE"},
		{"printed", "base,canary", "3/3", "Permissive", "istio-system/ingressgateway", "rule_based", "True"},
	}, table(t, server, "asmswimlanegroup", "printed"))
	assert.Equal(t, [][]string{
		{"NAME", "GROUP", "TAG", "SERVICES", "READY", "AGE"},
		{"printed", "rollout", "printed", "mockb.default(1/1)", "True"},
	}, table(t, server, "asmswimlane", "printed"))

	for _, short := range []string{"aslg", "asl", "lanekeeper"} {
		output, err := server.Kubectl(t, "get", short)
		require.NoError(t, err, output)
		assert.Contains(t, output, "printed")
	}
}

// table returns kubectl's columns, but for the age itself.
func table(t *testing.T, server *apiserver.Server, kind, name string) [][]string {
	t.Helper()

	output, err := server.Kubectl(t, "get", kind, name)
	require.NoError(t, err, output)
	var rows [][]string
	for line := range strings.Lines(output) {
		rows = append(rows, strings.Fields(line))
	}
	require.Len(t, rows, 2, output)
	rows[1] = rows[1][:len(rows[1])-1]
	return rows
}

// The largest group that validation lets in must also fit into etcd, with its
// status and with what the API server notes about who set which field.
func TestLargestGroupFits(t *testing.T) {
	const services = 5000
	c := newClient(t)
	group := &lanev1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "largest"}}
	for i := range services {
		group.Spec.Services = append(group.Spec.Services,
			lanev1.ServiceReference{Namespace: "production", Name: fmt.Sprintf("service-%04d", i)})
	}
	create(t, c, group)
	for _, service := range group.Spec.Services {
		group.Status.Services = append(group.Status.Services, lanev1.GroupServiceStatus{
			Namespace: service.Namespace, Name: service.Name,
			BaselineReady: 3, Lanes: []string{"canary"}, Programmed: true,
		})
	}
	require.NoError(t, c.Status().Update(t.Context(), group))
	assert.NotEmpty(t, group.ManagedFields, "the API server drops them from an object that is too large")

	group.Spec.Services = append(group.Spec.Services, lanev1.ServiceReference{Namespace: "production", Name: "one-more"})
	err := c.Update(t.Context(), group)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "must have at most 5000 items")
}

// create makes an object and takes it away after the test.
func create(t *testing.T, c client.Client, made client.Object) {
	t.Helper()

	require.NoError(t, c.Create(t.Context(), made))
	t.Cleanup(func() { assert.NoError(t, c.Delete(context.WithoutCancel(t.Context()), made)) })
}

// asYAML makes numbers of different Go types comparable.
func asYAML(t *testing.T, value any) string {
	t.Helper()

	data, err := yaml.Marshal(value)
	require.NoError(t, err)
	return string(data)
}

func read(t *testing.T, path string) string {
	t.Helper()

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}
