package figures

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPercentiles(t *testing.T) {
	var d Durations
	for n := range 200 {
		d = append(d, time.Duration(200-n)*time.Millisecond)
	}

	assert.Equal(t, 101*time.Millisecond, d.At(50))
	assert.Equal(t, 199*time.Millisecond, d.At(99))
	assert.Equal(t, 200*time.Millisecond, d.At(100))
	assert.Zero(t, Durations{}.At(99))
}

func TestTableSaysWhatMissedItsGoal(t *testing.T) {
	table := Table{Title: "scale"}
	table.Hold("memory", 120, 300, " MB")
	table.Hold("writes", 4.25, 4, "")
	table.Tell("reconciles", "%d", 7)

	var out bytes.Buffer
	table.Print(&out)

	assert.Equal(t, []Figure{{What: "writes", Goal: "≤ 4", Measured: "4.25", Missed: true}}, table.Missed())
	assert.Equal(t, `
── scale
   what        goal      measured  
   memory      ≤ 300 MB  120 MB    
   writes      ≤ 4       4.25      MISSED
   reconciles            7         
`, out.String())
}
