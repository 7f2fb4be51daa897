package mutants

import (
	"fmt"
	"slices"
	"strings"
)

// Mutant is the product with one small fault.
type Mutant struct {
	// Name of it: up to 30 of a-z, 0-9 and -.
	Name string
	// Wrong is what is wrong, in one sentence.
	Wrong string
	// Promise of docs/design.md that it breaks, by number.
	Promise int
	// Edits make the fault of the product.
	Edits []Edit
	// Seen is what must see it.
	Seen Sight
}

// Edit replaces text that stands in a file of the product once.
type Edit struct {
	File     string // from the repository's root
	Old, New string
}

// Sight is a test that is red with a mutant, and how one knows that it is red for
// what is wrong.
type Sight struct {
	// Package of the test, as a folder of the repository.
	Package string
	// Run is the test, and its subtest if only one is meant.
	Run []string
	// Args are the test's own.
	Args []string
	// Words are in what it prints.
	Words string
}

// All are the mutants in the order of the promises that they break.
func All() []Mutant {
	return slices.Concat(ofOutsiders(), ofTags(), ofTesters(), ofPassedOver(), ofLosses(), ofOthers(), ofTruths())
}

// istio is where the Istio objects are made.
const istio = "trafficprovider/istio/"

// The packages that see mutants.
const (
	endToEnd = "test/e2e"
	onServer = "test/integration/"
)

// OnStack says whether the test needs a stack with the mutated manager on it. The others have
// the mutated packages inside.
func (s Sight) OnStack() bool { return s.Package == endToEnd }

// NeedsParts says whether the test runs programs of bin/.
func (s Sight) NeedsParts() bool { return s.OnStack() || strings.HasPrefix(s.Package, onServer) }

// scenario of test/e2e, under load.
func scenario(name, words string) Sight {
	return Sight{Package: endToEnd, Run: []string{"TestScenarios", name}, Words: words}
}

// broken are the words of a scenario in which a promise was broken to a request.
func broken(promise string) string { return "BROKEN: " + promise }

// server is a part of a test against a real API server. That it fails says enough.
func server(pkg, test, part string) Sight {
	failed := fmt.Sprintf("--- FAIL: %s/%s", test, strings.ReplaceAll(part, " ", "_"))
	return Sight{Package: onServer + pkg, Run: []string{test, part}, Words: failed}
}

// model is the model of the world around the controllers. It plays sequences of the
// same seeds each time, more than enough.
func model(words string) Sight {
	return Sight{Package: "test/model", Run: []string{"TestPromises"}, Words: words,
		Args: []string{"-seed=1", "-sequences=2000", "-shrinking=1s"}}
}

// modelled is a sequence that the model plays by its name.
func modelled(sequence, words string) Sight {
	return Sight{Package: "test/model", Run: []string{"TestCases", sequence}, Words: words}
}

// simulation is the one of the Istio objects alone, with caches that are often old.
func simulation(words string) Sight {
	return Sight{Package: "trafficprovider/istio", Run: []string{"TestPromises"}, Words: words,
		Args: []string{"-rapid.seed=1", "-rapid.checks=20000", "-rapid.nofailfile", "-rapid.shrinktime=1s"}}
}
