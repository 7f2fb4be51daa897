package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Result of a piece.
type Result struct {
	Passed bool          `json:"passed"`
	Took   time.Duration `json:"took"`
	// Failed is how often it has failed on the commit before. More than never, and
	// passed, is a flake, unless the machine was to blame.
	Failed int `json:"failed,omitempty"`
}

// Record is what is known of the pieces on a commit.
type Record struct {
	Commit  string            `json:"commit"`
	Results map[string]Result `json:"results"` // by piece
	file    string            // empty: it is not kept
}

// Commit is the one that is checked out, and whether the tree is as it says: results
// of a tree with changes are nobody's.
func Commit(root string) (commit string, clean bool, err error) {
	id, err := git(root, "rev-parse", "HEAD")
	if err != nil {
		return "", false, err
	}
	changes, err := git(root, "status", "--porcelain")
	return id, changes == "", err
}

func git(root string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Open reads the record of a commit from the folder, or begins it.
func Open(folder, commit string) (*Record, error) {
	r := &Record{Commit: commit, Results: map[string]Result{}, file: filepath.Join(folder, commit+".json")}
	content, err := os.ReadFile(r.file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to begin anew", r.file, err)
	}
	if r.Commit != commit || r.Results == nil {
		return nil, fmt.Errorf("%s is not of commit %s; delete it to begin anew", r.file, commit)
	}
	return r, nil
}

// Unkept is a record that ends with the process.
func Unkept(commit string) *Record { return &Record{Commit: commit, Results: map[string]Result{}} }

// Set notes the newest result of a piece.
func (r *Record) Set(piece string, result Result) error {
	if was, known := r.Results[piece]; known {
		result.Failed = was.Failed
		if !was.Passed {
			result.Failed++
		}
	}
	r.Results[piece] = result
	if r.file == "" {
		return nil
	}
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.file), 0o755); err != nil {
		return err
	}
	next := r.file + ".next" // an interrupted write leaves the old one
	if err := os.WriteFile(next, content, 0o644); err != nil {
		return err
	}
	return os.Rename(next, r.file)
}

// Left are the pieces that have not passed.
func (r *Record) Left(pieces []Piece) []Piece {
	var left []Piece
	for _, p := range pieces {
		if !r.Results[p.Name].Passed {
			left = append(left, p)
		}
	}
	return left
}
