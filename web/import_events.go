package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"onemap/importers/jobs"
)

// importQueue is what this package needs of [jobs.Queue].
type importQueue interface {
	MostBytes() int64
	Create(ctx context.Context, r jobs.Request) (one jobs.Import, created bool, err error)
	Retry(ctx context.Context, r jobs.RetryRequest) (one jobs.Import, created bool, err error)
	Import(ctx context.Context, id int64) (jobs.Import, error)
	List(ctx context.Context, l jobs.ListQuery) ([]jobs.Import, error)
	Start(ctx context.Context, id int64) (jobs.Import, error)
	Cancel(ctx context.Context, id int64) (jobs.Import, error)
	Offset(ctx context.Context, id int64) (received, size int64, err error)
	Upload(ctx context.Context, id, offset int64, body io.Reader) (jobs.Import, error)
}

// importChanges is what this package needs of [jobs.Watcher].
type importChanges interface {
	Subscribe(id int64) (changes <-chan struct{}, stop func())
	Ended() <-chan struct{}
}

// answerImport answers with the import that a request names, after do.
func (s *server) answerImport(w http.ResponseWriter, r *http.Request, do func(context.Context, int64) (jobs.Import, error)) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := importID(r)
	if err != nil {
		return err
	}
	one, err := do(r.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", s.showImport(one))
}

// getImportEvents answers GET /api/v1/imports/{import}/events: server-sent
// events of the import, the first at once, the last when it has ended. An event
// is called stage, progress or end; its data is the import; its id grows with
// every change, so a client that comes back with Last-Event-ID hears only what
// it does not know. One that knows the end is answered 204, which tells an
// EventSource to stop.
func (s *server) getImportEvents(w http.ResponseWriter, r *http.Request) error {
	id, err := importID(r)
	if err != nil {
		return err
	}
	changes, stop := s.ImportChanges.Subscribe(id)
	defer stop()
	one, err := s.Imports.Import(r.Context(), id)
	if err != nil {
		return err
	}
	known, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64) // without one, everything is news
	if one.State.Final() && known >= one.Sequence {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	stream, err := openEvents(w)
	if err != nil {
		return nil //nolint:nilerr // the client has gone
	}
	return s.follow(r, stream, one, known, changes)
}

// follow sends an import's changes until it ends, the client goes, or the server stops.
func (s *server) follow(r *http.Request, stream eventStream, one jobs.Import, known int64, changes <-chan struct{}) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	last := jobs.Import{}
	for {
		if one.Sequence > known {
			if tellImport(stream, s.showImport(one), last) != nil {
				return nil // the client has gone
			}
			known, last = one.Sequence, one
		}
		if one.State.Final() {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.ImportChanges.Ended():
			return nil // the client comes back to whichever server runs
		case <-changes:
		case <-beat.C:
			if stream.beat() != nil {
				return nil
			}
		}
		now, err := s.Imports.Import(r.Context(), one.ID)
		if err != nil {
			continue // the database is away for a moment; the heart beats on
		}
		one = now
	}
}

// tellImport sends the import as an event, named by what has changed since the last one.
func tellImport(stream eventStream, one importAnswer, last jobs.Import) error {
	name := "progress"
	switch {
	case one.State.Final():
		name = "end"
	case one.State != last.State || one.Stage != last.Stage:
		name = "stage"
	}
	return stream.event(one.Sequence, name, one)
}
