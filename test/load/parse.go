package load

import (
	"fmt"
	"regexp"
	"strings"
)

// hopLine is how the mock application prints itself, before what its upstream
// answered.
var hopLine = regexp.MustCompile(`^\s*->\s*([\w-]+)\(version: ([\w.-]+), ip: ([0-9a-fA-F.:]+)\)`)

// Parse reads an answer. Whatever is not a hop is an error that a service put
// there in place of its upstream's answer, and makes the whole request lost.
func Parse(body string) (Chain, error) {
	var chain Chain
	for {
		m := hopLine.FindStringSubmatch(body)
		if m == nil {
			break
		}
		chain = append(chain, Hop{App: m[1], Version: m[2], IP: m[3]})
		body = body[len(m[0]):]
	}
	if rest := strings.TrimSpace(body); rest != "" {
		return chain, fmt.Errorf("after %d hops: %.160s", len(chain), rest)
	}
	if len(chain) == 0 {
		return nil, fmt.Errorf("empty answer")
	}
	return chain, nil
}
