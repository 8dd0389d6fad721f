// Package flights shares work among callers who ask for the same thing at the
// same time.
//
// It stands under tiles, which builds a tile once for all who wait for it, and under
// products/pictures, which draws a picture so. What was made is not kept here, and how
// much may be made at once is not decided here.
package flights

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// Group shares work by key: the first caller starts it, all get its result. The
// work runs under a context of its own, which ends when the last caller has gone; one
// caller's leaving does not hurt the others. The zero value is ready.
type Group[T any] struct {
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

// Do does the work of a key, or waits for it where it is under way. The error is the
// work's, or the caller's own context's where that ends before. A panic of the work is an
// error for all who wait.
func (f *Group[T]) Do(ctx context.Context, key string, work func(context.Context) (T, error)) (T, error) {
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
func (f *Group[T]) start(ctx context.Context, key string, work func(context.Context) (T, error)) *flight[T] {
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
// unwind to, and one bad tile or picture must not end the service.
func guarded[T any](ctx context.Context, work func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("flights: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work(ctx)
}

func (f *Group[T]) leave(key string, one *flight[T]) {
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

// Callers is how many wait for the work of a key now.
func (f *Group[T]) Callers(key string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, ok := f.flying[key]; ok {
		return one.callers
	}
	return 0
}
