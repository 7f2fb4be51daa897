package mutants

import "lanekeeper.io/test/e2e/promise"

// ofTesters break promise 2: who is in a lane misses it, or meets another.
func ofTesters() []Mutant {
	return []Mutant{
		{
			Name: "stamp-of-the-way-in", Promise: 2,
			Wrong: "the entry stamps the subset at which a request enters, and not its lane",
			Edits: []Edit{{istio + "ingressroutes.go",
				"stampTag(plan.Tag, d.Tag, way)",
				"stampTag(plan.Tag, r.subsets[i], way)"}},
			Seen: scenario("mockb", broken(promise.InLane)),
		},
		{
			Name: "entry-without-the-stamp", Promise: 2,
			Wrong: "the entry sends a tester's requests into the lane and does not stamp them, so that later services do not know",
			Edits: []Edit{{istio + "ingressroutes.go",
				"route.Headers, stamped = stamped, nil",
				"stamped = nil"}},
			// The other scenarios' tags are names of lanes, so that they need no stamp.
			Seen: scenario("edited", broken(promise.InLane)),
		},
		{
			Name: "everybodys-route-first", Promise: 2,
			Wrong: "the entry's route for everybody else stands before those of the lanes",
			Edits: []Edit{{"lane/routeorder.go",
				"out = 1",
				"out = -1"}},
			Seen: scenario("mocka", broken(promise.InLane)),
		},
		{
			Name: "lane-ends-with-the-approval", Promise: 2,
			Wrong: "a service leaves the lane when it is approved, and not with its last canary pod",
			Edits: []Edit{{"lane/assign.go",
				"case r.Stage.Undone():",
				"case !r.Stage.Releasing():"}},
			Seen: scenario("mockb", broken(promise.Forward)),
		},
		{
			Name: "undone-version-stays", Promise: 2,
			Wrong: "the pods of an undone version keep their service in the lane",
			Edits: []Edit{{"lane/assign.go",
				"case r.Stage.Undone():",
				"case r.Stage == StageIdle:"}},
			// Kruise takes the pods away within a second, and whoever meets them until
			// then breaks no promise. Here they live on.
			Seen: modelled("an-undone-version-is-not-met", "which is of outside"),
		},
		{
			Name: "undone-version-rejoins", Promise: 2,
			Wrong: "the pods of an undone version are the lane's again when the next one is published",
			Edits: []Edit{{"lane/stage.go",
				`f.Phase == "Healthy" && f.InProgress || !f.Began.IsZero() && created.Before(f.Began.Add(-clockSkew))`,
				`f.Phase == "Healthy" && !f.Began.IsZero() && created.IsZero()`}},
			Seen: modelled("an-undone-version-does-not-rejoin", "whose version was undone"),
		},
		{
			Name: "left-behind-rejoins", Promise: 2,
			Wrong: "a canary that outlived its workload is the lane's again once there is a workload of that name",
			Edits: []Edit{{"rolloutwatch/facts/release.go",
				"return stable.Exists() && older(w, stable), err",
				"return stable.Exists() && older(w, stable) && w.Deleting, err"}},
			Seen: scenario("workloads-gone", broken(promise.Withdraw)),
		},
		{
			Name: "the-first-lane-there-is", Promise: 2,
			Wrong: "a Rollout releases into the first gray lane, whatever label it sets",
			Edits: []Edit{{"lane/target.go",
				"if l, ok := selecting(gray, t.PodLabels); ok {\n\t\treturn l.Name, nil",
				"if len(gray) > 0 {\n\t\treturn gray[0].Name, nil"}},
			Seen: scenario("two-gray-lanes", broken(promise.Another)),
		},
		{
			Name: "marker-missing", Promise: 2,
			Wrong: "a gray subset keeps out the pods of those lanes only that come before it by name, and any list of priorities counts as complete",
			Edits: []Edit{
				{istio + "priorities.go",
					"if other != m.Lane {",
					"if other < m.Lane {"},
				{istio + "priorities.go",
					"return ok && also && of == laneName",
					"return ok || also || of == laneName"},
			},
			// Without the second slip no pod carries a marker that is missing in a list. The
			// pods of two lanes at one service are in no scenario.
			Seen: model("although the baseline has one"),
		},
	}
}
