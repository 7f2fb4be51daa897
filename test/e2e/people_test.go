package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
	"lanekeeper.io/test/load"
)

// ofPeople are the stories of what people do besides approving and undoing: to
// Rollouts and workloads, to workloads that nobody prepared, to the group and its
// lanes, and to our objects.
var ofPeople = []scenario.Scenario{
	{Name: "rollouts-stopped", Aside: true, Steps: []scenario.Step{
		steps.Publish("mocka", "mockb", "mockc"), steps.InLane("mocka", "mockb", "mockc"),
		steps.Pause("mocka"), steps.Disable("mockb"), steps.DeleteRollout("mockc"), steps.Wait(5 * time.Second),
		steps.Resume("mocka"), steps.Approve("mocka"),
		steps.Enable("mockb"), steps.RestoreRollouts(), steps.Rest(),
	}},
	{Name: "second-thoughts", Aside: true, Steps: []scenario.Step{
		steps.PublishAndUndoBeforeItsPods("mocka"), steps.Publish("mockb"), steps.InLane("mocka", "mockb"),
		steps.LoseApproval("mockb"), steps.Approve("mocka", "mockb"), steps.Rest(),
		steps.UndoThePromotion("mockb"), steps.InLane("mockb"),
		steps.PublishNew("mockb"), steps.InLane("mockb"), steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "workloads-gone", Aside: true, Steps: []scenario.Step{
		steps.Publish("mocka", "mockb", "mockc"), steps.InLane("mocka", "mockb", "mockc"),
		steps.ScaleToZeroAndBack("mocka", 3*time.Second),
		steps.DeleteCanary("mockb"), steps.SaysWhyNotReady("mockb", 0),
		steps.DeleteWorkloadAndBringItBack("mockc"), steps.Wait(promise.UndoGrace), steps.RemoveLeftovers("mockc"),
		steps.Undo("mockb"), steps.Pause("mocka"), steps.UndoWhilePaused("mocka", 3*time.Second), steps.Rest(),
	}},
	{Name: "edited", Once: true, Aside: true, Streams: []load.Stream{
		{Name: "renamed", Path: "/mock", Tag: blue, Rate: 40},
		{Name: "tester", Path: "/mock", Tag: tester, Rate: 40},
	}, Steps: []scenario.Step{
		steps.TagsOfNobody(blue, tester),
		steps.Publish("mocka", "mockb"), steps.InLane("mocka", "mockb"), // mocka is the entry
		steps.RemoveService("mockc"), steps.RemoveEntryService(),
		steps.AddAndRemoveRule(tester), steps.ChangeRouteHeader(), steps.ChangeRouteHeaderBack(),
		steps.RenameLane(blue), steps.RenameLaneBack(blue),
		steps.DeleteBaselineLane(), steps.EditInvalidly(),
		steps.Approve("mocka", "mockb"), steps.Rest(),
	}},
	{Name: "refused-edits", Aside: true, Steps: []scenario.Step{
		steps.Publish("mocka"), steps.InLane("mocka"),
		steps.GroupRefuses("a header's value that proxies do not read", `{"defaultHttpRoutePatch": {"headers": {"request": {"set": {"x-note": "100% sure"}}}}}`, "headers.request.set[x-note]"),
		steps.GroupRefuses("a command that they do not know", `{"defaultHttpRoutePatch": {"headers": {"response": {"add": {"x-env": "%ENV%"}}}}}`, "headers.response.add[x-env]"),
		steps.GroupRefuses("an expression of RE2's not", `{"defaultHttpRoutePatch": {"corsPolicy": {"allowOrigins": [{"regex": "(?!evil).*"}]}}}`, "is no regular expression in RE2 syntax"),
		steps.GroupRefuses("a class that Go alone knows", `{"defaultHttpRoutePatch": {"corsPolicy": {"allowOrigins": [{"regex": "\\p{Letter}+"}]}}}`, "a class of characters that proxies do not know"),
		steps.GroupRefuses("a negative time", `{"defaultTrafficPolicyPatch": {"loadBalancer": {"consistentHash": {"httpCookie": {"name": "c", "ttl": "-3s"}}}}}`, "loadBalancer.consistentHash.httpCookie.ttl"),
		steps.GroupRefuses("a negative number", `{"defaultTrafficPolicyPatch": {"connectionPool": {"tcp": {"maxConnections": -1}}}}`, "connectionPool.tcp.maxConnections"),
		steps.GroupRefuses("what Istio alone knows to be wrong", `{"defaultHttpRoutePatch": {"corsPolicy": {"allowMethods": ["NONE"]}}}`, "the mesh does not take what the defaultHttpRoutePatch"),
		steps.LaneRefuses("a rule with an expression of RE2's not", "canary", `[{"name": "r", "online": true, "match": {"headers": {"user-agent": {"regex": "^(?!curl).*$"}}}, "route": {"destination": {"host": "mocka.default.svc.cluster.local"}}}]`, "is no regular expression in RE2 syntax"),
		steps.LaneRefuses("a rule with such a class", "canary", `[{"name": "r", "online": true, "match": {"uri": {"regex": "\\p{Letter}+"}}, "route": {"destination": {"host": "mocka.default.svc.cluster.local"}}}]`, "a class of characters that proxies do not know"),
		steps.LaneRefuses("a rule for what is no path", "canary", `[{"name": "r", "online": true, "match": {"uri": {"exact": "mock"}}, "route": {"destination": {"host": "mocka.default.svc.cluster.local"}}}]`, "a path begins with /"),
		steps.LaneRefuses("a rule to a port that is not there", "canary", `[{"name": "r", "online": true, "route": {"destination": {"host": "mocka.default.svc.cluster.local", "portNum": 80}}}]`, "goes to port 80 of Service default/mocka"),
		steps.Undo("mocka"), steps.Rest(),
	}},
	{Name: "drifted", Aside: true, Steps: drifted()},
	{Name: "unprepared", Once: true, Aside: true, Streams: unprepared.Streams(), Check: unprepared.Check, Steps: []scenario.Step{
		unprepared.Deploy(), unprepared.Group(), unprepared.Waits(), unprepared.Label(), unprepared.TakenOver(),
	}},
}

// tester is a tag of no lane that a rule sends into one.
const tester = "tester"

var unprepared = &steps.Unprepared{}

// drifted has our objects edited, deleted and restored by hand while mocka, which is
// the entry, and mockb are in their lane.
func drifted() []scenario.Step {
	backups := &steps.Backups{}
	return []scenario.Step{
		backups.Take("at rest"),
		steps.Publish("mocka", "mockb"), steps.InLane("mocka", "mockb"),
		steps.Decorate(), steps.Strip(),
		steps.MisrouteService("mockb"), steps.TakeSubsetOut("mockb"), steps.DeleteRule("mockb"), steps.DeleteRoutes("mockb"), steps.DeleteEntry(),
		steps.TakeOver("mockb"),
		backups.Insist("at rest", "mockb", 20),
		backups.Take("in mid-release"),
		backups.Restore("at rest", steps.LaneRouted("mocka", "mockb")),
		steps.Approve("mocka", "mockb"), steps.Rest(),
		backups.Restore("in mid-release", steps.Rest()),
	}
}
