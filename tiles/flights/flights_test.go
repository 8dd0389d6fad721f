package flights

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAHundredCallersCostOneFlight(t *testing.T) {
	var joined sync.WaitGroup
	joined.Add(99)
	f := Group[int]{joining: joined.Done}
	var built atomic.Int32
	work := func(context.Context) (int, error) {
		built.Add(1)
		joined.Wait() // ends only when the other 99 have joined
		return 7, nil
	}
	var callers sync.WaitGroup
	for range 100 {
		callers.Go(func() {
			if v, err := f.Do(t.Context(), "tile", work); v != 7 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	callers.Wait()
	if built.Load() != 1 {
		t.Errorf("built %d times, want once", built.Load())
	}
	if len(f.flying) != 0 {
		t.Errorf("%d flights are still listed", len(f.flying))
	}
}

func TestOneCallersLeavingDoesNotHurtTheOthers(t *testing.T) {
	joined := make(chan struct{})
	f := Group[int]{joining: func() { close(joined) }}
	release := make(chan struct{})
	work := func(ctx context.Context) (int, error) {
		select {
		case <-release:
			return 7, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	first, leave := context.WithCancel(t.Context())
	firstGone := make(chan error)
	go func() { _, err := f.Do(first, "tile", work); firstGone <- err }()
	for len(f.snapshot()) == 0 {
		time.Sleep(time.Millisecond)
	}
	second := make(chan error)
	go func() {
		v, err := f.Do(t.Context(), "tile", work)
		if err == nil && v != 7 {
			err = errors.New("wrong value")
		}
		second <- err
	}()
	<-joined
	leave()
	if err := <-firstGone; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the one who stayed got %v", err)
	}
}

func TestTheLastCallersLeavingCancelsTheWork(t *testing.T) {
	var f Group[int]
	cancelled := make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		for len(f.snapshot()) == 0 {
			time.Sleep(time.Millisecond)
		}
		leave()
	}()
	_, err := f.Do(ctx, "tile", func(ctx context.Context) (int, error) {
		<-ctx.Done()
		close(cancelled)
		return 0, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	select {
	case <-cancelled:
	case <-time.After(5 * time.Second):
		t.Fatal("the work was not cancelled")
	}
	if v, err := f.Do(t.Context(), "tile", func(context.Context) (int, error) { return 3, nil }); v != 3 || err != nil {
		t.Errorf("the next caller got %d, %v: a leftover of the cancelled flight", v, err)
	}
}

func TestAPanicIsAnErrorForItsCallers(t *testing.T) {
	var f Group[int]
	_, err := f.Do(t.Context(), "tile", func(context.Context) (int, error) { panic("bad tile") })
	if err == nil || !strings.Contains(err.Error(), "bad tile") {
		t.Errorf("got %v", err)
	}
}

func (f *Group[T]) snapshot() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var keys []string
	for key := range f.flying {
		keys = append(keys, key)
	}
	return keys
}
