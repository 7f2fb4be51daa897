package mutants

import "lanekeeper.io/test/e2e/promise"

// ofLosses break promise 3: somebody gets an error because lanes change.
func ofLosses() []Mutant {
	return []Mutant{
		{
			Name: "route-named-before-its-settle", Promise: 3,
			Wrong: "a route names a subset as soon as it is defined",
			Edits: []Edit{{"lane/settle.go",
				"return s.Defined && !now.Before(s.NamedAfter)",
				"return s.Defined"}},
			Seen: model("and not the subset"),
		},
		{
			Name: "subset-goes-with-its-route", Promise: 3,
			Wrong: "a subset is removed in the step that takes its last route away",
			Edits: []Edit{{"lane/settle.go",
				"s.Routed, s.RemovedAfter = false, time.Time{}\n\t\treturn s, 0",
				"return Subset{RoutedByIngress: s.RoutedByIngress}, 0"}},
			Seen: model("and not the subset"),
		},
		{
			Name: "rule-goes-before-its-routes", Promise: 3,
			Wrong: "a service that is given up loses its DestinationRule first, and then the routes that name its subsets",
			Edits: []Edit{{istio + "translate.go",
				"if l.routes != nil {\n\t\treturn trafficprovider.Step{\n\t\t\tWrites: starting(",
				"if l.rule != nil {\n\t\treturn trafficprovider.Step{Writes: remove(nil, l.rule, why), Phase: trafficprovider.Advancing}\n\t}\n" +
					"\tif l.routes != nil {\n\t\treturn trafficprovider.Step{\n\t\t\tWrites: starting("}},
			Seen: model("and not the subset"),
		},
		{
			Name: "removal-from-the-cache", Promise: 3,
			Wrong: "a removal is decided from what the cache says",
			Edits: []Edit{{"trafficprovider/applier.go",
				"live, err := a.Provider.Live(ctx, a.Reader, plan.Group, plan.Service)",
				"live, err := a.Provider.Live(ctx, a.Client, plan.Group, plan.Service)"}},
			Seen: simulation("after its last route"),
		},
		{
			Name: "no-fallback", Promise: 3,
			Wrong: "a gray subset has the lane's pods only, so that nobody answers while none of them is ready",
			Edits: []Edit{{istio + "destinationrule.go",
				"return &networkingapi.Subset{Name: m.Lane, TrafficPolicy: policy}, err",
				"return &networkingapi.Subset{Name: m.Lane, Labels: m.Selector, TrafficPolicy: policy}, err"}},
			Seen: scenario("never-ready", broken(promise.Whole)),
		},
		{
			Name: "pods-before-routes", Promise: 3,
			Wrong: "the pods of a baseline that moves are relabelled before its routes move",
			Edits: []Edit{{"lane/baselinemove.go",
				"serves && from.Name != to.Name && disjoint(",
				"serves && from.Name == \"\" && disjoint("}},
			Seen: scenario("baseline-moves", broken(promise.Whole)),
		},
	}
}
