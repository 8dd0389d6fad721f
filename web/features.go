package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"

	"onemap/layers"
)

const geoJSON = "application/geo+json"

type link struct {
	Rel  string `json:"rel"`
	Type string `json:"type"`
	Href string `json:"href"`
}

// getFeatures answers GET /api/v1/layers/{layer}/features, a page of features
// in EPSG:4490 (longitude first) and a link to the next page.
func (s *server) getFeatures(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "bbox", "limit", "after", "datetime")
	if err != nil {
		return err
	}
	asOf, err := readMoment(values)
	if err != nil {
		return err
	}
	l, err := s.open(r.Context(), s.Catalogue.Catalogue(), mux.Vars(r)["layer"], asOf)
	if err != nil {
		return err
	}
	var q layers.FeatureQuery
	if q.Bounds, q.After, q.Limit, err = page(values); err != nil {
		return err
	}
	features, next, err := s.Store.Features(r.Context(), l, q)
	if err != nil {
		return err
	}
	shown := make([]layers.GeoFeature, len(features))
	for i, f := range features {
		shown[i] = f.GeoJSON()
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, map[string]any{
		"type": "FeatureCollection", "features": shown, "numberReturned": len(shown),
		"links": s.pageLinks("/api/v1/layers/"+mux.Vars(r)["layer"]+"/features", values, next), "version": l.Published.Number,
	})
}

// page reads what a request says of the page that it wants: bbox=, after= and limit=.
func page(values url.Values) (box *layers.Bounds, after int64, limit int, err error) {
	if box, err = bounds(values); err != nil {
		return nil, 0, 0, err
	}
	most, err := whole(values, "limit", 1, 10_000, 100)
	if err != nil {
		return nil, 0, 0, err
	}
	after, err = whole(values, "after", 0, 1<<62, 0)
	return box, after, int(most), err
}

// pageLinks leads from a page to the next one, which begins after the number
// next; 0 is the last page.
func (s *server) pageLinks(path string, values url.Values, next int64) []link {
	if next == 0 {
		return []link{}
	}
	values.Set("after", strconv.FormatInt(next, 10))
	return []link{{"next", geoJSON, s.config.PublicURL + path + "?" + values.Encode()}}
}

// bounds reads bbox=west,south,east,north.
func bounds(values url.Values) (*layers.Bounds, error) {
	text := values.Get("bbox")
	if text == "" {
		return nil, nil
	}
	box, err := layers.ParseBounds(text)
	if err != nil {
		return nil, &paramError{
			"bbox", text, "应为 西,南,东,北 四个经纬度，以逗号分隔，且南不大于北",
			"must be west,south,east,north in degrees, with south not above north",
		}
	}
	return box, nil
}

// getFeature answers GET /api/v1/layers/{layer}/features/{fid}. Its ETag is
// strong: an edit with it as If-Match is of the feature as it was read.
func (s *server) getFeature(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "datetime")
	if err != nil {
		return err
	}
	asOf, err := readMoment(values)
	if err != nil {
		return err
	}
	l, err := s.open(r.Context(), s.Catalogue.Catalogue(), mux.Vars(r)["layer"], asOf)
	if err != nil {
		return err
	}
	fid, err := featureNumber(r)
	if err != nil {
		return err
	}
	f, err := s.Store.Feature(r.Context(), l, fid)
	if err != nil {
		return err
	}
	return writeFeature(w, r, http.StatusOK, l, f, f.GeoJSON())
}

// featureNumber is the feature that an address names.
func featureNumber(r *http.Request) (int64, error) {
	text := mux.Vars(r)["fid"]
	fid, err := strconv.ParseInt(text, 10, 64)
	if err != nil || fid < 1 {
		return 0, fmt.Errorf("%w: %.30s", layers.ErrUnknownFeature, text)
	}
	return fid, nil
}
