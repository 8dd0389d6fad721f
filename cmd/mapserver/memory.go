package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

const (
	// gcPercent is how much the heap may grow, in hundredths of what is alive, before
	// garbage is collected. A collection looks through all that is alive, and of that
	// the server has much (names, cells, risks), while a request leaves a few
	// kilobytes: at Go's own 100 collecting takes a good part of a tile's time.
	gcPercent = 400
	// ballastBytes are never touched, so they take addresses and no memory. Without
	// them a small server under load would collect many times a second; with them, at
	// gcPercent, after four times so many bytes.
	ballastBytes = 24 << 20
)

// collectSeldom sets when the server collects garbage, and returns the way back.
// Near half of the machine's memory it collects as often as is needed to stay below.
// Whoever sets GOGC or GOMEMLIMIT has said so already.
func collectSeldom() (restore func()) {
	percent, limit := 0, int64(0)
	if os.Getenv("GOGC") == "" {
		percent = debug.SetGCPercent(gcPercent)
	}
	if most := machineMemory(); os.Getenv("GOMEMLIMIT") == "" && most > 0 {
		limit = debug.SetMemoryLimit(most / 2)
	}
	ballast := make([]byte, ballastBytes)
	return func() {
		runtime.KeepAlive(ballast)
		if percent != 0 {
			debug.SetGCPercent(percent)
		}
		if limit != 0 {
			debug.SetMemoryLimit(limit)
		}
	}
}

// machineMemory is how many bytes the machine has, or those that the control group
// which the server is in may take; 0 is unknown.
func machineMemory() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0
	}
	most := int64(info.Totalram) * int64(info.Unit)
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return most // no group, or an old kind
	}
	if group, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil { // else "max"
		most = min(most, group)
	}
	return most
}
