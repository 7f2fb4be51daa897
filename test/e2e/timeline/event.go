package timeline

import (
	"fmt"
	"strings"
	"time"
)

// Kind of an event.
type Kind string

// What a person does. An action is noted before its command runs, and where
// its effect counts from the command's end, once more after it.
const (
	Published  Kind = "publish"     // Version is the new one
	Approved   Kind = "approve"     // asked for, the first time
	UndoAsked  Kind = "undo"        // asked for
	UndoDone   Kind = "undo done"   // the Deployment has its old template back
	Into       Kind = "into"        // Lane is where the Service's next releases go
	Overlooked Kind = "overlooked"  // Kruise began no release for the last publish
	Promoted   Kind = "promote"     // without approval: the Rollout was deleted or disabled
	Killed     Kind = "kill"        // Pod's processes, with -9
	Away       Kind = "away"        // the managers cannot follow from here
	Back       Kind = "back"        // they have caught up
	Note       Kind = "note"        // anything else that helps to read a timeline
	Baseline   Kind = "baseline"    // the Service's version when the watch began
	Stage      Kind = "rollout"     // Detail is the Rollout's phase, reason and step
	PodSeen    Kind = "pod"         // has an address
	PodReady   Kind = "pod ready"   // and is not terminating
	PodEnds    Kind = "pod unready" // or terminating
	PodGone    Kind = "pod gone"    // from the API
	CanaryGone Kind = "canary gone" // the canary Deployment was deleted; its pods follow
	Written    Kind = "mesh write"  // a VirtualService or DestinationRule of ours; Detail tells what

	// LaneRemoved and GroupRemoved are asked for; a product that is removed takes
	// its groups along. Restored is when the lanes serve again.
	LaneRemoved  Kind = "lane removed"
	GroupRemoved Kind = "group removed"
	Restored     Kind = "restored"
	// Unmanaged is when the last of our objects for a Service is gone, and Managed
	// when it has routes; without a Service they are about the entry.
	Unmanaged Kind = "unmanaged"
	Managed   Kind = "managed"
)

// What a person breaks, and until when: Detail says what.
const (
	Harmed     Kind = "harm"        // what all requests need
	NoBaseline Kind = "no baseline" // the Service's pods that serve everybody
	Untold     Kind = "untold"      // proxies may hear of a lane's route and of its subset at once
	Healed     Kind = "healed"      // the Service's harm, of whichever kind, is over
)

// What a tag means, and whose Lane it is throughout. One that no event speaks of is a
// lane's all the time.
const (
	TagMoves  Kind = "tag moves"  // from now on, the tag may be a lane's or nobody's
	TagServes Kind = "tag serves" // it is a lane's
	TagGone   Kind = "tag gone"   // it is nobody's
)

// Event is one of them.
type Event struct {
	At      time.Time
	Kind    Kind
	Service string
	Version string
	Pod     string
	IP      string
	Canary  bool   // the pod belongs to a canary Deployment
	Tag     string // whose meaning changes
	Lane    string // the gray lane that it is about; empty for the samples'
	Detail  string
}

// Line prints the event with its offset from zero.
func (e Event) Line(zero time.Time) string {
	words := []string{fmt.Sprintf("%8.2fs  %-11s", e.At.Sub(zero).Seconds(), e.Kind)}
	for _, w := range []string{e.Service, e.Version, e.Pod, e.IP, e.Tag, e.Lane, e.Detail} {
		if w != "" {
			words = append(words, w)
		}
	}
	if e.Canary {
		words = append(words, "(canary)")
	}
	return strings.Join(words, " ")
}
