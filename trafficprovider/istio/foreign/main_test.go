package foreign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

var (
	mockb = types.NamespacedName{Namespace: "default", Name: "mockb"}
	// chain is of a group with Services in default and its Gateway in edge; whoever has
	// namespace shop has no part in it.
	chain = Chain{"default", "edge"}
	noon  = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
)

// read reads an object as people write it.
func read[T any](t *testing.T, text string) *T {
	t.Helper()
	object := new(T)
	require.NoError(t, yaml.UnmarshalStrict([]byte(text), object))
	return object
}

// bornAt makes an object one that exists since then.
func bornAt(meta *metav1.ObjectMeta, at time.Time) {
	meta.CreationTimestamp, meta.ResourceVersion = metav1.NewTime(at), "1"
}

// outcome of a comparison: before we are there, or after.
const (
	nothing = "" // no effect, not said
	stayOut = "stay out"
	problem = "problem" // the foreign object decides for some requests
	note    = "note"    // ours decides
)

func outcomeOf(f *Finding, exists bool) string {
	if f == nil {
		return nothing
	}
	switch c := Summarize([]Finding{*f}, exists); {
	case c.Block != nil:
		return stayOut
	case c.Problem != nil:
		return problem
	}
	return note
}
