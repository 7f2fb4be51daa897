package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Dump writes the objects and logs that explain what the product did. It is for
// the evidence of a failure, so it goes on where something is missing.
func (c *Cluster) Dump(out io.Writer) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, args := range [][]string{
		{"get", "asmswimlanegroups,asmswimlanes", "-o", "wide"},
		{"get", "pods,deployments,replicasets", "-A", "-o", "wide", "--show-labels"},
		{"get", "events", "-A", "--sort-by=.lastTimestamp"},
		{"get", "asmswimlanegroups,asmswimlanes", "-o", "yaml"},
		{"get", "virtualservices,destinationrules,rollouts.rollouts.kruise.io", "-A", "-o", "yaml"},
	} {
		text, err := c.Kubectl(ctx, args...)
		fmt.Fprintf(out, "\n=== kubectl %s\n%s", strings.Join(args, " "), text)
		if err != nil {
			fmt.Fprintln(out, err)
		}
	}
	c.dumpLogs(out)
}

// dumpLogs copies the managers' logs from the node's folder.
func (c *Cluster) dumpLogs(out io.Writer) {
	logs, err := filepath.Glob(filepath.Join(c.Stack.Dir(), "pods", ProductNamespace+"_*", "*.log"))
	if err != nil || len(logs) == 0 {
		fmt.Fprintln(out, "no manager's log was found:", err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		fmt.Fprintf(out, "\n=== %s\n%s", path, text)
		if err != nil {
			fmt.Fprintln(out, err)
		}
	}
}
