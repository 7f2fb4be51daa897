package scenario

import (
	"context"

	"lanekeeper.io/test/load"
)

// Scenario is a story. It begins and ends with the chain at rest.
type Scenario struct {
	Name  string
	Steps []Step
	// Streams run besides the tagged and the untagged one.
	Streams []load.Stream
	// Aside: more happens than releases, so that its figures are not those of one.
	Aside bool
	// Once: it is one of those that together show every promise.
	Once bool
	// Check sees all records, and returns those that the promises are for.
	Check func(p *Play, records []load.Record) []load.Record
}

// Step is one thing that happens in a story.
type Step struct {
	What string
	Do   func(ctx context.Context, p *Play) error
}
