package web

import (
	"context"
	"net/http"
	"time"

	"onemap/layers"
	"onemap/spatial/risk"
)

// riskSource is what this package needs of [risk.Set].
type riskSource interface {
	Ask(ctx context.Context, q risk.Question) (risk.Answer, error)
	AskAt(ctx context.Context, q risk.Question, open risk.Opener, dictionaries map[string]layers.Dictionary) (risk.Answer, error)
}

// riskAnswer is the answer to a question about a place.
type riskAnswer struct {
	Longitude float64 `json:"lon"` // EPSG:4490
	Latitude  float64 `json:"lat"`
	Radius    float64 `json:"radius_m"`
	At        string  `json:"at"` // the moment that the answer is of
	risk.Answer
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
	return writeJSON(w, r, http.StatusOK, "application/json", answer)
}

// askRisk asks the memory about now and PostGIS about other times.
func (s *server) askRisk(ctx context.Context, q risk.Question, at time.Time) (riskAnswer, error) {
	shown := riskAnswer{Longitude: q.At[0], Latitude: q.At[1], Radius: q.RadiusMetres, At: at.Format(time.RFC3339)}
	var err error
	if at.IsZero() {
		shown.At = time.Now().Format(time.RFC3339)
		shown.Answer, err = s.Risks.Ask(ctx, q)
		return shown, err
	}
	catalogue := s.Catalogue.Catalogue()
	open := func(ctx context.Context, layer string) (layers.Layer, error) {
		return s.Store.OpenNamed(ctx, catalogue, layer, at)
	}
	shown.Answer, err = s.Risks.AskAt(ctx, q, open, catalogue.Dictionaries)
	return shown, err
}
