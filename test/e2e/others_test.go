package e2e

import (
	"slices"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
)

// manifests has what others apply.
const manifests = "test/e2e/manifests/"

// ofOthers are stories of releases beside routes, rules and clients that are not ours.
var ofOthers = []scenario.Scenario{
	{Name: "foreign-route", Once: true, Streams: steps.ForeignStreams, Check: steps.ForeignEntry, Steps: []scenario.Step{
		steps.AddForeignRoute(),
		steps.Publish("mocka", "mockb"), steps.InLane("mocka", "mockb"),
		steps.Approve("mocka", "mockb"), steps.Rest(),
	}},
	{Name: "strip-tags", Aside: true, Streams: steps.ForeignStreams, Check: steps.ForeignEntry, Steps: []scenario.Step{
		steps.AddForeignRoute(),
		steps.Publish("mockb"), steps.InLane("mockb"), steps.TagsGetIn("mockb", true),
		steps.GroupSays("by which route tags get in", lanev1.ConditionIngressProgrammed, "True", "clients can choose a lane by sending the header x-asm-prefer-tag"),
		steps.StripTags(true), steps.TagsGetIn("mockb", false),
		steps.GroupSays("nothing of tags any more", lanev1.ConditionIngressProgrammed, "True"),
		steps.StripTags(false), steps.TagsGetIn("mockb", true),
		steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "foreign-objects", Steps: othersComeAndGo()},
	{Name: "foreign-first", Once: true, Aside: true, Steps: theirsFirst()},
	{Name: "clients-elsewhere", Streams: steps.ElsewhereStreams, Check: steps.NotElsewhere, Aside: true, Steps: clientsElsewhere()},
	{Name: "second-port", Steps: []scenario.Step{
		steps.Publish("mocka"), steps.InLane("mocka"),
		steps.AddPort("mocka", 9000), steps.Wait(2 * cluster.Settle),
		steps.GroupSays("that all is well", lanev1.ConditionReady, "True"),
		steps.Apply(manifests + "twin.yaml"),
		steps.GroupSays("who goes past the lanes", lanev1.ConditionReady, "True", "default/users-twin, in no group, selects its pods too"),
		steps.TakeAway(manifests + "twin.yaml"),
		steps.Approve("mocka"), steps.Rest(),
	}},
	{Name: "tcp-port", Aside: true, Steps: []scenario.Step{
		steps.TagsOfNobody(cluster.Lane),
		steps.NamePort("mockc", "tcp-web", "mockb"),
		steps.GroupSays("which port follows no lane", lanev1.ConditionReady, "True", "default/mockc: the Service is in no lane", "requests to port 8000 (name tcp-web) follow no lane"),
		steps.Wait(cluster.Settle),
		steps.Publish("mockc"), steps.CanaryReady("mockc"), steps.Wait(2 * cluster.Settle),
		steps.Approve("mockc"), steps.Rest(),
	}},
	{Name: "baseline-moves", Aside: true, Steps: []scenario.Step{
		steps.AddLane("prod"),
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.MoveBaseline("prod"), steps.MoveBaseline(cluster.Base),
		steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "baseline-into-release", Aside: true, Steps: []scenario.Step{
		steps.Publish("mocka", "mockb", "mockc"), steps.InLane("mocka", "mockb", "mockc"),
		steps.MoveBaselineInto(), steps.MoveBaselineOut("mocka", "mockb", "mockc"),
		steps.Approve("mocka", "mockb", "mockc"), steps.Rest(),
	}},
	badCanaries(),
	slowBaseline(),
	zones(),
	{Name: "gateway-api", Streams: steps.ElsewhereStreams, Check: steps.NotElsewhere, Aside: true, Steps: gatewayAPI()},
	{Name: "private-mesh", Streams: steps.ElsewhereStreams, Check: steps.NotElsewhere, Aside: true, Steps: []scenario.Step{
		steps.Apply(manifests + "elsewhere/client.yaml"),
		steps.MeshConfig(`defaultDestinationRuleExportTo: ["."]` + "\n" + `defaultVirtualServiceExportTo: ["."]`),
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.ElsewhereFollowsLanes(),
		steps.Approve("mockb"), steps.Rest(),
	}},
}

// gatewayAPI has routes of the Gateway API take the place of ours. Its CRDs come while the
// managers run.
func gatewayAPI() []scenario.Step {
	const routes, consumer = manifests + "gateway-api/route.yaml", manifests + "gateway-api/consumer.yaml"
	return []scenario.Step{
		steps.Apply(manifests + "elsewhere/client.yaml"),
		steps.Publish("mockb"), steps.InLane("mockb"), steps.ElsewhereFollowsLanes(),
		steps.EditServices("take mockc out of the group", "mockc"), steps.SubsetsAre("mockc"),
		// Managers look at each kind from when they have seen its CRD.
		steps.InstallGatewayAPI(),
		steps.Apply(consumer), steps.ElsewhereMissesLanes(),
		steps.GroupSays("who decides for clients that are not the group's", lanev1.ConditionReady, "True",
			"HTTPRoute shop/users-mockb (parent Service mockb) holds instead of ours for clients in namespace shop"),
		steps.TakeAway(consumer), steps.ElsewhereFollowsLanes(),
		steps.Apply(routes),
		steps.GroupSays("who decides for mocka", lanev1.ConditionReady, "False", "GRPCRoute default/users-mocka"),
		steps.EditServices("add mockc again", ""),
		steps.GroupSays("who keeps us out, and who decides", lanev1.ConditionReady, "False",
			"HTTPRoute default/users-mockc (parent Service mockc) takes the place of ours", "GRPCRoute default/users-mocka"),
		steps.Wait(2 * cluster.Settle), steps.SubsetsAre("mockc"),
		steps.TakeAway(routes), steps.SubsetsAre("mockc", cluster.Base),
		steps.GroupSays("nothing of others any more", lanev1.ConditionReady, "True"),
		steps.Apply(routes),
		steps.GroupSays("who decides", lanev1.ConditionReady, "False", "HTTPRoute default/users-mockc"),
		steps.TakeAway(routes),
		steps.GroupSays("nothing of others any more", lanev1.ConditionReady, "True"),
		steps.Approve("mockb"), steps.Rest(),
	}
}

// zones keeps requests in the client's zone, the baseline's and those of a lane. Istio's own
// way of doing so sends unready pods, too, so the Service has to give it up first.
func zones() scenario.Scenario {
	var z steps.Zones
	all := []string{"v1", "v2"}
	return scenario.Scenario{Name: "zones", Aside: true, Streams: steps.ZonesStreams, Check: z.Check, Steps: []scenario.Step{
		z.Deploy(), z.StaysOut("spec.trafficDistribution: unset it"),
		z.Meet([]string{"v1", "v3"}, []string{"v1", "v3"}), // as without a group
		z.Change("keep requests near another way", "patch", "asmswimlanegroup", "zones", "--type=merge", "-p",
			`{"spec": {"defaultTrafficPolicyPatch": {"loadBalancer": {"localityLbSetting": {"failoverPriority": ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]}}}}}`),
		z.Change("unset trafficDistribution", "patch", "service", "near", "--type=merge", "-p", `{"spec": {"trafficDistribution": null}}`),
		z.TakenOver(),
		z.Change("begin a pod of the lane that never gets ready", "scale", "deployment/near-v5", "--replicas=1"),
		z.Meet([]string{"v1"}, []string{"v3"}),
		z.Scale("v3", 0), z.Meet([]string{"v1"}, []string{"v4"}), // of the lane before those near
		z.Scale("v4", 0), z.Meet([]string{"v1"}, all), // what a lane falls back to is one rank
		z.Scale("v3", 1), z.Scale("v1", 0), z.Meet([]string{"v2"}, []string{"v3"}),
		z.Change("annotate the namespace", "annotate", "namespace", "zones", "networking.istio.io/traffic-distribution=PreferClose"),
		z.StaysOut("of its namespace: set it to Any on the Service"),
		z.Meet([]string{"v2"}, []string{"v2", "v3"}), // v5 is not ready, and so takes requests out of the lane
		z.Change("as it says", "annotate", "service", "near", "networking.istio.io/traffic-distribution=Any"),
		z.TakenOver(), z.Meet([]string{"v2"}, []string{"v3"}),
	}}
}

// badCanaries are met by their testers every time, whatever they do.
func badCanaries() scenario.Scenario {
	const enough = 1000
	// As the baseline answers everybody else in time on a machine that is busy, and fewer
	// requests are open than a stream may have.
	const timeOut = 3 * time.Second
	slow, resetting := &steps.Outcome{Words: "504"}, &steps.Outcome{Words: "503"}
	publish := func(fault cluster.Fault, o *steps.Outcome) []scenario.Step {
		return []scenario.Step{
			o.Begins(), steps.PublishAs(fault, "mockb"), steps.InLane("mockb"), o.IsMet(enough),
			steps.Undo("mockb"), steps.Rest(), o.Ends(),
		}
	}
	return scenario.Scenario{
		Name: "bad-canaries", Aside: true, Check: steps.Expected(slow, resetting),
		Steps: slices.Concat([]scenario.Step{steps.TimeOut("mockb", timeOut)}, publish(cluster.Slow, slow), publish(cluster.Resetting, resetting)),
	}
}

// slowBaseline is everybody's, also of those whose lane has no pod: no other lane answers
// in its place.
func slowBaseline() scenario.Scenario {
	slow := &steps.Outcome{Words: "504", Everybody: true}
	return scenario.Scenario{Name: "slow-baseline", Aside: true, Check: steps.Expected(slow), Steps: []scenario.Step{
		steps.TimeOut("mockc", 3*time.Second),
		steps.Apply(manifests + "other-lane.yaml"), steps.LaneHas("other", "mockc"),
		// The lane has to be one of mockc's without a pod that is ready there.
		steps.PublishAs(cluster.Broken, "mockc"), steps.SaysWhyNotReady("mockc", 1), steps.Wait(2 * cluster.Settle),
		slow.Begins(), steps.Hang("mockc", 10*time.Second), slow.Ends(),
		steps.TakeAway(manifests + "other-lane.yaml"),
		steps.Undo("mockc"), steps.Rest(),
	}}
}

// foreignClient hides ours from clients of a namespace that is not of the group.
const foreignClient = manifests + "foreign-client.yaml"

// othersComeAndGo lets others apply their objects in mid-release. The streams
// judge whether that moves a request; here it is about what is said.
func othersComeAndGo() []scenario.Step {
	const foreignObjects = manifests + "foreign-objects.yaml" // without effect beside ours
	const foreignSidecar = manifests + "foreign-sidecar.yaml"
	return []scenario.Step{
		steps.Publish("mocka", "mockb"), steps.InLane("mocka", "mockb"),
		steps.Apply(foreignObjects),
		steps.GroupSays("what has no effect, on a group that is ready", lanev1.ConditionReady, "True",
			"VirtualService default/users-mockb", "DestinationRule default/users-mockb",
			"VirtualService shop/users-wide", "DestinationRule istio-system/users-wide"),
		steps.GroupSays("what comes behind the entry", lanev1.ConditionIngressProgrammed, "True", "VirtualService default/users-front"),
		steps.Wait(5 * time.Second),
		steps.Apply(foreignClient),
		steps.GroupSays("what hides ours from clients that are not the group's", lanev1.ConditionReady, "True", "DestinationRule shop/users-mtls"),
		steps.Undo("mocka"), steps.Approve("mockb"),
		steps.Wait(5 * time.Second),
		steps.TakeAway(foreignClient), steps.TakeAway(foreignObjects),
		steps.Apply(foreignSidecar),
		steps.GroupSays("whom a Sidecar hides the services from", lanev1.ConditionReady, "True",
			"Sidecar default/users-narrow hides it from clients in namespace default that its workloadSelector selects"),
		steps.TakeAway(foreignSidecar),
		steps.GroupSays("nothing of others any more", lanev1.ConditionReady, "True"),
		steps.GroupSays("nothing of others any more", lanev1.ConditionIngressProgrammed, "True"),
		steps.Rest(),
	}
}

// theirsFirst lets others have their objects before the service is in the group: we
// stay out until they have gone.
func theirsFirst() []scenario.Step {
	const foreignFirst = manifests + "foreign-first.yaml"
	return []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.EditServices("take mockc out of the group", "mockc"),
		steps.SubsetsAre("mockc"),
		steps.Apply(foreignFirst),
		steps.EditServices("add mockc again", ""),
		steps.GroupSays("who keeps us out", lanev1.ConditionReady, "False", "VirtualService default/users-first", "DestinationRule default/users-first"),
		steps.Wait(2 * cluster.Settle),
		steps.SubsetsAre("mockc"),
		steps.TakeAway(foreignFirst),
		steps.SubsetsAre("mockc", cluster.Base),
		steps.GroupSays("nothing of others any more", lanev1.ConditionReady, "True"),
		steps.Approve("mockb"), steps.Rest(),
	}
}

// clientsElsewhere lets others apply, one after the other, what changes how a client
// of another namespace meets the lanes.
func clientsElsewhere() []scenario.Step {
	const elsewhere = manifests + "elsewhere/"
	all := []scenario.Step{
		steps.Apply(elsewhere + "client.yaml"),
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.ElsewhereFollowsLanes(),
	}
	for _, theirs := range []struct {
		file, object, effect string
		status               string
		met                  scenario.Step
	}{
		{foreignClient, "DestinationRule shop/users-mtls", "a route to a lane's subset is answered 503", "True", steps.ElsewhereIsRefused()},
		{elsewhere + "selected-rule.yaml", "DestinationRule shop/users-selected", "a route to a lane's subset is answered 503", "True", steps.ElsewhereIsRefused()},
		{elsewhere + "shown-rule.yaml", "DestinationRule default/users-shown", "may take the place of ours for those who see it", "False", steps.ElsewhereIsRefused()},
		{elsewhere + "own-routes.yaml", "VirtualService shop/users-own", "they do not follow lanes to the service", "True", steps.ElsewhereGoesTo("mockc")},
		{elsewhere + "wide-routes.yaml", "VirtualService shop/users-wide", "gives way to ours", "True", steps.ElsewhereFollowsLanes()},
	} {
		all = append(all,
			steps.Apply(theirs.file),
			steps.GroupSays(theirs.object, lanev1.ConditionReady, theirs.status, theirs.object, theirs.effect),
			theirs.met,
			steps.TakeAway(theirs.file),
			steps.GroupSays("nothing of others any more", lanev1.ConditionReady, "True"),
			steps.ElsewhereFollowsLanes())
	}
	return append(all, steps.Approve("mockb"), steps.Rest())
}
