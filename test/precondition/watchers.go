package precondition

import (
	"os"
	"path/filepath"
	"syscall"
)

// sidecarUser is the one whose traffic is not led to the sidecar; see package node.
const sidecarUser = 1337

// watchers counts the inotify instances of all users, by number.
func watchers() map[uint32]int {
	count := map[uint32]int{}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		var of syscall.Stat_t
		if syscall.Stat(p, &of) != nil {
			continue // it has just ended
		}
		files, _ := os.ReadDir(p + "/fd")
		for _, f := range files {
			if to, err := os.Readlink(p + "/fd/" + f.Name()); err == nil && to == "anon_inode:inotify" {
				count[of.Uid]++
			}
		}
	}
	return count
}
