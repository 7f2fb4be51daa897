package node

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fakeSources are one namespace's objects by name.
type fakeSources struct {
	configMaps map[string]map[string]string
	secrets    map[string]map[string][]byte
}

func (f fakeSources) ConfigMap(_, name string) (*corev1.ConfigMap, error) {
	if data, ok := f.configMaps[name]; ok {
		return &corev1.ConfigMap{Data: data}, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("configmaps"), name)
}

func (f fakeSources) Secret(_, name string) (*corev1.Secret, error) {
	if data, ok := f.secrets[name]; ok {
		return &corev1.Secret{Data: data}, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
}

func testPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "mockb-1", Namespace: "shop", UID: "u1",
			Labels: map[string]string{"app": "mockb", "ASM_TRAFFIC_TAG": "base"}, Annotations: map[string]string{"note": `a "b"`},
		},
		Spec: corev1.PodSpec{ServiceAccountName: "default", Containers: []corev1.Container{{Name: "app", Image: "asm-mock:1.0"}}},
	}
}

var testFacts = podFacts{IP: "10.244.0.7", NodeName: "n1", HostIP: "10.244.0.1", APIServer: "10.244.0.1:6443"}

func field(path string) *corev1.EnvVarSource {
	return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
}

func TestEnvironment(t *testing.T) {
	key := func(name, key string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key}}
	}
	c := corev1.Container{Name: "app", Env: []corev1.EnvVar{
		{Name: "NAME", ValueFrom: field("metadata.name")},
		{Name: "NODE", ValueFrom: field("spec.nodeName")},
		{Name: "SA", ValueFrom: field("spec.serviceAccountName")},
		{Name: "IP", ValueFrom: field("status.podIP")},
		{Name: "TAG", ValueFrom: field("metadata.labels['ASM_TRAFFIC_TAG']")},
		{Name: "FROM_CM", ValueFrom: key("conf", "a")},
		{Name: "URL", Value: "http://$(NAME).$(NOWHERE)/$$(NAME)"},
		{Name: "version", Value: "v1"},
	}}
	e, err := buildEnv(testPod(), c, program{Env: map[string]string{"version": "v2"}}, testFacts, fakeSources{configMaps: map[string]map[string]string{"conf": {"a": "1"}}})
	require.NoError(t, err)
	for name, want := range map[string]string{
		"NAME": "mockb-1", "NODE": "n1", "SA": "default", "IP": "10.244.0.7", "TAG": "base", "FROM_CM": "1",
		"URL":                     "http://mockb-1.$(NOWHERE)/$(NAME)",
		"KUBERNETES_SERVICE_HOST": "10.244.0.1", "KUBERNETES_SERVICE_PORT": "6443",
		"version": "v2", // the image's, over the spec's
	} {
		assert.Equal(t, want, e.values[name], name)
	}
	assert.Contains(t, e.list(), "NAME=mockb-1")
}

func TestEnvironmentErrorsNameTheCulprit(t *testing.T) {
	secret := func(optional *bool) corev1.Container {
		return corev1.Container{Name: "app", Env: []corev1.EnvVar{{Name: "S", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "later"}, Key: "k", Optional: optional,
		}}}}}
	}
	_, err := buildEnv(testPod(), secret(nil), program{}, testFacts, fakeSources{})
	require.ErrorContains(t, err, `secrets "later" not found`)

	present := fakeSources{secrets: map[string]map[string][]byte{"later": {}}}
	_, err = buildEnv(testPod(), secret(nil), program{}, testFacts, present)
	require.ErrorContains(t, err, `Secret "later" has no key "k"`)

	e, err := buildEnv(testPod(), secret(new(true)), program{}, testFacts, fakeSources{})
	require.NoError(t, err)
	assert.NotContains(t, e.keys, "S")

	_, err = buildEnv(testPod(), corev1.Container{Name: "app", Env: []corev1.EnvVar{{Name: "X", ValueFrom: field("spec.foo")}}}, program{}, testFacts, fakeSources{})
	require.ErrorContains(t, err, `fieldPath "spec.foo"`)
}

func TestExpand(t *testing.T) {
	known := map[string]string{"A": "1", "B": "$(A)"}
	for in, want := range map[string]string{
		"": "", "plain": "plain", "$(A)": "1", "x$(A)y": "x1y", "$(B)": "$(A)", "$$(A)": "$(A)",
		"$(C)": "$(C)", "$": "$", "$(A": "$(A", "$A": "$A", "$$$(A)": "$1",
	} {
		assert.Equal(t, want, expand(in, known), in)
		assert.Equal(t, in, expand(escapeExpansion(in), known), "escaped %s", in)
	}
}

func TestDownwardFiles(t *testing.T) {
	labels, err := fieldValue(testPod(), testFacts, "metadata.labels")
	require.NoError(t, err)
	assert.Equal(t, "ASM_TRAFFIC_TAG=\"base\"\napp=\"mockb\"", labels)
	notes, err := fieldValue(testPod(), testFacts, "metadata.annotations")
	require.NoError(t, err)
	assert.Equal(t, `note="a \"b\""`, notes)
}
