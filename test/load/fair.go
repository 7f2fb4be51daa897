package load

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// byChance is the probability below which a split counts as unfair.
const byChance = 1e-6

// Unfair says why counts are not those of the weights; empty if they may be.
func Unfair(met, weights map[string]int) string {
	total, sum := 0, 0
	for _, n := range met {
		total += n
	}
	for _, w := range weights {
		sum += w
	}
	square := 0.0
	for _, chain := range slices.Sorted(maps.Keys(met)) {
		if weights[chain] == 0 {
			return fmt.Sprintf("%d requests met %s, which nobody should", met[chain], chain)
		}
	}
	for chain, w := range weights {
		expected := float64(total) * float64(w) / float64(sum)
		square += math.Pow(float64(met[chain])-expected, 2) / expected
	}
	if p := chiSquared(square, len(weights)-1); p < byChance {
		return fmt.Sprintf("%v is not as %v (chi-squared %.1f, p = %.1g)", met, weights, square, p)
	}
	return ""
}

// chiSquared is the probability of at least such a value, by its degrees of freedom: up to
// two, of which closed forms exist.
func chiSquared(square float64, degrees int) float64 {
	switch degrees {
	case 0:
		return 1
	case 1:
		return math.Erfc(math.Sqrt(square / 2))
	case 2:
		return math.Exp(-square / 2)
	}
	panic("more than three shares")
}
