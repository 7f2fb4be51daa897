package istio

import (
	"fmt"
	"strconv"

	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// badHashKey is about what requests are told apart by: Envoy takes no empty name, and no
// cookie that would end a line.
func badHashKey(h *networkingapi.LoadBalancerSettings_ConsistentHashLB, path string) string {
	switch key := h.HashKey.(type) {
	case *networkingapi.LoadBalancerSettings_ConsistentHashLB_HttpHeaderName:
		if !lane.IsHeaderName(key.HttpHeaderName) {
			return bad(path+".httpHeaderName", key.HttpHeaderName, "it is no name of a header")
		}
	case *networkingapi.LoadBalancerSettings_ConsistentHashLB_HttpQueryParameterName:
		if key.HttpQueryParameterName == "" {
			return bad(path+".httpQueryParameterName", "", "it must have a name")
		}
	case *networkingapi.LoadBalancerSettings_ConsistentHashLB_HttpCookie:
		return badCookie(key.HttpCookie, path+".httpCookie")
	}
	return ""
}

func badCookie(cookie *networkingapi.LoadBalancerSettings_ConsistentHashLB_HTTPCookie, path string) string {
	if !lane.IsHeaderName(cookie.GetName()) {
		return bad(path+".name", cookie.GetName(), "it is no name of a cookie")
	}
	for i, a := range cookie.GetAttributes() {
		field := path + ".attributes[" + strconv.Itoa(i) + "]"
		if !lane.IsHeaderName(a.GetName()) {
			return bad(field+".name", a.GetName(), "it is no name of a cookie's attribute, such as SameSite")
		}
		// Envoy allows as much to each of the two (RouteAction.HashPolicy.CookieAttribute).
		if n := len(a.GetName()) + len(a.GetValue()); n > headerLimit {
			return fmt.Sprintf("%s to an attribute of %d characters: %d are allowed", field, n, headerLimit)
		}
		if wrong := oneLine(field+".value", a.GetValue()); wrong != "" {
			return wrong
		}
	}
	return oneLine(path+".path", cookie.GetPath())
}
