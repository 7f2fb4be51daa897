package scenario

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/accesslog"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/stack/state"
)

// Artifacts is the directory of an attempt's evidence, which may have to be made.
func (p *Play) Artifacts() string { return filepath.Join(p.t.ArtifactDir(), p.part) }

// keepEvidence writes what happened, and of an attempt that failed what a person
// needs to find out why: what the proxies saw of the first lost request, the objects,
// the managers' logs, and istiod's.
func (p *Play) keepEvidence() {
	if err := p.writeEvidence(p.Artifacts()); err != nil {
		p.t.Errorf("keeping evidence: %v", err)
	}
}

func (p *Play) writeEvidence(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "timeline.txt"), []byte(timeline.Print(p.Timeline.Events())), 0o644); err != nil {
		return err
	}
	if !p.failed() {
		return nil
	}
	p.t.Logf("objects, logs and timeline are in %s", dir)
	if err := p.writeMachine(dir); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "cluster.txt"))
	if err != nil {
		return err
	}
	defer f.Close()
	p.Dump(f)
	return errors.Join(p.writeIstiod(dir), p.writeAccess(dir))
}

// writeIstiod writes what istiod logged since the attempt began.
func (p *Play) writeIstiod(dir string) error {
	log, err := os.Open(state.Dir(p.Stack.Dir()).Log("istiod"))
	if err != nil {
		return err
	}
	defer log.Close()
	f, err := os.Create(filepath.Join(dir, "istiod.txt"))
	if err != nil {
		return err
	}
	defer f.Close()
	return copySince(f, log, p.Timeline.Events()[0].At)
}

// copySince copies a log from the first line on that begins with a time not before begun.
func copySince(out io.Writer, log io.Reader, begun time.Time) error {
	for lines := bufio.NewReader(log); ; {
		line, err := lines.ReadString('\n')
		stamp, _, _ := strings.Cut(line, "\t")
		if at, bad := time.Parse(time.RFC3339, stamp); bad == nil && !at.Before(begun) {
			_, err := io.Copy(out, io.MultiReader(strings.NewReader(line), lines))
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// writeMachine writes how the machine did.
func (p *Play) writeMachine(dir string) error {
	f, err := os.Create(filepath.Join(dir, "machine.txt"))
	if err != nil {
		return err
	}
	defer f.Close()
	p.signs.Print(f, p.Timeline.Events()[0].At)
	return nil
}

func (p *Play) writeAccess(dir string) error {
	r, ok := p.firstLost()
	if !ok {
		return nil
	}
	f, err := os.Create(filepath.Join(dir, "access.txt"))
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(f, "the first: %s of stream %s, met %s %s\n", r.ID, r.Stream, r.Chain, r.Err)
	return accesslog.Explain(f, p.Stack.Dir(), r.ID, r.Start, r.End)
}
