package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"onemap/spatial/warnings"
)

// warningBoard is what this package needs of [warnings.Board].
type warningBoard interface {
	At(place orb.Point) ([]warnings.Warning, error)
	Subscribe() (changes <-chan struct{}, stop func())
	Ended() <-chan struct{}
}

// mostNews is how many revisions are read at once.
const mostNews = 100

// getWarningEvents answers GET /api/v1/warnings/events: server-sent events, one for
// each revision of any warning, called publish, update or cancel; the data is the
// revision, the id its seq. A client that comes back with Last-Event-ID hears all
// that it missed, from whichever server. Without one, the first event is called
// active: its data are the warnings that hold, its id is where the news begin.
func (s *server) getWarningEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	changes, stop := s.WarningBoard.Subscribe()
	defer stop()
	header := r.Header.Get("Last-Event-ID")
	known, err := strconv.ParseInt(header, 10, 64)
	if header != "" && (err != nil || known < 0) {
		return &paramError{"Last-Event-ID", header, "应为本服务发出的事件编号", "must be the id of an event of this service"}
	}
	var active []shownWarning
	if header == "" {
		// First the head, then the list: what happens between is told twice rather than never.
		if known, err = s.Warnings.Head(r.Context()); err != nil {
			return err
		}
		now, err := s.Warnings.List(r.Context(), warnings.Query{State: warnings.Active, Limit: 1000})
		if err != nil {
			return err
		}
		active = s.showWarnings(now)
	}
	stream, err := openEvents(w)
	if err == nil && active != nil {
		err = stream.event(known, "active", active)
	}
	if err != nil {
		return nil //nolint:nilerr // the client has gone
	}
	s.followWarnings(r, stream, known, changes)
	return nil
}

// followWarnings sends revisions until the client goes or the server stops.
func (s *server) followWarnings(r *http.Request, stream eventStream, known int64, changes <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		for {
			news, err := s.Warnings.Since(r.Context(), known, mostNews)
			if err != nil {
				break // the database is away for a moment; the heart beats on
			}
			for _, one := range news {
				if stream.event(one.Seq, string(one.Action), s.showWarning(one, false)) != nil {
					return // the client has gone
				}
				known = one.Seq
			}
			if len(news) < mostNews {
				break
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.WarningBoard.Ended():
			return // the client comes back to whichever server runs
		case <-changes:
		case <-beat.C:
			if stream.beat() != nil {
				return
			}
		}
	}
}
