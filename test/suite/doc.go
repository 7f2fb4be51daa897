// Package suite runs everything that proves the product, in pieces: a piece is one
// make target, one scenario, or one mutant. It writes down which pieces passed on
// which commit, so that all of it can be run in parts and one knows what is left.
//
//	make test                    the pieces that show every promise once
//	make test-all                all pieces that have not passed on this commit yet
//	make test-all UNTIL=30m      … as many as fit into half an hour
//	make test-left               which they are
//
// With UNTIL the pieces begin at a place that the commit chooses, so that runs that
// are cut off cover others each time.
package suite
