package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"lanekeeper.io/test/stack/control"
)

// ticksPerSecond is the unit of the CPU times in /proc; it is 100 on every Linux
// that Go supports.
const ticksPerSecond = 100

// usageOf reads what a process has used.
func usageOf(pid int) (control.Usage, error) {
	fields, err := statOf(pid)
	if err != nil {
		return control.Usage{}, err
	}
	var numbers [3]uint64
	for i, n := range []int{11, 12, 21} { // utime, stime, rss
		if numbers[i], err = strconv.ParseUint(string(fields[n]), 10, 64); err != nil {
			return control.Usage{}, err
		}
	}
	return control.Usage{
		CPU: float64(numbers[0]+numbers[1]) / ticksPerSecond,
		RSS: numbers[2] * uint64(os.Getpagesize()),
	}, nil
}

// processState is the letter that ps shows: R, S, T …; 0 if there is none.
func processState(pid int) byte {
	fields, err := statOf(pid)
	if err != nil {
		return 0
	}
	return fields[0][0]
}

// statOf returns the fields of /proc/PID/stat that follow the name.
func statOf(pid int) ([][]byte, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 22 {
		return nil, fmt.Errorf("/proc/%d/stat is not as expected: %s", pid, stat)
	}
	return fields, nil
}
