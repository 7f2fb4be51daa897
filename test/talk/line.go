package talk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lanekeeper.io/test/load"
)

// Said is one turn, or the end of a conversation.
type Said struct {
	// Since is when it was begun, and At when it was over.
	Since, At time.Time
	// Conversation is which one it was of the line; a new one is begun where one has ended.
	Conversation int
	Chain        load.Chain // the last one before an error
	Err          error
}

// Line converses in one kind until it is closed.
type Line struct {
	Kind Kind
	// ended is told at once of a conversation that has ended.
	ended func(Said)
	stop  context.CancelFunc
	done  chan struct{}

	mu   sync.Mutex
	said []Said
}

// between is the time between two turns.
const between = 100 * time.Millisecond

// Start begins a line. ended is told at once of each conversation that has ended by itself.
func Start(ctx context.Context, k Kind, w Way, ended func(Said)) *Line {
	l := &Line{Kind: k, ended: ended, done: make(chan struct{})}
	ctx, l.stop = context.WithCancel(ctx)
	go func() {
		defer close(l.done)
		for n := 0; ctx.Err() == nil; n++ {
			l.converse(ctx, w, n)
		}
	}()
	return l
}

// converse has one conversation, to its end.
func (l *Line) converse(ctx context.Context, w Way, n int) {
	said := Said{Conversation: n, Since: time.Now()}
	note := func(err error) {
		said.At, said.Err = time.Now(), err
		if ctx.Err() != nil { // it is the line that was closed
			return
		}
		l.mu.Lock()
		l.said = append(l.said, said)
		l.mu.Unlock()
		if err != nil {
			l.ended(said)
		}
	}
	defer pause(ctx)
	c, err := l.open(ctx, w)
	if err != nil {
		note(err)
		return
	}
	defer c.Close()
	for ctx.Err() == nil {
		said.Since = time.Now()
		chain, err := turn(ctx, c)
		if err != nil {
			note(err)
			return
		}
		said.Chain = chain
		note(nil)
		pause(ctx)
	}
}

// pause lets the time between two turns pass.
func pause(ctx context.Context) {
	select {
	case <-time.After(between):
	case <-ctx.Done():
	}
}

// within is how long a turn may take, or an opening.
const within = 15 * time.Second

// open opens a conversation, which lives as long as the context.
func (l *Line) open(ctx context.Context, w Way) (Conversation, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(within, func() { cancel(fmt.Errorf("it was not opened within %s: %w", within, context.DeadlineExceeded)) })
	defer late.Stop()
	c, err := l.Kind.Open(ctx, w)
	if err != nil {
		err = errors.Join(err, context.Cause(ctx))
		cancel(nil)
		return nil, err
	}
	return closing{c, func() { cancel(nil) }}, nil
}

// closing is a conversation that ends its context with it.
type closing struct {
	Conversation
	cancel func()
}

func (c closing) Close() { c.Conversation.Close(); c.cancel() }

// turn ends a conversation in which nothing is said any more.
func turn(ctx context.Context, c Conversation) (load.Chain, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("nothing was said within %s: %w", within, context.DeadlineExceeded))
	defer cancel()
	defer context.AfterFunc(ctx, c.Close)()
	chain, err := c.Turn(ctx)
	if err != nil {
		err = errors.Join(err, context.Cause(ctx))
	}
	return chain, err
}

// Said is what was said so far.
func (l *Line) Said() []Said {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Said(nil), l.said...)
}

// Close ends the line, and returns all that was said.
func (l *Line) Close() []Said {
	l.stop()
	<-l.done
	return l.Said()
}
