package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
	"lanekeeper.io/test/load"
)

// ofLanes are stories of releases into other lanes than the samples', or into none.
var ofLanes = []scenario.Scenario{
	// Nobody of one lane may meet a pod of the other, wherever in the chain it is.
	{Name: "two-gray-lanes", Once: true, Aside: true, Streams: []load.Stream{
		{Name: blue, Path: "/mock", Tag: blue, Rate: 100},
	}, Steps: []scenario.Step{
		steps.TagsOfNobody(blue), steps.AddLane(blue),
		// canary meets new, old, new; blue old, new, old.
		steps.ReleaseInto(blue, "mockb"),
		steps.Publish("mocka", "mockb", "mockc"), steps.InLane("mocka", "mockc"), steps.InLaneOf(blue, "mockb"),
		steps.Undo("mocka"), steps.Approve("mockb"), steps.Released("mocka"), steps.Released("mockb"),
		steps.Approve("mockc"), steps.Rest(),
		// Each where the other was, and blue is undone this time.
		steps.ReleaseAsBefore("mockb"), steps.ReleaseInto(blue, "mocka"),
		steps.Publish("mocka", "mockb"), steps.InLane("mockb"), steps.InLaneOf(blue, "mocka"),
		steps.Undo("mocka"), steps.Approve("mockb"), steps.Rest(),
		steps.ReleaseAsBefore("mocka"), steps.RemoveOtherLane(blue),
	}},
	byWeight(), staying(), strict(), traced(), languages(), talking(), worlds(), ten(),
	kinds("deployment-partition", 2), kinds("deployment-bluegreen", 3), kinds("statefulset", 2),
	// The workload's pod template carries the baseline's label, as most do. The
	// streams show that nobody meets its version.
	{Name: "no-lane", Aside: true, Steps: []scenario.Step{
		steps.TagsOfNobody(cluster.Lane),
		steps.LeaveTheLabelToTheWebhook(), steps.NameNoLane("mockb"),
		steps.Publish("mockb"), steps.CanaryReady("mockb"), steps.ServesNobody("mockb"),
		steps.ReplaceCanary("mockb"), steps.Wait(5 * time.Second), steps.ServesNobody("mockb"),
		steps.Undo("mockb"), steps.Rest(),
	}},
}

// blue is a second lane, with a tag and a label of that name.
const blue = "blue"

// byWeight shares requests out over the lanes of the second sample, and over what becomes of
// them.
func byWeight() scenario.Scenario {
	s := &steps.Shares{}
	return scenario.Scenario{Name: "by-weight", Aside: true, Streams: steps.SharesStreams, Check: s.Check, Steps: []scenario.Step{
		s.Deploy(), s.Says("s1 60 %, s2 20 %, s3 20 %; shares/a is not in lane s3: the share carries the tag, and meets lane s1 there"),
		s.Split(10_000, steps.Weights{"s1": 60, "s2": 20, "s3": 20}),
		s.Weigh("s1", 30), s.Says("s1 42.86 %, s2 28.57 %, s3 28.57 % (the weights sum to 70, and are relative); shares/a is not in lane s3: the share carries the tag, and meets lane s1 there"),
		s.Split(2_000, steps.Weights{"s1": 30, "s2": 20, "s3": 20}),
		s.Edit("lane s3 goes", "delete", "asmswimlane", "s3", "--timeout=120s"), s.Says("s1 60 %, s2 40 % (the weights sum to 50, and are relative)"),
		s.Split(2_000, steps.Weights{"s1": 30, "s2": 20}),
		s.Edit("lane s3 comes back", "apply", "-f", steps.SharesLanes), s.Says("s1 60 %, s2 20 %, s3 20 %; shares/a is not in lane s3: the share carries the tag, and meets lane s1 there"),
		s.Split(2_000, steps.Weights{"s1": 60, "s2": 20, "s3": 20}),
		s.Edit("lane s2 is emptied", "scale", "deployment/a-v2", "deployment/c-v2", "--replicas=0"),
		s.Says("s1 60 %, s2 20 %, s3 20 %; shares/a is not in lane s2, s3: the share carries the tag, and meets lane s1 there"),
		s.Split(2_000, steps.Weights{"s1": 60, "s2": 20, "s3": 20}, "s2"),
		s.Weigh("s1", 0), s.Weigh("s3", 0), s.Weigh("s2", 0), s.Says("no lane has a weight, so that all requests enter lane s1, the baseline"),
		s.Split(500, steps.Weights{"s1": 1}), s.Explained(100),
		s.Edit("lane s2 has pods again", "scale", "deployment/a-v2", "deployment/c-v2", "--replicas=1"), s.Await(),
		s.ByRules(), s.Says("3 routes on Gateway istio-system/ingressgateway"),
		s.Choose(
			steps.Asked{Method: "GET", Lane: "s1"}, steps.Asked{Method: "GET", Query: "beta=2", Cookie: "user=peter", Lane: "s1"},
			steps.Asked{Method: "GET", Cookie: "a=1; user=jason; b=2", Lane: "s2"}, steps.Asked{Method: "POST", Cookie: "user=jason", Query: "beta=1", Lane: "s2"},
			steps.Asked{Method: "GET", Query: "a=b&beta=1", Lane: "s3"}, steps.Asked{Method: "POST", Query: "beta=1", Lane: "s1"},
			steps.Asked{Method: "GET", Query: "beta=1", Cookie: "user=jason", Lane: "s3"}, // who asks for more
		),
		s.Explained(500),
	}}
}

