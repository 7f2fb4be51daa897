package istio

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	networkingapi "istio.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Users may merge what they like into generated policies and routes, but for
// what lanes are made of. Whether a patch touches that is asked of the result,
// field by field, since JSON has several ways to say the same thing.

// refusedError says why a patch is not merged.
type refusedError struct {
	patch lane.Patch
	// name is how a person finds it in the group.
	name string
	why  string
}

func (e *refusedError) Error() string { return "the " + e.name + " " + e.why }

func refusePatch(policy lane.Policy, patch lane.Patch, service types.NamespacedName, why string) error {
	return &refusedError{patch, policy.PatchName(patch, service), why}
}

// mergePolicy merges the user's patch into one of our traffic policies.
func mergePolicy(plan lane.Plan, base *networkingapi.TrafficPolicy) (*networkingapi.TrafficPolicy, error) {
	if len(plan.Policy.Traffic) == 0 {
		return base, nil
	}
	merged, alone := &networkingapi.TrafficPolicy{}, &networkingapi.TrafficPolicy{}
	err := merge(base, plan.Policy.Traffic, merged)
	if err == nil && mayAskForPlaces(plan.Policy.Traffic) {
		err = merge(&networkingapi.TrafficPolicy{}, plan.Policy.Traffic, alone)
	}
	if err != nil {
		return nil, refusePatch(plan.Policy, lane.TrafficPatch, plan.Service, "cannot be merged: "+err.Error())
	}
	if value := badValue(merged); value != "" {
		return nil, refusePatch(plan.Policy, lane.TrafficPatch, plan.Service, "sets "+value)
	}
	near, wrong := nearest(alone.GetLoadBalancer().GetLocalityLbSetting())
	if wrong != "" {
		return nil, refusePatch(plan.Policy, lane.TrafficPatch, plan.Service, "sets loadBalancer.localityLbSetting."+wrong+", which decides who serves a lane: "+cureLocality)
	}
	nearFirst(merged, ranksOf(base), near)
	lb := merged.GetLoadBalancer()
	field := ""
	switch {
	case !proto.Equal(merged.OutlierDetection, base.OutlierDetection):
		field = "outlierDetection"
	case len(near) == 0 && !proto.Equal(lb.GetLocalityLbSetting(), base.GetLoadBalancer().GetLocalityLbSetting()):
		field = "loadBalancer.localityLbSetting"
	case lb.GetZoneAwareLbSetting() != nil:
		field = "loadBalancer.zoneAwareLbSetting"
	case lb.GetSimple() == networkingapi.LoadBalancerSettings_PASSTHROUGH:
		field = "loadBalancer.simple PASSTHROUGH"
	case len(merged.PortLevelSettings) > 0: // they inherit nothing, ranks included
		field = "portLevelSettings"
	}
	if field != "" {
		return nil, refusePatch(plan.Policy, lane.TrafficPatch, plan.Service, "sets "+field+", which decides who serves a lane: remove that from the patch")
	}
	return merged, nil
}

// mergeRoute merges the user's patch into one of our routes. tags are the headers that the
// group decides on.
func mergeRoute(policy lane.Policy, service types.NamespacedName, tags []string, base *networkingapi.HTTPRoute) (*networkingapi.HTTPRoute, error) {
	if len(policy.Route) == 0 {
		return base, nil
	}
	merged := &networkingapi.HTTPRoute{}
	if err := merge(base, policy.Route, merged); err != nil {
		return nil, refusePatch(policy, lane.RoutePatch, service, "cannot be merged: "+err.Error())
	}
	keepRemoval(base, merged, tags)
	if field := changedRoute(base, merged, tags); field != "" {
		return nil, refusePatch(policy, lane.RoutePatch, service, "sets "+field+", which decides where a request goes: remove that from the patch")
	}
	if to := mirroredTo(merged, policy.Services); to != "" {
		return nil, refusePatch(policy, lane.RoutePatch, service, "sets "+to)
	}
	if value := badValue(merged); value != "" {
		return nil, refusePatch(policy, lane.RoutePatch, service, "sets "+value)
	}
	return merged, nil
}

// keepRemoval takes the tag off as well as what a patch takes off: a list in a patch takes the
// place of ours.
func keepRemoval(base, merged *networkingapi.HTTPRoute, tags []string) {
	ours, is := base.GetHeaders().GetRequest().GetRemove(), merged.GetHeaders().GetRequest()
	for _, header := range tags {
		if slices.Contains(ours, header) && is != nil && tagOf(is, header) == "" {
			is.Remove = append(is.Remove, header)
		}
	}
}

// changedRoute names what a patch must not change and did.
func changedRoute(base, merged *networkingapi.HTTPRoute, tags []string) string {
	switch {
	case merged.Name != base.Name:
		return "name"
	case !sameList(merged.Match, base.Match):
		return "match"
	case !sameList(merged.Route, base.Route):
		return "route"
	case merged.Redirect != nil:
		return "redirect"
	case merged.DirectResponse != nil:
		return "directResponse"
	case merged.Delegate != nil:
		return "delegate"
	case merged.GetRetries().GetRetryRemoteLocalities().GetValue(): // further ranks are other lanes
		return "retries.retryRemoteLocalities"
	case merged.GetMirror().GetSubset() != "":
		return "mirror.subset"
	}
	for _, m := range merged.Mirrors {
		if m.GetDestination().GetSubset() != "" {
			return "mirrors.destination.subset"
		}
	}
	was, is := base.GetHeaders().GetRequest(), merged.GetHeaders().GetRequest()
	for _, header := range tags {
		if tagOf(was, header) != tagOf(is, header) {
			return "the header " + header
		}
	}
	return ""
}

// tagOf says what header operations do to the tag.
func tagOf(h *networkingapi.Headers_HeaderOperations, routeHeader string) string {
	var ops []string
	for k, v := range h.GetSet() {
		if strings.EqualFold(k, routeHeader) {
			ops = append(ops, "set "+v)
		}
	}
	for k := range h.GetAdd() {
		if strings.EqualFold(k, routeHeader) {
			ops = append(ops, "add")
		}
	}
	for _, k := range h.GetRemove() {
		if strings.EqualFold(k, routeHeader) {
			ops = append(ops, "remove")
		}
	}
	return strings.Join(ops, ",")
}

func sameList[M proto.Message](a, b []M) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !proto.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// merge is a JSON merge patch on the form that Istio's users write. Unknown
// fields are errors: a typo must not look like a success.
func merge(base proto.Message, patch []byte, into proto.Message) error {
	doc, err := protojson.Marshal(base)
	if err != nil {
		return err
	}
	if patch, err = plainPatch(patch, base.ProtoReflect().Descriptor()); err != nil {
		return err
	}
	merged, err := jsonpatch.MergePatch(doc, patch)
	if err != nil {
		return err
	}
	if err := protojson.Unmarshal(merged, into); err != nil {
		return plainError(err)
	}
	return nil
}

// plainError cuts protojson's position off: it counts in a document that nobody
// has seen. (It also starts with a space that differs from build to build.)
func plainError(err error) error {
	message := err.Error()
	if i := strings.LastIndex(message, "): "); i >= 0 {
		message = message[i+len("): "):]
	}
	return fmt.Errorf("%s", message)
}
