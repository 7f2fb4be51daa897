// Package proof shows that a stack is what it claims to be: that it leaves
// nothing behind, that two of them do not meet, and that releases and lanes
// behave in it as they do in a cluster, with lane objects written by hand.
//
// It needs root and the built parts; `make test-stack` runs it.
package proof
