package lane

import (
	"bufio"
	"compress/gzip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// recording is what was seen of one workload and its Rollout in one run of Kruise, in order.
type recording struct {
	name   string
	events []event
}

// event is a line: "+ pod/x k=v …" for an object that is new, "~" for fields that changed, "-" for one
// that is gone, "$" for a command, "#" for a note.
type event struct {
	at           time.Time
	op, kind, id string
	fields       map[string]string // of a change; "∅" is a field that is gone
	text         string
}

const recordedKey = `[@#~.\w/\-]+`

var (
	recordedObject = regexp.MustCompile(`^([+~-]) (\w+)/(\S+) ?(.*)`)
	recordedField  = regexp.MustCompile(`(?:^| )(` + recordedKey + `)=`)
	recordedWas    = regexp.MustCompile(`\(was .*\)$`)
)

// recordings reads all runs of kruise-0.6.3.txt.gz, by their names.
func recordings(t *testing.T) []recording {
	t.Helper()
	file, err := os.Open("testdata/kruise-0.6.3.txt.gz")
	require.NoError(t, err)
	defer file.Close()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	events := map[string][]event{}
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		parts := strings.SplitN(lines.Text(), " ", 3)
		at, err := time.Parse("15:04:05.000", parts[0])
		require.NoError(t, err)
		if strings.HasPrefix(parts[1], "t-") {
			events[parts[1]] = append(events[parts[1]], newEvent(at, parts[2]))
		}
	}
	require.NoError(t, lines.Err())
	var out []recording
	for name, of := range events {
		slices.SortStableFunc(of, func(a, b event) int { return a.at.Compare(b.at) })
		out = append(out, recording{name, of})
	}
	slices.SortFunc(out, func(a, b recording) int { return strings.Compare(a.name, b.name) })
	return out
}

func newEvent(at time.Time, text string) event {
	e := event{at: at, op: text[:1], text: text}
	m := recordedObject.FindStringSubmatch(text)
	if m == nil {
		return e
	}
	e.op, e.kind, e.id, e.fields = m[1], m[2], m[3], map[string]string{}
	keys := recordedField.FindAllStringSubmatchIndex(m[4], -1)
	for i, k := range keys {
		end := len(m[4])
		if i+1 < len(keys) {
			end = keys[i+1][0]
		}
		value := m[4][k[1]:end]
		if e.op == "~" {
			value = recordedWas.ReplaceAllString(value, "")
		}
		e.fields[m[4][k[2]:k[3]]] = value
	}
	return e
}

// seen are the objects at one moment of a recording, by kind and name.
type seen map[string]map[string]map[string]string

func (s seen) apply(e event) {
	if e.kind == "" {
		return
	}
	if s[e.kind] == nil {
		s[e.kind] = map[string]map[string]string{}
	}
	switch {
	case e.op == "-":
		delete(s[e.kind], e.id)
		return
	case e.op == "+" || s[e.kind][e.id] == nil:
		s[e.kind][e.id] = map[string]string{}
	}
	for k, v := range e.fields {
		if s[e.kind][e.id][k] = v; v == "∅" {
			delete(s[e.kind][e.id], k)
		}
	}
}
