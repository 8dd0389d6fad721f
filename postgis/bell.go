package postgis

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Bell wakes who waits for the notifications of a channel, in every process that
// rings one on the same database.
type Bell struct {
	db      *pgxpool.Pool
	channel string
	told    func(error)
	ended   chan struct{}

	mu      sync.Mutex
	waiting map[chan struct{}]bool
}

// NewBell hears a channel, whose name must be an identifier; [Bell.Run] begins.
// told hears of failures; it may be nil.
func NewBell(db *pgxpool.Pool, channel string, told func(error)) *Bell {
	if told == nil {
		told = func(error) {}
	}
	return &Bell{db: db, channel: channel, told: told, ended: make(chan struct{}), waiting: map[chan struct{}]bool{}}
}

// Run listens until ctx ends, once. While the database is away it tries again
// every second, and then wakes everybody, since something may have been missed.
func (b *Bell) Run(ctx context.Context) {
	defer close(b.ended)
	for ctx.Err() == nil {
		err := Listen(ctx, b.db, b.channel, func(string) error { b.ring(); return nil })
		if ctx.Err() != nil {
			return
		}
		b.told(err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// Ended is closed when nobody will be woken any more.
func (b *Bell) Ended() <-chan struct{} { return b.ended }

// Subscribe returns a channel that receives after notifications, several of which
// may be one receipt. stop ends it.
func (b *Bell) Subscribe() (rung <-chan struct{}, stop func()) {
	one := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[one] = true
	return one, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, one)
	}
}

func (b *Bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for one := range b.waiting {
		select {
		case one <- struct{}{}:
		default: // it has not yet looked at what was before
		}
	}
}
