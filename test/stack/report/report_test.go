package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFollow(t *testing.T) {
	for name, tt := range map[string]struct {
		tell      func(Report)
		wantSteps []string
		wantErr   string
	}{
		"ready": {
			tell:      func(r Report) { r.Step("etcd is %s", "ready"); r.Ready(); r.Step("later") },
			wantSteps: []string{"etcd is ready"},
		},
		"failed, with the end of a log": {
			tell:    func(r Report) { r.Failed(errors.New("etcd ended:\nport in use")) },
			wantErr: "etcd ended:\nport in use",
		},
		"killed": {
			tell:      func(r Report) { r.Step("etcd is ready") },
			wantSteps: []string{"etcd is ready"},
			wantErr:   "the supervisor ended before the stack was ready",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var pipe strings.Builder
			tt.tell(Report{&pipe})
			var steps []string
			err := Follow(strings.NewReader(pipe.String()), func(text string) { steps = append(steps, text) })
			assert.Equal(t, tt.wantSteps, steps)
			if tt.wantErr == "" {
				assert.NoError(t, err)
			} else {
				assert.EqualError(t, err, tt.wantErr)
			}
		})
	}
}
