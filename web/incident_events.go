package web

import (
	"net/http"
	"strconv"
	"time"
)

// bell is what this package needs of [postgis.Bell].
type bell interface {
	Subscribe() (rung <-chan struct{}, stop func())
	Ended() <-chan struct{}
}

// getIncidentEvents answers GET /api/v1/incidents/events: server-sent events, one
// for each step of any incident that who asks may see, called by the state that it
// led to; the id is its seq. A client that comes back with Last-Event-ID hears all
// that it missed, from whichever server; without it, what happens from now on. The
// stream ends when who asks is no longer let in.
func (s *server) getIncidentEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	rung, stop := s.IncidentBell.Subscribe()
	defer stop()
	header := r.Header.Get("Last-Event-ID")
	known, err := strconv.ParseInt(header, 10, 64)
	if header != "" && (err != nil || known < 0) {
		return &paramError{"Last-Event-ID", header, "应为本服务发出的事件编号", "must be the id of an event of this service"}
	}
	if header == "" {
		if known, err = s.Incidents.Head(r.Context()); err != nil {
			return err
		}
	}
	stream, err := openEvents(w)
	if err != nil {
		return nil //nolint:nilerr // the client has gone
	}
	s.followIncidents(r, stream, known, rung)
	return nil
}

// followIncidents sends steps until the client goes, is shut out, or the server stops.
func (s *server) followIncidents(r *http.Request, stream eventStream, known int64, rung <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		for {
			news, err := s.Incidents.Since(r.Context(), known, mostNews)
			if err != nil {
				break // the database is away for a moment; the heart beats on
			}
			for _, one := range news {
				if stream.event(one.Seq, string(one.To), one) != nil {
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
		case <-s.IncidentBell.Ended():
			return // the client comes back to whichever server runs
		case <-rung:
		case <-beat.C:
			if stream.beat() != nil {
				return
			}
		}
		if !s.stillLetIn(r) {
			return
		}
	}
}
