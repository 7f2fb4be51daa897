package mutants

// ofTruths break promise 5: what a person sees is not true.
func ofTruths() []Mutant {
	return []Mutant{
		{
			Name: "every-pod-counts-as-ready", Promise: 5,
			Wrong: "a lane's status counts pods as ready that run and are not",
			Edits: []Edit{{"lane/compute.go",
				"if p.Ready {",
				"if !p.Terminating {"}},
			Seen: scenario("never-ready", "waiting for the reason in the lane's status"),
		},
		{
			Name: "others-are-not-named", Promise: 5,
			Wrong: "objects of others that have no effect beside ours are not named",
			Edits: []Edit{{istio + "foreign/conflicts.go",
				"for _, f := range rest[:min(len(rest), maxNamed)] {",
				"for _, f := range deciding {"}},
			Seen: scenario("foreign-objects", "waiting for what has no effect, on a group that is ready"),
		},
	}
}
