package cluster

import (
	"fmt"
	"strconv"
	"strings"
)

// Version of an application.
type Version struct {
	Number int
	Broken bool // its pods run and never become ready
}

// String is what the application prints.
func (v Version) String() string { return fmt.Sprintf("v%d", v.Number) }

// Tag is the image's.
func (v Version) Tag() string {
	if v.Broken {
		return fmt.Sprintf("%d.0-broken", v.Number)
	}
	return fmt.Sprintf("%d.0", v.Number)
}

// versionOfImage reads the version from an image name.
func versionOfImage(image string) (Version, error) {
	tag := image[strings.LastIndex(image, ":")+1:]
	tag, broken := strings.CutSuffix(tag, "-broken")
	n, err := strconv.Atoi(strings.TrimSuffix(tag, ".0"))
	if err != nil {
		return Version{}, fmt.Errorf("image %s has no version tag", image)
	}
	return Version{Number: n, Broken: broken}, nil
}
