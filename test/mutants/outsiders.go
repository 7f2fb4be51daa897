package mutants

import "lanekeeper.io/test/e2e/promise"

// ofOutsiders break promise 1: who is not in a lane meets it, or what nobody approved.
func ofOutsiders() []Mutant {
	return []Mutant{
		{
			Name: "the-templates-word", Promise: 1,
			Wrong: "a canary pod is what its template's label says, and not what its Rollout says",
			Edits: []Edit{
				{"lane/assign.go",
					"case r != nil && p.Owner.Canary:",
					"case r != nil && p.Owner.Canary && r.Lane == \"\":"},
				{"lane/assign.go",
					"case r != nil:\n\t\treturn Verdict{Kind: KindBaseline",
					"case r != nil && !p.Owner.Canary:\n\t\treturn Verdict{Kind: KindBaseline"},
			},
			Seen: scenario("webhook-stamps", broken(promise.Outside)),
		},
		{
			Name: "baseline-label-stays", Promise: 1,
			Wrong: "a canary pod without a lane is marked as an outsider and keeps the baseline's label",
			Edits: []Edit{{"lane/assign.go",
				"v.Change = outsideLabels(g, service, p.Owner.Locked, p.Labels)",
				"v.Change = change(p.Labels, map[string]string{apiv1.LabelOutside: apiv1.MarkerValue})"}},
			Seen: scenario("no-lane", broken(promise.Outside)),
		},
		{
			Name: "unready-pods-count", Promise: 1,
			Wrong: "pods that are not ready count in the ranks, so that requests spill over into the next one",
			Edits: []Edit{{istio + "priorities.go",
				"MinHealthPercent:         1,",
				""}},
			// It lasts while the approved version's first pod starts.
			Seen: scenario("foreign-route", broken(promise.Outside)),
		},
		{
			Name: "baseline-has-no-rank", Promise: 1,
			Wrong: "requests by a route that names no subset are spread over all pods",
			Edits: []Edit{{istio + "priorities.go",
				"LoadBalancer:     ranked(selectorEntries(baseline.Selector)),",
				""}},
			Seen: scenario("foreign-route", broken(promise.Outside)),
		},
		{
			Name: "webhook-stamps-nobody", Promise: 1,
			Wrong: "the webhook decides about a pod and lets it pass as it came",
			Edits: []Edit{{"webhook/pods.go",
				"return admission.Patched(\"\", labelPatch(pod.Labels, st.change)...)",
				"return admission.Allowed(\"\")"}},
			// The controllers label the pod before it is ready.
			Seen: server("webhook", "TestPodAdmission", "a labelled pod gets the labels of its lane"),
		},
	}
}
