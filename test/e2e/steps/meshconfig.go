package steps

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// MeshConfig adds lines to Istio's mesh configuration, and takes them out in the end.
func MeshConfig(lines string) scenario.Step {
	return scenario.Step{What: "the mesh configuration says " + lines, Do: func(ctx context.Context, p *scenario.Play) error {
		was, err := os.ReadFile(p.Stack.MeshConfig())
		if err != nil {
			return err
		}
		p.Cleanup(func(ctx context.Context) error { return configureMesh(ctx, p, was) })
		return configureMesh(ctx, p, append(bytes.Clone(was), lines+"\n"...))
	}}
}

// fullPush is what istiod logs when it tells every proxy everything, as it does of a mesh
// configuration. What else happens at that time is told of in the same push.
var fullPush = regexp.MustCompile(`Push debounce stable.*forced=true`)

// configureMesh waits until istiod says that it tells every proxy of what was written.
func configureMesh(ctx context.Context, p *scenario.Play, config []byte) error {
	said := func() (int, error) {
		log, err := os.ReadFile(filepath.Join(p.Stack.Dir(), "logs", "istiod.log"))
		return len(fullPush.FindAll(log, -1)), err
	}
	before, err := said()
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.Stack.MeshConfig(), config, 0o644); err != nil {
		return err
	}
	if err := cluster.Await(ctx, "istiod to follow the mesh configuration", time.Minute, func(context.Context) (string, error) {
		now, err := said()
		if now == before {
			return fmt.Sprintf("it said so %d times before, and not since", before), err
		}
		return "", err
	}); err != nil {
		return err
	}
	return scenario.Pass(ctx, cluster.Settle) // until every proxy has it
}
