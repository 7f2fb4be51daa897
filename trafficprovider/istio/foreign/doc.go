// Package foreign decides what Istio objects of other people mean for ours.
//
// In Istio nobody owns a host: a VirtualService or DestinationRule of somebody
// else takes effect instead of ours, beside it or not at all, depending on its
// host, its namespace, who sees it (exportTo) and its age. The rules are Istio's;
// each is a pure function here, with a table of cases in its test. Package istio
// finds the objects and hands them in.
//
// # The model
//
// A check compares one foreign object with the one of ours. It returns a Finding,
// or nil if neither changes anything for the other. A Finding answers two
// questions:
//
//   - blocks: would ours break what the foreign object does now?
//   - decides: do some requests go as the foreign object says, and not as ours?
//
// Both are asked of the group and its requests. An object that holds for the clients
// of one namespace only, from which no request of the group comes (Chain), does
// neither: its owner has that namespace and must not decide about everybody else.
//
// Summarize turns the findings into what to do. Before we have anything of our
// own, whatever blocks keeps us out. Afterwards no foreign object makes us take
// anything away: what decides is a problem that makes the plan not Ready, and
// the rest are notes.
//
// # A worked example
//
// The Service default/mockb is in a group whose Gateway is in namespace edge. Ours are
// a DestinationRule and a mesh VirtualService in namespace default. Somebody else has:
//
//	object                        host            before we are there  after
//	VirtualService default/mine   mockb           Block                Problem if older than ours: Istio
//	                                                                   obeys the older of two; else a note
//	VirtualService edge/wide      *.local         Block                note: an exact host beats a wildcard
//	VirtualService shop/wide      *.local         note                 note: the same, and shop is not of the group
//	VirtualService shop/own       mockb           nothing              nothing: means mockb of namespace shop
//	DestinationRule edge/theirs   *.local         Block                Problem: gateways in edge look into their
//	                                                                   own namespace first, and find no subsets
//	DestinationRule shop/theirs   *.local         note                 note: as in edge, for clients in shop only
//	DestinationRule default/wide  *.local         note                 note: the Service loses the connection
//	  (sets connectionPool)                                            limits, for ours is nearer
//
// So mockb is not taken over while default/mine is there. Once it is taken over,
// a new default/mine is younger than ours and no more than a note.
//
// Whether requests for the hosts of our rules can arrive at all is a question to the
// Gateway alone (Ingress.Unserved). It keeps nobody out.
//
// A VirtualService on the Gateway of a group's ingress is compared route by
// route (Ingress.Check): it blocks and decides only if a route of it can match a
// request that a route of ours can match.
package foreign
