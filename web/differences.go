package web

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"onemap/layers"
	"onemap/tiles"
)

// getDifference answers GET /api/v1/layers/{layer}/versions/{number}/difference:
// how many features came, went and changed against the base.
func (s *server) getDifference(w http.ResponseWriter, r *http.Request) error {
	d, err := s.difference(r)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", d)
}

// postDifference answers
// POST /api/v1/layers/{layer}/versions/{number}/difference: the version is compared with what is
// published now.
func (s *server) postDifference(w http.ResponseWriter, r *http.Request) error {
	l, n, err := s.readableVersion(r)
	if err != nil {
		return err
	}
	d, err := s.Store.Compare(r.Context(), l.Definition.ID, n)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", d)
}

func (s *server) difference(r *http.Request) (layers.Difference, error) {
	l, n, err := s.readableVersion(r)
	if err != nil {
		return layers.Difference{}, err
	}
	if _, err := s.Store.Version(r.Context(), l.Definition.ID, n); err != nil {
		return layers.Difference{}, err
	}
	return s.Store.Difference(r.Context(), l.Definition.ID, n)
}

// getDifferenceFeatures answers
// GET /api/v1/layers/{layer}/versions/{number}/difference/features?kind=&bbox=&limit=&after=,
// a page of the features that differ, as GeoJSON in EPSG:4490.
func (s *server) getDifferenceFeatures(w http.ResponseWriter, r *http.Request) error {
	d, err := s.difference(r)
	if err != nil {
		return err
	}
	values, err := query(r, "kind", "bbox", "limit", "after")
	if err != nil {
		return err
	}
	q := layers.DifferenceQuery{Kind: values.Get("kind")}
	if !slices.Contains([]string{"", "added", "removed", "changed"}, q.Kind) {
		return &paramError{"kind", q.Kind, "应为 added、removed 或 changed", "must be added, removed or changed"}
	}
	if q.Bounds, q.After, q.Limit, err = page(values); err != nil {
		return err
	}
	rows, next, err := s.Store.DifferenceRows(r.Context(), d, q)
	if err != nil {
		return err
	}
	shown := make([]layers.GeoFeature, len(rows))
	for i, row := range rows {
		shown[i] = row.GeoJSON()
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, map[string]any{
		"type": "FeatureCollection", "features": shown, "numberReturned": len(shown), "version": d.Version, "base": d.Base,
		"links": s.pageLinks(fmt.Sprintf("/api/v1/layers/%s/versions/%d/difference/features", d.Layer, d.Version), values, next),
	})
}

// getDifferenceTile answers
// GET /api/v1/layers/{layer}/versions/{number}/difference/{z}/{x}/{y}.mvt: the features that
// differ as a map layer, called difference, at every zoom of the grid.
func (s *server) getDifferenceTile(w http.ResponseWriter, r *http.Request) error {
	path := mux.Vars(r)
	tile, err := tiles.ParseAddress(path["z"], path["x"], path["y"])
	if err != nil {
		return err
	}
	l, err := s.readable(r)
	if err != nil {
		return err
	}
	d, err := s.difference(r)
	if err != nil {
		return err
	}
	h := w.Header()
	etag := fmt.Sprintf(`W/"%s-%d-%d-%d-%d-%d-%d"`, d.Layer, d.Version, d.Base, d.ComputedAt.UnixMicro(), tile.Z, tile.X, tile.Y)
	h.Set("ETag", etag)
	h.Set("Vary", "Accept-Encoding, Authorization")
	h.Set("Cache-Control", "private, no-cache")
	if noneMatch(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	built, err := s.Tiles.Difference(r.Context(), l, d, tile)
	if err != nil {
		return err
	}
	return s.writeTile(w, r, built)
}
