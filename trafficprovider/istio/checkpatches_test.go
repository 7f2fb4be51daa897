package istio_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio"
)

// Admission refuses what the translation refuses later, and nothing else: it is
// asked about the patches of the stories that tell of both.
func TestPatchesAreCheckedAsTheyAreMerged(t *testing.T) {
	for file, refused := range map[string]bool{
		"patches-that-would-break-lanes-are-refused.txtar":     true,
		"patches-are-merged-into-every-policy-and-route.txtar": false,
	} {
		checked := 0
		for _, m := range storyOf(t, file).Moments {
			for _, p := range m.Plans {
				policy := lane.Policy{Traffic: p.Traffic, Route: p.Route}
				if policy.Traffic == nil && policy.Route == nil {
					continue
				}
				checked++
				problem := istio.New(settle).CheckPatches(groupWith(key(p.Service), policy))
				if !refused {
					assert.Nil(t, problem, m.Note)
					continue
				}
				if assert.NotNil(t, problem, m.Note) {
					assert.Equal(t, apiv1.ReasonPatchRefused, problem.Reason)
					assert.Contains(t, problem.Message, p.Service)
				}
			}
		}
		assert.NotZero(t, checked, file)
	}
}

// The default patch is every Service's that has none of its own.
func TestDefaultPatchesAreChecked(t *testing.T) {
	group := groupWith(key("default/mockb"), lane.Policy{})
	group.Policies, group.DefaultPolicy = nil, lane.Policy{Route: []byte(`{"redirect": {"uri": "/"}}`)}
	problem := istio.New(settle).CheckPatches(group)
	require.NotNil(t, problem)
	assert.Equal(t, "the httpRoutePatch of service default/mockb sets redirect, which decides where a request goes: remove that from the patch", problem.Message)
}

func groupWith(service types.NamespacedName, policy lane.Policy) lane.Group {
	return lane.Group{
		Name: groupName, Tag: lane.Tag{RouteHeader: routeHeader}, Services: []types.NamespacedName{service},
		Policies: map[types.NamespacedName]lane.Policy{service: policy},
	}
}

func storyOf(t *testing.T, name string) story {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	input, _, _ := bytes.Cut(text, []byte(wantMark))
	_, input, _ = bytes.Cut(input, []byte("-- story.yaml --\n"))
	var s story
	require.NoError(t, yaml.UnmarshalStrict(input, &s))
	return s
}
