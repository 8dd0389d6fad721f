package tiles

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrBusy reports that so many tiles wait to be built that another would only
// wait to be given up. It is worth asking again some seconds later.
var ErrBusy = errors.New("tiles: too many tiles are waiting to be built")

// mostWaiting is how many buildings may wait for their turn: some seconds of work.
const mostWaiting = 512

// queue lets so many work at once and so many wait.
type queue struct {
	turns   chan struct{}
	waiting atomic.Int64
	most    int64
}

// newQueue leaves a quarter of the pool's connections to other questions than tiles.
func newQueue(db *pgxpool.Pool) *queue {
	atOnce := 1
	if db != nil {
		atOnce = max(1, int(db.Config().MaxConns)*3/4)
	}
	return &queue{turns: make(chan struct{}, atOnce), most: mostWaiting}
}

// enter waits for a turn, which leave ends. Where too many wait it returns
// [ErrBusy] at once.
func (q *queue) enter(ctx context.Context) error {
	select {
	case q.turns <- struct{}{}:
		return nil
	default:
	}
	defer q.waiting.Add(-1)
	if q.waiting.Add(1) > q.most {
		return ErrBusy
	}
	select {
	case q.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) leave() { <-q.turns }
