package suite

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"lanekeeper.io/test/mutants"
)

// The groups in the order of their cost, so that what is cheap fails first.
var (
	unit        = &Group{Name: "unit", Estimate: time.Minute, Limit: 20 * time.Minute}
	integration = &Group{Name: "integration", Estimate: 2 * time.Minute, Limit: 20 * time.Minute}
	stacks      = &Group{Name: "stack", Estimate: 3 * time.Minute, Limit: 20 * time.Minute}
	releases    = &Group{Name: "scenarios", Estimate: 75 * time.Second, Batch: 8, Limit: 45 * time.Minute, Package: "e2e", Test: "TestScenarios"}
	breakdowns  = &Group{Name: "faults", Estimate: 90 * time.Second, Batch: 6, Limit: 45 * time.Minute, Package: "e2e", Test: "TestFaults"}
	model       = &Group{Name: "model", Estimate: 6 * time.Minute, Limit: time.Hour}
	faulty      = &Group{Name: "mutants", Estimate: 2 * time.Minute, Batch: 4, Limit: 45 * time.Minute,
		Package: "mutants/caught", Test: "TestMutants"}
)

// All lists every piece. Scenarios name themselves, so that none is forgotten.
func All(ctx context.Context, root string) ([]Piece, error) {
	pieces := []Piece{
		{unit.Name, unit, true}, {integration.Name, integration, true}, {stacks.Name, stacks, true},
	}
	scenarios, err := listScenarios(ctx, root)
	if err != nil {
		return nil, err
	}
	pieces = append(pieces, scenarios...)
	if unshown := unshown(pieces, mutants.All()); len(unshown) > 0 {
		return nil, fmt.Errorf("no piece of `make test` is known to show the promises %v of docs/design.md: let one of those scenarios be of the set (Once: true) whose mutants break them", unshown)
	}
	pieces = append(pieces, Piece{model.Name, model, false})
	for _, m := range mutants.All() {
		pieces = append(pieces, Piece{faulty.Name + "/" + m.Name, faulty, false})
	}
	return pieces, nil
}

func listScenarios(ctx context.Context, root string) ([]Piece, error) {
	if err := build(ctx, root, releases); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary(root, releases), "-list")
	cmd.Dir, cmd.Stderr = filepath.Join(root, "test", releases.Package), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the scenarios: %w\n%s", err, out)
	}
	return parseScenarios(out)
}

// parseScenarios reads lines of a test, a scenario and whether it is one of those
// that show every promise.
func parseScenarios(out []byte) ([]Piece, error) {
	var pieces []Piece
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) != 3 {
			continue
		}
		for _, g := range []*Group{releases, breakdowns} {
			if words[0] == g.Test {
				pieces = append(pieces, Piece{g.Name + "/" + words[1], g, words[2] == "once"})
			}
		}
	}
	if len(pieces) == 0 {
		return nil, fmt.Errorf("the scenarios were not listed: %s", out)
	}
	return pieces, nil
}
