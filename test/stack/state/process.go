package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Process identifies a process. The start time tells it from a later process
// with the same number.
type Process struct {
	PID     int
	Started string // field 22 of /proc/PID/stat
}

// Identify returns the process with the given number.
func Identify(pid int) (Process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Process{}, err
	}
	// The second field is the name in brackets, which may itself hold blanks.
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 20 {
		return Process{}, fmt.Errorf("/proc/%d/stat is not as expected: %s", pid, stat)
	}
	if fields[0] == "Z" {
		return Process{}, fmt.Errorf("process %d is dead", pid)
	}
	return Process{PID: pid, Started: fields[19]}, nil
}

// Alive says whether the process still runs.
func (p Process) Alive() bool {
	now, err := Identify(p.PID)
	return err == nil && now == p
}

// Record is what is remembered of a running stack.
type Record struct {
	Init Process // the stack's first process, as seen outside of the stack
	Bin  string  // where its programs are, outside of the stack
}

// ErrNotRunning says that there is no stack in the folder, or only what a dead
// one left on disk.
var ErrNotRunning = errors.New("not running")

// Write remembers a stack, in one step: others look for it at any time.
func (d Dir) Write(r Record) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.nextRecord(), content, 0o644); err != nil {
		return err
	}
	return os.Rename(d.nextRecord(), d.record())
}

// Running returns what was remembered of the stack if it still runs.
func (d Dir) Running() (Record, error) {
	content, err := os.ReadFile(d.record())
	if errors.Is(err, os.ErrNotExist) {
		return Record{}, ErrNotRunning
	}
	if err != nil {
		return Record{}, err
	}
	var r Record
	if err := json.Unmarshal(content, &r); err != nil {
		return Record{}, fmt.Errorf("%s: %w", d.record(), err)
	}
	if !r.Init.Alive() {
		return Record{}, ErrNotRunning
	}
	return r, nil
}

func (d Dir) record() string { return d.path("stack.json") }

// nextRecord is where a record is written before it takes the other's place.
func (d Dir) nextRecord() string { return d.record() + ".next" }
