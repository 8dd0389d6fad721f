package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"onemap/importers"
	"onemap/importers/jobs"
	"onemap/layers"
)

// mostCorrection is the longest correction that is read, in bytes.
const mostCorrection = 64 << 20

// quarantinedVersion is the version that a request names, and its rows in quarantine.
func (s *server) quarantinedVersion(r *http.Request) (layer string, version int, of layers.Delivery, err error) {
	l, version, err := s.readableVersion(r)
	if err != nil {
		return "", 0, of, err
	}
	of, err = s.Store.Delivery(r.Context(), l.Definition.ID, version)
	return l.Definition.ID, version, of, err
}

// heldRow is a row in quarantine with its geometry as GeoJSON, in the
// delivery's system, and on the map.
type heldRow struct {
	layers.QuarantinedRow
	Geometry *geojson.Geometry `json:"geometry"`
	Shape    *geojson.Geometry `json:"shape"` // EPSG:4490; nil where it can't be shown
}

// plainGeometry is g as GeoJSON; nil where a coordinate is not a number.
func plainGeometry(g orb.Geometry) *geojson.Geometry {
	if g == nil {
		return nil
	}
	shown := geojson.NewGeometry(g)
	if _, err := shown.MarshalJSON(); err != nil {
		return nil
	}
	return shown
}

// getQuarantine answers GET /api/v1/layers/{layer}/versions/{number}/quarantine:
// rows that the version didn't take, in pages.
func (s *server) getQuarantine(w http.ResponseWriter, r *http.Request) error {
	_, _, of, err := s.quarantinedVersion(r)
	if err != nil {
		return err
	}
	values, err := query(r, "state", "after", "limit")
	if err != nil {
		return err
	}
	after, err := whole(values, "after", 0, 1<<53, 0)
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	rows, err := s.Store.Quarantined(r.Context(), of, layers.RowState(values.Get("state")), after, int(limit))
	if err != nil {
		return err
	}
	counts, err := s.Store.CountQuarantined(r.Context(), of)
	if err != nil {
		return err
	}
	shown, shapes := make([]heldRow, len(rows)), importers.ShapesOf(of)
	for i, row := range rows {
		shown[i] = heldRow{QuarantinedRow: row, Shape: plainGeometry(shapes.Of(row))}
		if g, err := wkb.Unmarshal(row.Geometry); err == nil {
			shown[i].Geometry = plainGeometry(g)
		}
	}
	next := int64(0)
	if len(rows) == int(limit) {
		next = rows[len(rows)-1].Row
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{
		"crs": of.SourceCRS, "fields": of.Fields, "counts": counts, "rows": shown, "next": next,
	})
}

// patchQuarantine answers PATCH /api/v1/layers/{layer}/versions/{number}/quarantine:
// rows corrected in a file, a GeoJSON FeatureCollection whose ids are the rows'.
func (s *server) patchQuarantine(w http.ResponseWriter, r *http.Request) error {
	layer, version, _, err := s.quarantinedVersion(r)
	if err != nil {
		return err
	}
	n, err := importers.CorrectFrom(r.Context(), s.Store, layer, version, http.MaxBytesReader(w, r.Body, mostCorrection))
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"corrected": n})
}

// patchQuarantinedRow answers PATCH /api/v1/layers/{layer}/versions/{number}/quarantine/{row}:
// one row's attributes, geometry (in the delivery's system) or state.
func (s *server) patchQuarantinedRow(w http.ResponseWriter, r *http.Request) error {
	_, _, of, err := s.quarantinedVersion(r)
	if err != nil {
		return err
	}
	row, err := strconv.ParseInt(mux.Vars(r)["row"], 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %.20s", layers.ErrUnknownRow, mux.Vars(r)["row"])
	}
	change, err := importers.ReadCorrection(http.MaxBytesReader(w, r.Body, mostCorrection))
	if err != nil {
		return err
	}
	if err := s.Store.Correct(r.Context(), of, row, change); err != nil {
		return err
	}
	rows, err := s.Store.Quarantined(r.Context(), of, "", row-1, 1)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", rows[0])
}

// newRetry is the body that asks for a retry; it may be left out.
type newRetry struct {
	SevenParameters json.RawMessage `json:"seven_parameters"`
	IdempotencyKey  string          `json:"idempotency_key"`
}

// postRetry answers POST /api/v1/layers/{layer}/versions/{number}/quarantine/retry:
// a job is queued in which the rows that pass now and the version's own become a
// new version. It is answered 202 with the job, which is followed and cancelled
// like any import.
func (s *server) postRetry(w http.ResponseWriter, r *http.Request) error {
	layer, version, _, err := s.quarantinedVersion(r)
	if err != nil {
		return err
	}
	values, err := query(r, "publish", "accept_errors")
	if err != nil {
		return err
	}
	request := jobs.RetryRequest{Layer: layer, Version: version}
	if request.Publish, err = flag(values, "publish"); err != nil {
		return err
	}
	if request.Unchecked, err = flag(values, "accept_errors"); err != nil {
		return err
	}
	var asked newRetry
	if r.ContentLength != 0 {
		if err := readObject(w, r, mostRequest, &asked); err != nil {
			return err
		}
	}
	request.Key = cmp.Or(asked.IdempotencyKey, r.Header.Get("Idempotency-Key"))
	if request.SevenParameters, err = sevenParameters(asked.SevenParameters); err != nil {
		return err
	}
	one, created, err := s.Imports.Retry(r.Context(), request)
	if err != nil {
		return err
	}
	return s.answerCreated(w, r, one, created, http.StatusAccepted)
}
