package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, tt := range map[string]struct {
		options options
		wrong   string
	}{
		"no limit":     {options{stacks: 2}, ""},
		"half an hour": {options{stacks: 1, until: 30 * time.Minute}, ""},
		"before now":   {options{stacks: 1, until: -5 * time.Minute}, "-until=-5m0s: it must not be negative"},
		"no stack":     {options{until: time.Hour}, "-stacks=0: at least one is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.options.check()
			if tt.wrong == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.wrong)
		})
	}
}
