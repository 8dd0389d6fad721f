package warnings

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// Query asks for warnings as they were known, and in the state they were in, at a time.
type Query struct {
	At      time.Time  // the zero time is now
	Warning int64      // only this one; 0 is all
	State   State      // "" is every state
	Kind    string     // id, or ""
	Colour  string     // id, or ""
	Place   *orb.Point // only those whose area covers it, EPSG:4490
	Before  int64      // only ids below this one; 0 begins with the newest
	Limit   int        // most of them, 1 or more
	Shapes  bool       // with Area and Polygon
}

func (q Query) args() pgx.StrictNamedArgs {
	var lon, lat *float64
	if q.Place != nil {
		lon, lat = &q.Place[0], &q.Place[1]
	}
	return pgx.StrictNamedArgs{
		"at": q.At, "warning": q.Warning, "state": string(q.State), "kind": q.Kind, "colour": q.Colour, "lon": lon, "lat": lat, "before": q.Before, "limit": q.Limit, "shapes": q.Shapes,
	}
}

// List returns warnings, each as its newest revision at the time had it, the
// newest warning first.
func (s *Store) List(ctx context.Context, q Query) ([]Warning, error) {
	if q.At.IsZero() {
		q.At = time.Now()
	}
	return read(ctx, s.db, listSQL, q.At, q.args())
}

// Get returns a warning as it was at a time, the zero time being now; an
// [ErrUnknown] where it wasn't yet.
func (s *Store) Get(ctx context.Context, id int64, at time.Time) (Warning, error) {
	if !at.IsZero() {
		return newest(ctx, s.db, id, at)
	}
	w, err := newest(ctx, s.db, id, forever) // the database's clock may be ahead of ours
	w.State = w.stateAt(time.Now())
	return w, err
}

// History returns the revisions of a warning up to a time, the first first; the
// zero time is now. States are those at that time.
func (s *Store) History(ctx context.Context, id int64, at time.Time) ([]Warning, error) {
	known, state := at, at
	if at.IsZero() {
		known, state = forever, time.Now()
	}
	return read(ctx, s.db, historySQL, state, pgx.StrictNamedArgs{"warning": id, "after": 0, "at": known, "limit": 10_000, "shapes": true})
}

// Since returns the revisions of all warnings after one, in their order, without
// shapes. Nothing becomes visible later whose seq is lower than one returned.
func (s *Store) Since(ctx context.Context, seq int64, limit int) ([]Warning, error) {
	return read(ctx, s.db, historySQL, time.Now(), pgx.StrictNamedArgs{"warning": 0, "after": seq, "at": forever, "limit": limit, "shapes": false})
}

// Head is the seq of the newest revision; 0 where there is none.
func (s *Store) Head(ctx context.Context) (seq int64, err error) {
	err = s.db.QueryRow(ctx, "SELECT coalesce(max(seq), 0) FROM warnings.revisions").Scan(&seq)
	return seq, err
}
