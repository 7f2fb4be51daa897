package cluster

import (
	"fmt"
	"strconv"
	"strings"
)

// Version of an application.
type Version struct {
	Number int
	Fault  Fault
}

// Fault is what is wrong with a version, and how its image is tagged.
type Fault string

const (
	Broken    Fault = "broken"    // its pods run and never become ready
	Slow      Fault = "slow"      // it takes 5 s for an answer
	Resetting Fault = "resetting" // it ends connections instead of answering
)

// String is what the application prints.
func (v Version) String() string { return fmt.Sprintf("v%d", v.Number) }

// Tag is the image's.
func (v Version) Tag() string {
	if v.Fault != "" {
		return fmt.Sprintf("%d.0-%s", v.Number, v.Fault)
	}
	return fmt.Sprintf("%d.0", v.Number)
}

// versionOfImage reads the version from an image name.
func versionOfImage(image string) (Version, error) {
	tag := image[strings.LastIndex(image, ":")+1:]
	number, fault, _ := strings.Cut(tag, "-")
	n, err := strconv.Atoi(strings.TrimSuffix(number, ".0"))
	if err != nil {
		return Version{}, fmt.Errorf("image %s has no version tag", image)
	}
	return Version{Number: n, Fault: Fault(fault)}, nil
}
