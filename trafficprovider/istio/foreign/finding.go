package foreign

import (
	"cmp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/lane"
)

// Finding is what a foreign object and ours do to each other.
type Finding struct {
	object string
	effect string
	cure   string
	// blocks is set if ours would break what the foreign object does now.
	blocks bool
	// decides is set if some requests go as the foreign object says and not as
	// ours.
	decides bool
}

// OfAnotherGroup is about an object that a group of ours has, or has left, for a
// Service that another group is to take over.
func OfAnotherGroup(kind string, obj metav1.Object, group string) *Finding {
	return &Finding{
		object: kind + " " + nameOf(obj), blocks: true,
		effect: "is of group " + group + ", which has the service or had it",
		cure:   "it leaves in order when the service is that group's no more and no ingress rule of that group goes to it, and this group takes over then",
	}
}

// worse is the finding that matters more; the first of two alike.
func worse(a, b *Finding) *Finding {
	if b.weight() > a.weight() {
		return b
	}
	return a
}

func (f *Finding) weight() int {
	switch {
	case f == nil:
		return 0
	case f.decides:
		return 3
	case f.blocks:
		return 2
	}
	return 1
}

// isOlder reports whether Istio puts the foreign object before ours: by age, then
// by name. What we have not written yet is the youngest.
func isOlder(foreign, ours metav1.Object) bool {
	if isNew(ours) {
		return true
	}
	was, born := foreign.GetCreationTimestamp(), ours.GetCreationTimestamp()
	return cmp.Or(
		was.Compare(born.Time),
		strings.Compare(foreign.GetName(), ours.GetName()),
		strings.Compare(foreign.GetNamespace(), ours.GetNamespace()),
	) < 0
}

// isNew reports whether an object is not written yet.
func isNew(obj metav1.Object) bool { return obj.GetResourceVersion() == "" }

// describe names an object with what makes it speak for ours.
func describe(kind string, obj metav1.Object, host string) string {
	return kind + " " + nameOf(obj) + " (host " + lane.Brief(host) + ")"
}

func nameOf(obj metav1.Object) string { return obj.GetNamespace() + "/" + obj.GetName() }
