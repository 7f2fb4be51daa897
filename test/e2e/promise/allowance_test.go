package promise

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/load"
)

func TestAllowance(t *testing.T) {
	open := Allowance{Requests: 2, From: at(10)}
	closed := Allowance{Requests: 2, From: at(10), To: at(20)}
	for _, c := range []struct {
		name      string
		allowance Allowance
		lost      []float64
		beyond    int
	}{
		{"none lost", closed, nil, 0},
		{"nothing allowed", Allowance{}, []float64{12}, 1},
		{"within", closed, []float64{12, 19}, 0},
		{"too many", closed, []float64{12, 13, 14}, 1},
		{"before", closed, []float64{9, 12}, 1},
		{"on its way when it began", closed, []float64{9.95}, 0},
		{"after", closed, []float64{12, 21}, 1},
		{"not closed yet", open, []float64{12, 100}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lost []load.Record
			for _, seconds := range c.lost {
				lost = append(lost, request(seconds, "canary", "b-v1"))
			}
			assert.Equal(t, c.beyond, c.allowance.Beyond(lost))
		})
	}
}
