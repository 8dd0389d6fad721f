package tiles

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestTheQueueRefusesWhomItCannotServe(t *testing.T) {
	q := &queue{turns: make(chan struct{}, 1), most: 1}
	if err := q.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := make(chan error)
	go func() { second <- q.enter(t.Context()) }()
	for q.waiting.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := q.enter(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("with one at work and one waiting, the third got %v", err)
	}
	q.leave()
	if err := <-second; err != nil {
		t.Errorf("the one that waited got %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := q.enter(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone got %v", err)
	}
	q.leave()
	if err := q.enter(t.Context()); err != nil {
		t.Errorf("the free queue gave %v", err)
	}
}
