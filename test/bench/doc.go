// Package bench measures how fast and how large the manager is, on the real API
// server, and prints what was measured beside what it should be.
//
//	make bench                     # everything
//	make bench BENCH=admission     # one of admission, reaction, scale, podevents, lanes, kruise, mesh, meshsizes
//
// The manager is a process of its own (process), with the rights of its
// ServiceAccount, so its memory and its time are its own. What it reads and
// writes is the API server's word, from its audit log (apilog). fleet makes the
// objects; there are no nodes and no controllers of workloads, so what they and
// Kruise would write is written by hand.
//
// Nothing here fails because a machine is slow. A benchmark fails when what it
// measures cannot be measured, and with -check when a goal is missed.
package bench
