package mutants

// ofTags break how a request gets its tag and keeps it: at the entry, through the chain, and inside of
// strict groups.
func ofTags() []Mutant {
	return []Mutant{
		{
			Name: "clients-choose-by-baggage", Promise: 1,
			Wrong: "the entry keeps baggage in which a client names a lane, and no filter took that out",
			Edits: []Edit{
				{istio + "baggage.go",
					`			ops.Set[lane.BaggageHeader] = ours(tag)
`,
					`			ops.Set[lane.BaggageHeader] = ours(tag) + ",%REQ(baggage)%"
`},
				{istio + "baggagefilter.go",
					"return plan.Baggage }",
					"return false }"},
			},
			Seen: scenario("staying", "new clients: "),
		},
		{
			Name: "strict-lanes-fall-back", Promise: 2,
			Wrong: "a lane of a strict group that lacks a service has no subset there, so its callers meet the baseline",
			Edits: []Edit{{"lane/mode.go",
				"if s.Group.Mode != Strict {",
				"if s.Group.Mode != \"\" {"}},
			Seen: scenario("strict", "lane s2: its callers are answered 503 by those that it lacks"),
		},
		{
			Name: "ids-are-remembered-only", Promise: 2,
			Wrong: "no filter restores the tag on what an application sends on",
			Edits: []Edit{{istio + "restore.go",
				"		{traceplugin.Out, networkingapi.EnvoyFilter_SIDECAR_OUTBOUND},\n",
				""}},
			Seen: scenario("traced", "requests meet the lanes that rules choose"),
		},
		{
			Name: "ids-own-buckets", Promise: 2,
			Wrong: "the id that an entry stamps is read back as the owner of a client's bucket",
			Edits: []Edit{{istio + "sticky.go",
				" && !strings.HasPrefix(tag, \"%\")",
				""}},
			Seen: scenario("traced", "a client with lane="),
		},
	}
}