// staying keeps clients in their lane while weights change.
func staying() scenario.Scenario {
	s := &steps.Shares{}
	return scenario.Scenario{Name: "staying", Aside: true, Streams: steps.SharesStreams, Check: s.Check, Steps: []scenario.Step{
		s.Deploy(), s.InBaggage(), s.Edit("let clients stay", "annotate", "asmswimlanegroup", "shares", "lanekeeper.io/sticky-cookie=lane; Max-Age=3600"),
		s.Weigh("s1", 70), s.Weigh("s2", 10), s.Says("s1 70 %, s2 10 %, s3 20 %; clients stay in their lane by the cookie lane; shares/a is not in lane s3: the share carries the tag, and meets lane s1 there"),
		s.Arrive(2000, steps.Weights{"s1": 70, "s2": 10, "s3": 20}), s.Return("", "", 0),
		s.Split(2_000, steps.Weights{"s1": 70, "s2": 10, "s3": 20}),
		s.Weigh("s1", 60), s.Weigh("s2", 20), s.Says("s1 60 %, s2 20 %, s3 20 %; clients stay in their lane by the cookie lane; shares/a is not in lane s3: the share carries the tag, and meets lane s1 there"),
		s.Return("s1", "s2", 10), s.Return("", "", 0),
	}}
}

// Who asks for which lane, where rules choose it.
var (
	everybody = steps.Asked{Method: "GET", Lane: "s1"}
	jason     = steps.Asked{Method: "GET", Cookie: "user=jason", Lane: "s2"}
	beta      = steps.Asked{Method: "GET", Query: "beta=1", Lane: "s3"}
)

// strict makes each lane a whole chain, inside of which nothing is passed on.
func strict() scenario.Scenario {
	s := &steps.Shares{}
	whole := jason
	whole.Lane = "s2, whole"
	return scenario.Scenario{Name: "strict", Aside: true, Streams: steps.SharesStreams, Check: s.Check, Steps: []scenario.Step{
		s.Deploy(), s.ByRules(), s.Says("3 routes on Gateway istio-system/ingressgateway"), s.Choose(everybody, jason, beta),
		s.Mode(false, `"s1"`), s.LaneSays("s2", "its callers are answered 503 by those that it lacks: shares/b"), s.LaneWarns("s3", "sends its requests to shares/a, which is not in the lane, and they are answered 503"),
		s.PassOn("x-nothing"), s.Choose(everybody), s.Refuses(jason), s.Refuses(beta), s.Stranger(), s.StrangerMeets("v1"),
		s.Edit("lane s2 gets what it lacks", "apply", "-f", steps.SharesWhole), s.Await(), s.LaneSays("s2", "the lane is served by 3 services"),
		s.Choose(everybody, whole), s.Refuses(beta),
		s.Edit("lane s2 loses it", "delete", "deployment", "b-v2", "--timeout=60s"), s.LaneSays("s2", "those that it lacks: shares/b"), s.Refuses(jason),
		s.PassOn("x-asm-prefer-tag"), s.Mode(true, "null"), s.LaneSays("s2", "the lane is served by 2 services"),
		s.Choose(everybody, jason, beta),
		s.Mode(false, "null"), s.LaneSays("s2", "its callers are answered 503 by those that it lacks: shares/b"), s.GroupSays("callers of no lane meet all versions"),
		s.PassOn("x-nothing"), s.Choose(everybody), s.Refuses(jason), s.Refuses(beta), s.StrangerMeets("v1", "v2"),
		s.Mode(false, `"s1"`), s.LaneSays("s1", "served by 3 services"), s.Choose(everybody), s.Refuses(jason), s.StrangerMeets("v1"),
		s.Mode(false, "null"), s.GroupSays("callers of no lane meet all versions"), s.Choose(everybody), s.StrangerMeets("v1", "v2"),
		s.PassOn("x-asm-prefer-tag"), s.Mode(true, "null"), s.LaneSays("s2", "the lane is served by 2 services"), s.Choose(everybody, jason, beta), s.StrangerMeets("v1"),
	}}
}

