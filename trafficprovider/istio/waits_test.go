package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/trafficprovider"
)

func TestWaitsAreForgottenWhenTheyAreOver(t *testing.T) {
	w := newWaits()
	start := time.Unix(1000, 0)
	starts := func(name, annotation string) trafficprovider.Write {
		return trafficprovider.Write{Starts: waitsOf(types.NamespacedName{Namespace: "default", Name: name}, annotation)}
	}
	key := func(name string) types.NamespacedName { return types.NamespacedName{Namespace: "default", Name: name} }

	w.note(starts("a", "one"), start, time.Minute)
	w.note(starts("b", "one"), start.Add(30*time.Second), time.Minute)
	w.note(starts("a", "two"), start.Add(40*time.Second), time.Minute)
	assert.Equal(t, map[string]time.Time{"one": start.Add(time.Minute), "two": start.Add(100 * time.Second)}, w.of(key("a")))
	assert.Equal(t, map[string]time.Time{"one": start.Add(90 * time.Second)}, w.of(key("b")))

	w.note(starts("c", "one"), start.Add(95*time.Second), time.Minute)
	assert.Equal(t, map[string]time.Time{"two": start.Add(100 * time.Second)}, w.of(key("a")))
	assert.Empty(t, w.of(key("b")))
	assert.Len(t, w.ends, 2, "nothing is kept of b")
}
