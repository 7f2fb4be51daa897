package crd

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lanekeeper.io/test/integration/apiserver"
)

// object is one case: a spec as a person writes it, and what the API server
// says to it. An empty want means that it is accepted.
type object struct {
	title string
	name  string
	spec  string
	want  string
}

func check(t *testing.T, kind string, cases []object) {
	c := apiserver.Shared(t).Client(t, client.Options{})

	for _, tc := range cases {
		t.Run(tc.title, func(t *testing.T) {
			err := client.NewDryRunClient(c).Create(t.Context(), parse(t, kind, tc))
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Contains(t, err.Error(), tc.want)
		})
	}
}

func parse(t *testing.T, kind string, tc object) *unstructured.Unstructured {
	t.Helper()

	var spec any
	require.NoError(t, yaml.Unmarshal([]byte(tc.spec), &spec))
	name := tc.name
	if name == "" {
		name = "example"
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "istio.alibabacloud.com/v1",
		"kind":       kind,
		"metadata":   map[string]any{"name": name},
		"spec":       spec,
	}}
}
