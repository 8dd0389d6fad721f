package importers

import (
	"strings"
	"testing"
	"time"
)

func TestASpeedIsShownAfterASecondOnly(t *testing.T) {
	step := Progress{Stage: Loading, Rows: 256, Total: 1000}
	if line := describe(step, time.Millisecond); strings.Contains(line, "行/s") || !strings.Contains(line, "256/1000") {
		t.Errorf("after a millisecond: %s", line)
	}
	if line := describe(step, 2*time.Second); !strings.Contains(line, "128 行/s") || !strings.Contains(line, "ETA 6s") {
		t.Errorf("after two seconds: %s", line)
	}
	step.Total = 0
	if line := describe(step, time.Millisecond); strings.Contains(line, "行/s") || !strings.Contains(line, "256") {
		t.Errorf("of unknown length: %s", line)
	}
}
