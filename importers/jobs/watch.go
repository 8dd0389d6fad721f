package jobs

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
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
	config := w.queue.db.Config().ConnConfig.Copy()
	// Waiting is not a query that could be cancelled: the end of ctx closes the connection.
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("jobs: watching imports: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is lost with it
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("jobs: watching imports: %w", err)
	}
	w.tell(0) // what happened before LISTEN is not missed
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("jobs: watching imports: %w", err)
		}
		if id, err := strconv.ParseInt(n.Payload, 10, 64); err == nil {
			w.tell(id)
		}
	}
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
