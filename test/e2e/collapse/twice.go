package collapse

import "lanekeeper.io/test/load"

// AtMostTwice plays with a load that fits into what the machine carries. Where that
// explains, and not the product, all that went wrong, it says so, and is played once more
// with half the load; what comes of that counts, whatever explains it.
func AtMostTwice[T any](carries load.Capacity, play func(load.Capacity) (came T, explained string), again func(came T, explained string)) T {
	came, explained := play(carries)
	if explained == "" {
		return came
	}
	again(came, explained)
	came, _ = play(carries / 2)
	return came
}
