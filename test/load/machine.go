package load

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"
)

// Second is how this machine did in one second of a run. What it says decides
// whether a lost request was lost by the machine (package collapse).
type Second struct {
	End  time.Time
	Late time.Duration // the longest delay of a request's sending
	Full bool          // a stream had as many requests open as it may
	Busy float64       // share of all cores that was not idle, 0 to 1
}

// cores is what the kernel has counted since its start, in ticks of all cores.
type cores struct{ idle, all uint64 }

func readCores() (cores, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return cores{}, err
	}
	return parseCores(string(text))
}

// parseCores reads the first line of /proc/stat. A core that waits for a disk is
// idle; one that the host has given to somebody else is not.
func parseCores(stat string) (cores, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return cores{}, errors.New("/proc/stat is not as expected: " + line)
	}
	var c cores
	for i, f := range fields[1:9] { // user nice system idle iowait irq softirq steal
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return cores{}, err
		}
		c.all += n
		if i == 3 || i == 4 {
			c.idle += n
		}
	}
	return c, nil
}

// busySince is the share of the cores that was in use since then.
func (c cores) busySince(then cores) float64 {
	if c.all <= then.all {
		return 0
	}
	return 1 - float64(c.idle-then.idle)/float64(c.all-then.all)
}

// watchMachine notes every second until the run stops.
func (r *Run) watchMachine(stopped <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	before, _ := readCores() // without it the first second looks idle
	for {
		select {
		case <-stopped:
			return
		case at := <-tick.C:
			now, err := readCores()
			if err != nil {
				return // not Linux: nothing is ever blamed on the machine
			}
			second := Second{End: at, Late: time.Duration(r.lateNow.Swap(0)), Full: r.full.Swap(false), Busy: now.busySince(before)}
			before = now
			r.mu.Lock()
			r.seconds = append(r.seconds, second)
			r.mu.Unlock()
		}
	}
}

// Seconds of the run so far, in order.
func (r *Run) Seconds() []Second {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Second(nil), r.seconds...)
}
