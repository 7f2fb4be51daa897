package suite

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// ending is how a subtest's end is printed by -test.v.
var ending = regexp.MustCompile(`(?m)^\s*--- (PASS|FAIL|SKIP): ([^/\s]+/\S+) \(([\d.]+)s\)`)

// output passes on what a test prints, and remembers how its subtests ended.
type output struct {
	show io.Writer

	mu    sync.Mutex
	line  []byte // that has not ended yet
	ended map[string]Result
	told  []string // what has to be read at the end of everything
}

func newOutput(show io.Writer) *output { return &output{show: show, ended: map[string]Result{}} }

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.line = append(o.line, p...)
	if last := bytes.LastIndexByte(o.line, '\n'); last >= 0 {
		o.read(o.line[:last+1])
		o.line = append(o.line[:0], o.line[last+1:]...)
	}
	return o.show.Write(p)
}

// telling are lines that scenarios print for the end.
var telling = regexp.MustCompile(`(?m)^(?:FAILED|COLLAPSED): .*`)

// read notes the endings in whole lines. A skipped test has not passed.
func (o *output) read(lines []byte) {
	for _, m := range telling.FindAll(lines, -1) {
		o.told = append(o.told, string(m))
	}
	for _, m := range ending.FindAllSubmatch(lines, -1) {
		seconds, _ := strconv.ParseFloat(string(m[3]), 64) // the expression admits numbers only
		o.ended[string(m[2])] = Result{Passed: string(m[1]) == "PASS", Took: time.Duration(seconds * float64(time.Second))}
	}
}
