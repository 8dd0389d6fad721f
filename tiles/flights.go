package tiles

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// flights shares work among callers who ask for the same thing at the same
// time: the first starts it, all get its result. The work runs under a context
// of its own, which ends when the last caller has gone; one caller's leaving
// does not hurt the others. The zero value is ready.
type flights[T any] struct {
	mu      sync.Mutex
	flying  map[string]*flight[T]
	joining func() // told, for tests, when a caller joins a flight that is under way
}

type flight[T any] struct {
	done    chan struct{}
	value   T
	err     error
	callers int
	cancel  context.CancelFunc
}

func (f *flights[T]) do(ctx context.Context, key string, work func(context.Context) (T, error)) (T, error) {
	f.mu.Lock()
	if f.flying == nil {
		f.flying = map[string]*flight[T]{}
	}
	one, under := f.flying[key]
	if !under {
		one = f.start(ctx, key, work)
	}
	one.callers++
	f.mu.Unlock()
	if under && f.joining != nil {
		f.joining()
	}
	select {
	case <-one.done:
		return one.value, one.err
	case <-ctx.Done():
		f.leave(key, one)
		var none T
		return none, ctx.Err()
	}
}

// start must be called with the lock held. The work keeps the values of the
// first caller's context, as its trace, but not its end.
func (f *flights[T]) start(ctx context.Context, key string, work func(context.Context) (T, error)) *flight[T] {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	one := &flight[T]{done: make(chan struct{}), cancel: cancel}
	f.flying[key] = one
	go func() {
		defer cancel()
		one.value, one.err = guarded(shared, work)
		f.mu.Lock()
		if f.flying[key] == one {
			delete(f.flying, key)
		}
		f.mu.Unlock()
		close(one.done)
	}()
	return one
}

// guarded turns a panic into an error: the work has no caller of its own to
// unwind to, and one bad tile must not end the service.
func guarded[T any](ctx context.Context, work func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("tiles: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work(ctx)
}

func (f *flights[T]) leave(key string, one *flight[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.callers--
	if one.callers > 0 {
		return
	}
	one.cancel()
	if f.flying[key] == one {
		delete(f.flying, key) // who comes now must not get the cancelled result
	}
}
