package timeline

import (
	"slices"
	"testing"
	"time"
)

func TestReactions(t *testing.T) {
	zero := time.Unix(1_000_000, 0)
	at := func(ms int) time.Time { return zero.Add(time.Duration(ms) * time.Millisecond) }
	events := []Event{
		{At: at(0), Kind: Published, Service: "b"},
		{At: at(1000), Kind: Stage, Service: "b", Detail: "Progressing Initializing"},
		{At: at(4000), Kind: Stage, Service: "b", Detail: "Progressing InRolling step 1 StepUpgrade"},
		{At: at(4060), Kind: Written, Service: "a", Detail: "somebody else's"},
		{At: at(1050), Kind: Written, Service: "b", Detail: "subset"},
		{At: at(3150), Kind: Written, Service: "b", Detail: "route"},
		{At: at(9000), Kind: Stage, Service: "b", Detail: "Progressing InRolling step 1 StepPaused"},
		{At: at(20000), Kind: UndoAsked, Service: "b"},
		{At: at(20500), Kind: Stage, Service: "b", Detail: "Progressing Cancelling"},
		{At: at(20530), Kind: Written, Service: "b", Detail: "route"},
		{At: at(22540), Kind: Written, Service: "b", Detail: "subset"},
	}
	got := Reactions(events, 2*time.Second)
	want := []Reaction{
		{Service: "b", To: "publish", Writes: 2, Took: 150 * time.Millisecond},
		{Service: "b", To: "undo", Writes: 2, Took: 40 * time.Millisecond},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := Writes(events); n != 5 {
		t.Errorf("%d writes, want 5", n)
	}
}

func TestReadyThroughout(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	events := []Event{
		{At: at(0), Kind: PodSeen, Pod: "a", IP: "10.0.0.1"},
		{At: at(2), Kind: PodReady, Pod: "a"},
		{At: at(3), Kind: PodReady, Pod: "b"},
		{At: at(10), Kind: PodEnds, Pod: "a"},
		{At: at(20), Kind: PodSeen, Pod: "a", IP: "10.0.0.2"},
		{At: at(21), Kind: PodReady, Pod: "a"},
	}
	for _, c := range []struct {
		name     string
		ip       string
		from, to int
		want     bool
	}{
		{"within", "10.0.0.1", 3, 9, true},
		{"became ready meanwhile", "10.0.0.1", 1, 5, false},
		{"ended meanwhile", "10.0.0.1", 5, 11, false},
		{"had ended", "10.0.0.1", 12, 15, false},
		{"another address", "10.0.0.2", 5, 9, false},
		{"restarted", "10.0.0.2", 21, 30, true},
		{"nobody's", "10.0.0.9", 5, 9, false},
		{"nobody was chosen", "", 5, 9, false},
	} {
		if got := ReadyThroughout(events, c.ip, at(c.from), at(c.to)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
