// Package load sends requests through the gateway at a fixed rate and remembers
// every answer, so that what happened to each of them can be judged afterwards
// against what happened in the cluster at that time.
//
// The load is open: a request is sent when its time has come, whether or not
// earlier ones were answered. A closed loop would slow down exactly while
// requests hang, and so miss the moments that matter.
package load
