package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/spatial/risk"
	"onemap/spatial/warnings"
)

// riskSource is what this package needs of [risk.Set].
type riskSource interface {
	Ask(ctx context.Context, q risk.Question) (risk.Answer, error)
	Sketch(ctx context.Context, box orb.Bound, most int) (risk.Sketches, error)
	Rain(ctx context.Context, rules risk.RainRules, q risk.RainQuestion, open risk.Opener) (risk.RainAnswer, error)
	Rules() risk.Rules
	indexStatus
}

// riskAnswer is the answer to a question about a place.
type riskAnswer struct {
	Longitude float64 `json:"lon"` // EPSG:4490
	Latitude  float64 `json:"lat"`
	Radius    float64 `json:"radius_m"`
	At        string  `json:"at"` // the moment that the answer is of
	risk.Answer
	Warnings []shownWarning `json:"active_warnings"` // that hold at the place
}

// getRisk answers GET /api/v1/risk?lon=&lat=: the dangers at or within the
// radius, the nearest shelters and the warnings for the place; with datetime=, as
// they were known then.
func (s *server) getRisk(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs", "radius", "limit", "shelters", "datetime")
	if err != nil {
		return err
	}
	at, err := readMoment(values)
	if err != nil {
		return err
	}
	var q risk.Question
	if q.At, err = readPlace(values); err != nil {
		return err
	}
	if q.RadiusMetres, err = number(values, "radius", 500); err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, risk.MaxListed, 200)
	if err != nil {
		return err
	}
	shelters, err := whole(values, "shelters", 0, risk.MaxShelters, 3)
	if err != nil {
		return err
	}
	q.Limit, q.Shelters = int(limit), int(shelters)
	answer, err := s.askRisk(r.Context(), q, at)
	if err != nil {
		return err
	}
	text, err := appendRisk(make([]byte, 0, 4096), &answer)
	if err != nil {
		return fmt.Errorf("web: writing an answer: %w", err)
	}
	return writeBody(w, r, http.StatusOK, "application/json", append(text, '\n'))
}

// askRisk asks the memory about now and PostGIS about other times.
func (s *server) askRisk(ctx context.Context, q risk.Question, at time.Time) (riskAnswer, error) {
	shown := riskAnswer{Longitude: q.At[0], Latitude: q.At[1], Radius: q.RadiusMetres, At: at.Format(time.RFC3339)}
	var hold []warnings.Warning
	var err error
	if at.IsZero() {
		shown.At = time.Now().Format(time.RFC3339)
		if shown.Answer, err = s.Risks.Ask(ctx, q); err == nil {
			hold, err = s.WarningBoard.At(q.At)
		}
	} else {
		if shown.Answer, err = risk.AskAt(ctx, s.DB, s.Risks.Rules(), q, s.openerAt(at), s.Catalogue.Catalogue().Dictionaries); err == nil {
			hold, err = s.Warnings.List(ctx, warnings.Query{At: at, State: warnings.Active, Place: &q.At, Limit: 1000})
		}
	}
	if err != nil {
		return shown, err
	}
	shown.Heed(s.alerts(hold), s.Risks.Rules())
	shown.Warnings = s.showWarnings(hold)
	return shown, nil
}

// area brings an area of a request to EPSG:4490, in place.
func (p placing) area(area orb.MultiPolygon) (orb.MultiPolygon, error) {
	for _, polygon := range area {
		for _, ring := range polygon {
			for i := range ring {
				var err error
				if ring[i], err = p.place(ring[i]); err != nil {
					return nil, err
				}
			}
		}
	}
	return area, nil
}

// alerts is what a question about risk minds of warnings.
func (s *server) alerts(hold []warnings.Warning) []risk.Alert {
	register := s.Warnings.Register()
	alerts := make([]risk.Alert, len(hold))
	for i, w := range hold {
		kind, _ := register.Kind(w.Kind)
		colour, _ := register.Colour(w.Colour)
		alerts[i] = risk.Alert{ID: w.ID, Rank: colour.Rank, Perils: kind.Perils}
	}
	return alerts
}

// mostArea is the longest body that names an area, in bytes.
const mostArea = 8 << 20

// postExposure answers POST /api/v1/risk/exposure: houses, people and key sites in
// an area, a GeoJSON polygon in crs= or {"layer", "key"} of a zone, by level and
// by the cells of by=.
func (s *server) postExposure(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs", "by", "datetime")
	if err != nil {
		return err
	}
	at, err := readMoment(values)
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	body, err := readBody(http.MaxBytesReader(w, r.Body, mostArea))
	if err != nil {
		return err
	}
	area, zone, err := risk.ReadArea(body)
	if err != nil {
		return err
	}
	open := s.openerAt(at)
	if zone != nil {
		if area, err = risk.ZoneShape(r.Context(), s.DB, *zone, open); errors.Is(err, layers.ErrUnknownFeature) {
			err = inField("key", err)
		}
	} else {
		area, err = in.area(area)
	}
	if err != nil {
		return err
	}
	found, err := risk.Expose(r.Context(), s.DB, s.Risks.Rules(), area, cmp.Or(values.Get("by"), "micro"), open)
	if err != nil {
		return err
	}
	if at.IsZero() {
		at = time.Now()
	}
	return writeJSON(w, r, http.StatusOK, "application/json", struct {
		Zone *risk.Zone `json:"zone"`
		At   string     `json:"at"`
		risk.Exposure
	}{zone, at.Format(time.RFC3339), found})
}

// openerAt opens layers as they were published at a time; the zero time is now.
func (s *server) openerAt(at time.Time) risk.Opener {
	catalogue := s.Catalogue.Catalogue()
	return func(ctx context.Context, layer string) (layers.Layer, error) {
		return s.Store.OpenNamed(ctx, catalogue, layer, at)
	}
}

// mostRain is the longest body of measured rain, in bytes.
const mostRain = 4 << 20

// postRain answers POST /api/v1/risk/rain: of which zones the rain measured at
// stations passes a threshold, by which station and how much, and with draft=true
// the warnings that follow. Stations without a code of the layer have lon and lat
// in crs=.
func (s *server) postRain(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs", "draft")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	draft, err := flag(values, "draft")
	if err != nil {
		return err
	}
	body, err := readBody(http.MaxBytesReader(w, r.Body, mostRain))
	if err != nil {
		return err
	}
	q, err := risk.ReadRain(body)
	if err != nil {
		return err
	}
	for i := range q.Stations {
		if m := &q.Stations[i]; m.Lon != nil {
			at, err := in.place(orb.Point{*m.Lon, *m.Lat})
			if err != nil {
				return err
			}
			m.Lon, m.Lat = &at[0], &at[1]
		}
	}
	answer, err := s.Risks.Rain(r.Context(), s.RainRules, q, s.openerAt(time.Time{}))
	if err != nil {
		return err
	}
	shown := struct {
		At string `json:"at"`
		risk.RainAnswer
		Drafts []risk.DraftWarning `json:"draft_warnings,omitempty"`
	}{time.Now().Format(time.RFC3339), answer, nil}
	if draft {
		shown.Drafts = answer.Drafts(s.RainRules, func(id string) string {
			colour, _ := s.Warnings.Register().Colour(id)
			return colour.Name
		}, time.Now())
	}
	return writeJSON(w, r, http.StatusOK, "application/json", shown)
}
