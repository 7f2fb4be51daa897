package mutants

// ofOthers break promise 4: what is not ours does not stay as it is.
func ofOthers() []Mutant {
	return []Mutant{
		{
			Name: "taken-over-unlabelled", Promise: 4,
			Wrong: "a service is taken over as soon as one pod is the baseline's, although others carry no label of a lane",
			Edits: []Edit{{"lane/takeover.go",
				"if len(blocking) > 0 {",
				"if len(blocking) > 0 && baseline == 0 {"}},
			Seen: scenario("unprepared", "there are DestinationRules of [driven half stray], not of [driven]"),
		},
		{
			Name: "others-do-not-matter", Promise: 4,
			Wrong: "a service is taken over although somebody else's routes hold for it",
			Edits: []Edit{{istio + "foreign/conflicts.go",
				"case f.blocks && !takenOver:",
				"case f.blocks && !f.decides && !takenOver:"}},
			Seen: scenario("foreign-first", "waiting for the subsets [] of mockc"),
		},
		{
			Name: "younger-wins", Promise: 4,
			Wrong: "of two groups that want the same the younger has it",
			Edits: []Edit{{"rolloutwatch/facts/registry.go",
				"byAge(a.Created, a.Name, b.Created, b.Name)",
				"byAge(b.Created, a.Name, a.Created, b.Name)"}},
			Seen: scenario("older-wins", "of group second to say Conflict"),
		},
		{
			Name: "markers-stay", Promise: 4,
			Wrong: "the pods of a service that has left keep our markers",
			Edits: []Edit{{"lane/compute.go",
				"slices.Concat(markerRemovals(s), undoneRelabels(s, verdicts), leavingAnswers(s))",
				"slices.Concat(undoneRelabels(s, verdicts), leavingAnswers(s))"}},
			Seen: scenario("remove-group", "-l lanekeeper.io/lane.canary -o name: pod/"),
		},
	}
}
