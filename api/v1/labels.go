package v1

// Labels, annotations and finalizers that the product reads or writes. They
// are part of the API: people select by them, and other tools set them.
const (
	// LabelSwimLaneGroup binds a lane to its group, and marks the traffic
	// objects generated for a group. ASM uses the same key.
	LabelSwimLaneGroup = "swimlane-group"

	// LabelManagedBy marks every object that we write, with the value ManagedBy.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of LabelManagedBy on our objects.
	ManagedBy = "lanekeeper"
)

// Ownership labels of generated traffic objects. An object's name is built
// from group, namespace and service, and names with hyphens make that
// ambiguous, so these labels say which they are. Anybody can set them: an object
// is a group's by its labels, its name and its namespace together.
const (
	LabelGroup            = "lanekeeper.io/group"
	LabelServiceNamespace = "lanekeeper.io/service-namespace"
	LabelService          = "lanekeeper.io/service"

	// LabelEntry marks the object of a group's entry, with the value "true".
	LabelEntry = "lanekeeper.io/entry"
)

// Annotations of a generated DestinationRule: each prefix and a lane's name make
// a key, whose value is the moment (RFC 3339) after which something is safe,
// because every proxy has had time to learn what it depends on.
const (
	// AnnotationNamedAfter: routes may name the lane's subset.
	AnnotationNamedAfter = "named-after.lanekeeper.io/"
	// AnnotationRemovedAfter: the lane's subset may be removed.
	AnnotationRemovedAfter = "removed-after.lanekeeper.io/"
	// AnnotationListedAfter: the lane's pods may carry its marker, since every
	// other lane's subset keeps them out by it.
	AnnotationListedAfter = "listed-after.lanekeeper.io/"
	// AnnotationAnswersAfter: the lane's subset may select the pods that may answer in it, since
	// every proxy knows that they say so (LabelAnswersPrefix).
	AnnotationAnswersAfter = "answers-after.lanekeeper.io/"
)

// AnnotationEntry on a generated DestinationRule, with the value "true", says that
// entries may name its subsets. No entry names one before it does, so that whoever
// removes a subset need not look at all entries to be sure of it.
// It is spelled like the label of an entry itself.
const AnnotationEntry = LabelEntry

// AnnotationRevisions on a generated DestinationRule says which revisions of the Service's workloads
// are the baseline's, the oldest first, as JSON: {"CloneSet/mockb": ["mockb-79b67cc495"]}. It is kept
// while a Rollout releases them in any style but canary.
const AnnotationRevisions = "lanekeeper.io/revisions"

// Annotations of a generated DestinationRule while another lane becomes the Service's
// baseline.
const (
	// AnnotationMoves names the old one and the new one, as "base/prod".
	AnnotationMoves = "lanekeeper.io/moves"
	// AnnotationMovesFrom are the labels of the old one's pods, as "version=v1,zone=a": its
	// object may be deleted meanwhile.
	AnnotationMovesFrom = "lanekeeper.io/moves-from"
	// AnnotationMovesAfter: the routes may go to the new one (RFC 3339).
	AnnotationMovesAfter = "lanekeeper.io/moves-after"
	// AnnotationMovedAfter: the new one's subset may have its pods alone, since every proxy
	// knows that they carry its label; without AnnotationMoves every proxy knows that it has
	// (RFC 3339).
	AnnotationMovedAfter = "lanekeeper.io/moved-after"
)

// AnnotationBaseline on a generated entry names the lane whose rules are for everybody; on a
// group in strict mode, the lane that callers of no lane meet; without it they meet all versions.
const AnnotationBaseline = "lanekeeper.io/baseline"

// Annotations of a group: the namespaces, separated by commas, in which it has or had
// Services, and in which it has or had its Gateway. Objects with a group's labels
// in other namespaces are not the group's.
const (
	AnnotationServiceNamespaces = "lanekeeper.io/service-namespaces"
	AnnotationEntryNamespaces   = "lanekeeper.io/entry-namespaces"
)

// Marker labels of pods, which the endpoint priorities of a lane's subset
// need: "without this label" can be said of an endpoint, "with another value"
// cannot. Baseline pods carry LabelAnswersPrefix alone of them.
const (
	// LabelLaneMarkerPrefix and a lane's name make the marker key of that
	// lane's pods.
	LabelLaneMarkerPrefix = "lanekeeper.io/lane."

	// LabelOutside marks pods of a group's Service whose lane label belongs
	// to no lane of the group.
	LabelOutside = "lanekeeper.io/outside"

	// LabelAnswersPrefix and a lane's name make the key of the label on every pod that may answer
	// in that lane, where a Service is in several: the lane's pods and the baseline's.
	LabelAnswersPrefix = "answers.lanekeeper.io/"

	// MarkerValue is the value of every marker label.
	MarkerValue = "1"
)

const (
	// LabelAdmission on a Namespace says whether pods there may be created
	// while our webhook cannot be reached.
	LabelAdmission = "lanekeeper.io/admission"
	// AdmissionRequired is the value of LabelAdmission that refuses pods
	// which the webhook has not seen.
	AdmissionRequired = "required"

	// AnnotationStripTags on a group, with the value "true", lets its Gateway's proxies take
	// the tag off every request that does not enter by a route of a group. With "false" it is as
	// without it.
	AnnotationStripTags = "lanekeeper.io/strip-tags"

	// AnnotationRestoreTags on a group, with the value "true", lets the sidecars in the namespaces
	// of its Services restore the tag from the id in the group's traceHeader. Once they do, they go
	// on until the group is deleted.
	AnnotationRestoreTags = "lanekeeper.io/restore-tags"

	// AnnotationStickyCookie on a group that goes by weight names the cookie by which clients
	// stay in their lane: "NAME", which lives as long as the browser, or "NAME; Max-Age=SECONDS".
	AnnotationStickyCookie = "lanekeeper.io/sticky-cookie"

	// AnnotationLane on a Kruise Rollout names the lane it releases into.
	AnnotationLane = "lanekeeper.io/lane"

	// FinalizerLanes keeps a group or a lane until its routes and subsets
	// have left the mesh in order.
	FinalizerLanes = "lanekeeper.io/lanes"
)

// MaxLaneNameLength is the length of the longest lane name: a label key's
// name part has at most 63 characters, and LaneMarker takes five of them.
const MaxLaneNameLength = 58

// LaneMarker returns the marker label's key for pods of the named lane.
func LaneMarker(lane string) string {
	return LabelLaneMarkerPrefix + lane
}

// AnswersLabel returns the key of the label on pods that may answer in the named lane.
func AnswersLabel(lane string) string {
	return LabelAnswersPrefix + lane
}
