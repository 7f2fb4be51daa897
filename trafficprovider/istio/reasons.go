package istio

import (
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// reasons collects why an object is written, for people and for the metric.
type reasons struct {
	all   []string
	cause trafficprovider.Cause
}

func (r *reasons) add(cause trafficprovider.Cause, why string) {
	if len(r.all) == 0 {
		r.cause = cause
	}
	r.all = append(r.all, why)
}

func (r *reasons) result() (string, trafficprovider.Cause) {
	if len(r.all) == 0 {
		return "it differs from the plan", trafficprovider.Repair
	}
	return strings.Join(r.all, ", "), r.cause
}

func whyRule(plan lane.Plan, l *live, starts []string, t transition) (string, trafficprovider.Cause) {
	var r reasons
	switch {
	case l.rule == nil && l.routes == nil:
		return "service " + l.service.String() + " is taken over", trafficprovider.TakeOver
	case l.rule == nil:
		return "it was deleted", trafficprovider.Repair
	}
	t.each(func(name string, was, is lane.Subset) {
		switch {
		case !was.Defined && is.Defined:
			r.add(trafficprovider.Join, "lane "+name+" joins")
		case was.Defined && !is.Defined:
			r.add(trafficprovider.Leave, "lane "+name+" has left")
		case was.RemovedAfter.IsZero() && !is.RemovedAfter.IsZero():
			r.add(trafficprovider.Leave, "lane "+name+" leaves after one settle")
		case !was.RemovedAfter.IsZero() && is.RemovedAfter.IsZero():
			r.add(trafficprovider.Join, "lane "+name+" is named again")
		}
	})
	switch from, _ := l.moves(); {
	case plan.Next != nil && !l.prepared(plan):
		r.add(trafficprovider.Join, "lane "+plan.Next.Lane+" is to be the baseline")
	case t.becomes && plan.Labelled && l.rule.Annotations[apiv1.AnnotationMovedAfter] == "":
		r.add(trafficprovider.Join, "pods of lane "+plan.Baseline.Lane+" carry its label")
	case plan.Next == nil && from != "" && !t.becomes:
		r.add(trafficprovider.Join, "lane "+plan.Baseline.Lane+" is the baseline")
	}
	for _, key := range starts {
		if other, ok := strings.CutPrefix(key, apiv1.AnnotationListedAfter); ok {
			r.add(trafficprovider.Isolate, "pods of lane "+other+" are kept out")
		}
		if of, ok := strings.CutPrefix(key, apiv1.AnnotationAnswersAfter); ok {
			r.add(trafficprovider.Isolate, "pods say that they may answer in lane "+of)
		}
	}
	for _, name := range t.selecting {
		if s := l.find(name); s != nil && !selectsAnswers(s) {
			r.add(trafficprovider.Isolate, "lane "+name+" has the pods that say so")
		}
	}
	if !lane.SameRecords(l.Records(), plan.Records) {
		r.add(trafficprovider.Record, "other revisions are the baseline's")
	}
	if plan.Ingress && len(l.ingresses) == 0 && !allowsIngress(l.rule) {
		r.add(trafficprovider.Join, "entries may name its subsets")
	}
	return r.result()
}

func whyRoutes(l *live, t transition) (string, trafficprovider.Cause) {
	var r reasons
	if l.routes == nil {
		return "service " + l.service.String() + " gets its routes", trafficprovider.TakeOver
	}
	t.each(func(name string, was, is lane.Subset) {
		switch {
		case !was.Routed && is.Routed:
			r.add(trafficprovider.Join, "lane "+name+" joins")
		case was.Routed && !is.Routed:
			r.add(trafficprovider.Leave, "lane "+name+" leaves")
		}
	})
	if last := l.last(); last != t.serving {
		r.add(trafficprovider.Repair, "lane "+t.serving+" is the baseline")
	}
	return r.result()
}

func whyIngress(plan lane.IngressPlan, l *liveIngress, old, vs *networkingv1.VirtualService) (string, trafficprovider.Cause) {
	var r reasons
	switch {
	case len(l.ours) == 0:
		return "group " + plan.Group + " gets its entry", trafficprovider.TakeOver
	case old == nil:
		return "group " + plan.Group + " has another gateway now", trafficprovider.TakeOver
	}
	was, is := subsetsByRoute(old), subsetsByRoute(vs)
	for _, route := range plan.Routes {
		from, to := was[route.Name], is[route.Name]
		for i, d := range route.Destinations {
			switch {
			case i >= len(to) || i < len(from) && from[i] == to[i]:
			case to[i] == d.Lane:
				r.add(trafficprovider.Join, "lane "+d.Lane+" joins")
			default:
				r.add(trafficprovider.Leave, "lane "+d.Lane+" enters at "+to[i])
			}
		}
	}
	r.all = slices.Compact(r.all)
	return r.result()
}

// subsetsByRoute are the subsets that routes go to, by the names of the routes.
func subsetsByRoute(vs *networkingv1.VirtualService) map[string][]string {
	out := map[string][]string{}
	for _, r := range vs.Spec.Http {
		for _, d := range r.Route {
			out[r.Name] = append(out[r.Name], d.GetDestination().GetSubset())
		}
	}
	return out
}
