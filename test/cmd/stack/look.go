package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/state"
)

func status(_ context.Context, args []string) error {
	flags, name := named("status")
	if err := parseAll(flags, args, 0); err != nil {
		return err
	}
	s, err := stack.Attach(*name)
	if err != nil {
		return err
	}
	now, err := s.Status()
	if err != nil {
		return err
	}
	uses, err := s.Usage()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tSTATE\tEXITS\tMEMORY\tCPU\tLAST EXIT")
	total := uint64(0)
	for _, c := range now.Components {
		u := uses[c.Name]
		fmt.Fprintf(table, "%s\t%s\t%d\t%d MB\t%.1fs\t%s\n", c.Name, c.State, c.Exits, u.RSS>>20, u.CPU, c.Last)
		total += u.RSS
		delete(uses, c.Name)
	}
	for _, other := range slices.Sorted(maps.Keys(uses)) {
		u := uses[other]
		fmt.Fprintf(table, "%s\trunning\t\t%d MB\t%.1fs\t\n", other, u.RSS>>20, u.CPU)
		total += u.RSS
	}
	fmt.Fprintf(table, "total\t\t\t%d MB\n", total>>20)
	return table.Flush()
}

func execute(_ context.Context, args []string) error {
	flags, name := named("exec")
	dir := flags.String("dir", "", "the stack's folder, for one that was started with a folder of its own")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("what shall run? For example: bin/stack exec -- kubectl get pods -A")
	}
	if *dir == "" {
		*dir = string(state.Default(*name))
	}
	return stack.Exec(*name, *dir, flags.Args())
}

// logs prints a log, by the name under which listLogs shows it.
func logs(_ context.Context, args []string) error {
	flags, name := named("logs")
	if err := parseAll(flags, args, 1); err != nil {
		return err
	}
	dir := state.Default(*name)
	if flags.NArg() == 0 {
		return listLogs(dir)
	}
	wanted := flags.Arg(0)
	f, err := os.Open(dir.Log(wanted))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(filepath.Join(string(dir), wanted+".log"))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no log %s; `bin/stack logs` lists them", wanted)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(os.Stdout, f)
	return err
}

// listLogs prints components' names, and pods/POD/CONTAINER.
func listLogs(dir state.Dir) error {
	return filepath.WalkDir(string(dir), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(path, ".log"); ok {
			name, _ = filepath.Rel(string(dir), name)
			fmt.Println(strings.TrimPrefix(name, "logs/"))
		}
		return nil
	})
}
