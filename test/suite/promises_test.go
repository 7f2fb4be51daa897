package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/mutants"
)

func TestEveryPromiseIsShownOnce(t *testing.T) {
	scenario := func(promise int, name string) mutants.Mutant {
		return mutants.Mutant{Promise: promise, Seen: mutants.Sight{Package: "test/e2e", Run: []string{"TestScenarios", name}}}
	}
	pieces := []Piece{{"scenarios/mocka", releases, true}, {"scenarios/mockb", releases, false}}
	all := []mutants.Mutant{
		scenario(1, "mocka"), scenario(1, "mockb"), scenario(2, "mockb"), scenario(5, "gone"),
		{Promise: 3, Seen: mutants.Sight{Package: "test/model", Run: []string{"TestPromises"}}},
	}
	assert.Equal(t, []int{2, 5}, unshown(pieces, all))
	pieces[1].Once = true
	assert.Equal(t, []int{5}, unshown(pieces, all))
}
