package jobs

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"onemap/postgis"
)

// channel is the PostgreSQL notification channel that tells of every change of
// an import; the payload is its id.
const channel = "onemap_imports"

// Watcher tells those who wait that an import has changed, in whichever process.
type Watcher struct {
	queue *Queue

	mu      sync.Mutex
	waiting map[int64]map[chan struct{}]bool
	ended   chan struct{}
}

// NewWatcher watches the imports of a queue while [Watcher.Watch] runs.
func NewWatcher(q *Queue) *Watcher {
	return &Watcher{queue: q, waiting: map[int64]map[chan struct{}]bool{}, ended: make(chan struct{})}
}

// Subscribe returns a channel that receives after changes of the import, several
// of which may be one receipt. stop ends it.
func (w *Watcher) Subscribe(id int64) (changes <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting[id] == nil {
		w.waiting[id] = map[chan struct{}]bool{}
	}
	w.waiting[id][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting[id], c)
		if len(w.waiting[id]) == 0 {
			delete(w.waiting, id)
		}
	}
}

// Ended is closed when watching has ended and nobody will be told any more.
func (w *Watcher) Ended() <-chan struct{} { return w.ended }

// Watch follows the database until ctx ends, once. While the database is away
// it tries again every second; when it is back everybody is told to look.
func (w *Watcher) Watch(ctx context.Context) {
	defer close(w.ended)
	for ctx.Err() == nil {
		_ = w.listen(ctx) // whoever reads the import meets the same fault, and tells it
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (w *Watcher) listen(ctx context.Context) error {
	err := postgis.Listen(ctx, w.queue.db, channel, func(payload string) error {
		if id, err := strconv.ParseInt(payload, 10, 64); err == nil {
			w.tell(id)
		} else if payload == "" {
			w.tell(0) // what happened before LISTEN is not missed
		}
		return nil
	})
	return fmt.Errorf("jobs: watching imports: %w", err)
}

// tell wakes who waits for an import; 0 is everybody.
func (w *Watcher) tell(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one, channels := range w.waiting {
		if id != 0 && one != id {
			continue
		}
		for c := range channels {
			select {
			case c <- struct{}{}:
			default: // it has not yet looked at the change before
			}
		}
	}
}
