package main

import (
	"os"
	"runtime/debug"
	"testing"
)

func TestTheServerCollectsSeldomAndPutsThingsBack(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv(name, "") // as if it were not set
	}
	before := debug.SetGCPercent(90)
	defer debug.SetGCPercent(before)
	limit := debug.SetMemoryLimit(-1)
	restore := collectSeldom()
	if got := debug.SetGCPercent(gcPercent); got != gcPercent {
		t.Errorf("collects at %d", got)
	}
	if got := debug.SetMemoryLimit(-1); machineMemory() > 0 && got != machineMemory()/2 {
		t.Errorf("stays below %d of %d bytes", got, machineMemory())
	}
	restore()
	if got := debug.SetGCPercent(90); got != 90 {
		t.Errorf("afterwards at %d", got)
	}
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("afterwards below %d", got)
	}
	if err := os.Setenv("GOGC", "150"); err != nil { // t.Setenv puts it back
		t.Fatal(err)
	}
	defer collectSeldom()()
	if got := debug.SetGCPercent(90); got != 90 {
		t.Errorf("whoever set GOGC gets %d", got)
	}
}
