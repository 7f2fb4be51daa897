package webhook

import (
	"maps"
	"slices"
	"strings"

	"gomodules.xyz/jsonpatch/v2"

	"lanekeeper.io/lane"
)

const labelsPath = "/metadata/labels"

// labelPatch is a change of labels as a JSON patch (RFC 6902).
func labelPatch(labels map[string]string, c lane.Change) []jsonpatch.Operation {
	if len(labels) == 0 && len(c.Set) > 0 {
		return []jsonpatch.Operation{jsonpatch.NewOperation("add", labelsPath, c.Set)}
	}
	var out []jsonpatch.Operation
	for _, key := range slices.Sorted(maps.Keys(c.Set)) {
		op := "add"
		if _, ok := labels[key]; ok {
			op = "replace"
		}
		out = append(out, jsonpatch.NewOperation(op, labelPath(key), c.Set[key]))
	}
	for _, key := range c.Remove {
		if _, ok := labels[key]; ok { // or the whole patch would fail
			out = append(out, jsonpatch.NewOperation("remove", labelPath(key), nil))
		}
	}
	return out
}

// pointerEscapes escape what a JSON pointer gives a meaning to (RFC 6901).
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func labelPath(key string) string { return labelsPath + "/" + pointerEscapes.Replace(key) }
