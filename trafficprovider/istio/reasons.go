package istio

import (
	"maps"
	"slices"
	"strings"

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
	for _, key := range starts {
		if other, ok := strings.CutPrefix(key, apiv1.AnnotationListedAfter); ok {
			r.add(trafficprovider.List, "pods of lane "+other+" are kept out")
		}
	}
	if plan.Entry && len(l.entries) == 0 && !mayBeEntered(l.rule) {
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

// each visits the subsets in the order of their names.
func (t transition) each(visit func(name string, was, is lane.Subset)) {
	for _, name := range slices.Sorted(maps.Keys(t.is)) {
		visit(name, t.was[name], t.is[name])
	}
}
