package istio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"lanekeeper.io/lane"
)

// Users write patches as they write Istio's objects, and Istio reads those more freely than
// protojson does: a duration may be as Go writes it, such as 500ms or 1m.

// plainPatch is a patch of a message in protojson's words. The error names a field that the
// message does not have, or that has no duration.
func plainPatch(patch []byte, of protoreflect.MessageDescriptor) ([]byte, error) {
	var doc any
	decoder := json.NewDecoder(bytes.NewReader(patch))
	decoder.UseNumber()
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	doc, err := plainMessage(doc, of, "")
	if err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

// plainMessage leaves null, a wrapper's value and what protojson refuses as they are.
func plainMessage(doc any, of protoreflect.MessageDescriptor, path string) (any, error) {
	if of.FullName() == "google.protobuf.Duration" {
		return plainDuration(doc, path)
	}
	fields, ok := doc.(map[string]any)
	if !ok || of.ParentFile().Package() == "google.protobuf" {
		return doc, nil
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) { // so that a message is always the same
		value, field := fields[name], name
		if path != "" {
			field = path + "." + name
		}
		f := of.Fields().ByJSONName(name)
		if f == nil {
			f = of.Fields().ByTextName(name)
		}
		if f == nil {
			return nil, fmt.Errorf("unknown field %q", field)
		}
		next, err := plainField(value, f, field)
		if err != nil {
			return nil, err
		}
		fields[name] = next
	}
	return fields, nil
}

func plainField(value any, f protoreflect.FieldDescriptor, path string) (any, error) {
	if f.Message() == nil || f.IsMap() { // maps are of texts, in all that may be patched
		return value, nil
	}
	values, ok := value.([]any)
	if !ok || !f.IsList() {
		return plainMessage(value, f.Message(), path)
	}
	for i := range values {
		next, err := plainMessage(values[i], f.Message(), path+"["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, err
		}
		values[i] = next
	}
	return values, nil
}

// seconds is a duration that protojson reads as it is.
var seconds = regexp.MustCompile(`^-?[0-9]+(\.[0-9]{1,9})?s$`)

func plainDuration(value any, path string) (any, error) {
	text, ok := value.(string)
	if !ok || seconds.MatchString(text) {
		return value, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, fmt.Errorf("%s is %s, which is no duration: write one such as 500ms, 30s or 1m", path, lane.Quote(text))
	}
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%09ds", sign, d/time.Second, d%time.Second), nil
}