// traced lets the applications pass on an id and nothing else.
func traced() scenario.Scenario {
	s := &steps.Shares{}
	own := jason
	own.ID = "an id of the client's own"
	return scenario.Scenario{Name: "traced", Aside: true, Streams: steps.SharesStreams, Check: s.Check, Steps: []scenario.Step{
		s.Deploy(), s.ByRules(), s.Says("3 routes on Gateway istio-system/ingressgateway"), s.Traced(),
		s.Choose(everybody, jason, beta, own), s.Explained(200),
		s.Ambiguous(jason, everybody, "a:v2 > b:v1 > c:v1"), s.Choose(everybody, jason, beta, own),
		s.Edit("lanes share out again", "apply", "-f", steps.SharesLanes), s.Says("s1 60 %, s2 20 %, s3 20 %"), s.Traced(),
		s.Split(1_000, steps.Weights{"s1": 60, "s2": 20, "s3": 20}),
		s.Edit("let clients stay", "annotate", "asmswimlanegroup", "shares", "lanekeeper.io/sticky-cookie=lane; Max-Age=3600"),
		s.Says("s1 60 %, s2 20 %, s3 20 %; clients stay in their lane by the cookie lane"),
		s.Arrive(500, steps.Weights{"s1": 60, "s2": 20, "s3": 20}), s.Return("", "", 0), s.Return("", "", 0),
	}}
}

// languages lets agents pass the tag on, in applications that pass on nothing.
func languages() scenario.Scenario {
	s := &steps.Shares{}
	return scenario.Scenario{Name: "languages", Aside: true, Streams: steps.SharesStreams, Check: s.Check, Steps: []scenario.Step{
		s.Operator(), s.DeployInLanguages(), s.Says("s1 60 %, s2 20 %, s3 20 %"),
		s.Split(1_000, steps.Weights{"s1": 60, "s2": 20, "s3": 20}),
		s.Edit("let clients stay", "annotate", "asmswimlanegroup", "shares", "lanekeeper.io/sticky-cookie=lane; Max-Age=3600"),
		s.Says("s1 60 %, s2 20 %, s3 20 %; clients stay in their lane by the cookie lane"),
		s.Arrive(500, steps.Weights{"s1": 60, "s2": 20, "s3": 20}), s.Return("", "", 0),
	}}
}

// talking releases a service while requests, streams and sockets are open: each stays where it began.
func talking() scenario.Scenario {
	t := &steps.Talk{}
	return scenario.Scenario{Name: "talking", Aside: true, Steps: []scenario.Step{
		t.Deploy(), t.Hear("v1", "v1"),
		t.Publish("2.0"), t.Hear("v1", "v2"),
		t.Begin(), t.Approve(), t.End([]string{"v1", "v2"}, []string{"v2"}), t.Hear("v2", "v2"),
		t.Publish("3.0"), t.Hear("v2", "v3"),
		t.Begin(), t.Undo(), t.End([]string{"v2"}, []string{"v3", "v2"}), t.Hear("v2", "v2"),
	}}
}

// worlds holds Envoy against what is explained, in twenty worlds drawn at random.
func worlds() scenario.Scenario {
	w := &steps.Worlds{Beside: 2, Seed: *seed}
	return scenario.Scenario{Name: "worlds", Aside: true, Steps: []scenario.Step{
		w.Deploy(), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30), w.Draw(30),
	}}
}

// ten keeps ten lanes of one service apart, deep in a chain of ten, whatever becomes of their pods.
func ten() scenario.Scenario {
	t := &steps.Ten{}
	return scenario.Scenario{Name: "ten", Aside: true, Streams: steps.TenStreams, Check: t.Check, Steps: []scenario.Step{
		t.Deploy(), t.Scale(0, 2, 5), t.Replace(1, 3), t.Kill(4, 6), t.Scale(1, 2, 5),
		t.Kill(1, 2, 3, 7, 8, 9, 10), t.Kill(1, 2, 3, 7, 8, 9, 10), t.Kill(1, 2, 3, 7, 8, 9, 10),
	}}
}

// kinds releases a workload in itself, in one of the kinds and styles, and undoes another version in its
// lane; after the approval of the last step but one, or of the last one, everybody meets the new version.
func kinds(of string, promotes int32) scenario.Scenario {
	k := &steps.Kinds{Case: of}
	out := []scenario.Step{k.Deploy(), k.Publish()}
	for step := int32(1); step <= promotes; step++ {
		out = append(out, k.Approve(step, step == promotes))
	}
	out = append(out, k.Healthy(), k.Publish(), k.Undo(), k.Publish(), k.Approve(1, false), k.Undo())
	return scenario.Scenario{Name: of, Aside: true, Streams: k.Streams(), Check: k.Check, Steps: out}
}
