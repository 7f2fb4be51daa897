package lane

import (
	"maps"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Change is a change of a pod's labels.
type Change struct {
	// Set are labels to add or to replace.
	Set map[string]string
	// Remove are keys to take off; sorted.
	Remove []string
}

// Empty reports whether there is nothing to change.
func (c Change) Empty() bool { return len(c.Set) == 0 && len(c.Remove) == 0 }

// Answers is the part of the change that says in which lanes the pod may answer too.
func (c Change) Answers() Change {
	out := Change{}
	for k, v := range c.Set {
		if strings.HasPrefix(k, apiv1.LabelAnswersPrefix) {
			if out.Set == nil {
				out.Set = map[string]string{}
			}
			out.Set[k] = v
		}
	}
	return out
}

// Apply returns the labels with the change made. What it is given stays as it is.
func (c Change) Apply(labels map[string]string) map[string]string {
	next := maps.Clone(labels)
	if next == nil {
		next = map[string]string{}
	}
	maps.Copy(next, c.Set)
	for _, k := range c.Remove {
		delete(next, k)
	}
	return next
}

// String returns the change as kubectl label takes it, sorted: "key=value,other-".
func (c Change) String() string {
	parts := make([]string, 0, len(c.Set)+len(c.Remove))
	for k, v := range c.Set {
		parts = append(parts, k+"="+v)
	}
	for _, k := range c.Remove {
		parts = append(parts, k+"-")
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// change sets what have lacks of want, and removes every other marker.
func change(have, want map[string]string) Change {
	c := Change{}
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			if c.Set == nil {
				c.Set = map[string]string{}
			}
			c.Set[k] = v
		}
	}
	for k := range have {
		if _, keep := want[k]; !keep && IsMarker(k) {
			c.Remove = append(c.Remove, k)
		}
	}
	slices.Sort(c.Remove)
	return c
}
