package webhook

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestReadPod(t *testing.T) {
	labels := map[string]string{"app": "mocka"}
	for name, tc := range map[string]struct {
		text string
		want metav1.ObjectMeta
	}{
		"as the API server writes it": {
			`{"kind":"Pod","apiVersion":"v1","metadata":{"generateName":"mocka-","namespace":"default","labels":{"app":"mocka"},` +
				`"annotations":{"a":"b"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"mocka-1","uid":"7","controller":true}],` +
				`"managedFields":[{"manager":"x"}]},"spec":{"containers":[{"name":"c"}]},"status":{}}`,
			metav1.ObjectMeta{GenerateName: "mocka-", Namespace: "default", Labels: labels, OwnerReferences: []metav1.OwnerReference{
				{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "mocka-1", UID: "7", Controller: new(true)}}},
		},
		"with the metadata last": {`{"spec":{"metadata":{"name":"no"}},"metadata":{"name":"mocka","labels":{"app":"mocka"}}}`, metav1.ObjectMeta{Name: "mocka", Labels: labels}},
		"without metadata":       {`{"spec":{}}`, metav1.ObjectMeta{}},
	} {
		t.Run(name, func(t *testing.T) {
			pod, err := readPod([]byte(tc.text))

			require.NoError(t, err)
			assert.Equal(t, &corev1.Pod{ObjectMeta: tc.want}, pod)
		})
	}
	for _, text := range []string{``, `null`, `[]`, `{`, `{"kind":`, `{"metadata":{"labels":7}}`} {
		t.Run("not "+text, func(t *testing.T) {
			_, err := readPod([]byte(text))

			assert.ErrorContains(t, err, "reading the pod")
		})
	}
}
