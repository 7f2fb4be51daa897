package apifault

import "sync"

// gate is open until it is shut. Its zero value is open.
type gate struct {
	mu    sync.Mutex
	opens chan struct{} // closed when the gate opens again; nil while it is open
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opens == nil {
		g.opens = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opens != nil {
		close(g.opens)
		g.opens = nil
	}
}

// wait says whether the gate was shut, and if so returns when it opens or when
// whoever waits has ended.
func (g *gate) wait(ended <-chan struct{}) (shut bool) {
	g.mu.Lock()
	opens := g.opens
	g.mu.Unlock()
	if opens == nil {
		return false
	}
	select {
	case <-opens:
	case <-ended:
	}
	return true
}
