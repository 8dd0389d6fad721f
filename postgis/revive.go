package postgis

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How often a private server is looked at, and how long it is left alone after
// a start that failed: twice as long each time, up to the last.
const (
	lookEvery    = 500 * time.Millisecond
	firstPause   = time.Second
	longestPause = 15 * time.Second
)

// Revival hears how a private server fares under [Cluster.Keep]. All members
// must be given.
type Revival struct {
	Died   func()                               // it has ended, and is being started again
	Back   func(away time.Duration)             // it takes connections again
	Failed func(err error, again time.Duration) // it could not be started; the next attempt comes after again
}

// Keep starts the server again whenever it has died, until ctx ends. Several
// processes that use one cluster may do so: one of them starts it. A server
// that is only slow to answer, or recovers by itself, is left alone.
func (c *Cluster) Keep(ctx context.Context, r Revival) {
	for wait(ctx, lookEvery) {
		if c.lives() {
			continue
		}
		died := time.Now()
		r.Died()
		for pause := firstPause; ; pause = min(2*pause, longestPause) {
			err := c.revive(ctx)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				r.Back(time.Since(died))
				break
			}
			r.Failed(err, pause)
			if !wait(ctx, pause) {
				return
			}
		}
	}
}

// wait waits, and tells whether ctx still lives.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}

// revive starts a server that has died, unless another process does.
func (c *Cluster) revive(ctx context.Context) error {
	turn, err := os.OpenFile(filepath.Join(c.dir, "revive"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	defer turn.Close()
	for flock(turn, syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		if !wait(ctx, lookEvery) {
			return ctx.Err()
		}
	}
	if c.lives() {
		return c.awaitAnswer(ctx)
	}
	return c.launch(ctx, filepath.Join(c.dir, "pg"))
}

// lives tells whether the server's first process is there, whether or not it answers.
func (c *Cluster) lives() bool {
	text, err := os.ReadFile(filepath.Join(c.dir, "pg", "postmaster.pid"))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) // who may not look can't say that it is dead
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return false
	}
	// Where this process is the machine's first, as in a container, a dead server is its child.
	_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
