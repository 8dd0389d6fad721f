package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"onemap/layers"
	"onemap/spatial"
	"onemap/tiles"
)

const geoJSON = "application/geo+json"

// geoFeature is a GeoJSON feature (RFC 7946); measure is a foreign member with
// its size on the ellipsoid.
type geoFeature struct {
	Type       string          `json:"type"`
	ID         int64           `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties json.RawMessage `json:"properties"`
	Measure    *measure        `json:"measure,omitempty"`
}

type measure struct {
	AreaM2       *float64 `json:"area_m2,omitempty"`
	LengthMetres *float64 `json:"length_m,omitempty"`
}

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
	shown := make([]geoFeature, len(features))
	for i, f := range features {
		shown[i] = geoFeature{Type: "Feature", ID: f.FID, Geometry: f.Geometry, Properties: f.Properties}
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
	wrong := &paramError{
		"bbox", text, "应为 西,南,东,北 四个经纬度，以逗号分隔，且南不大于北",
		"must be west,south,east,north in degrees, with south not above north",
	}
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return nil, wrong
	}
	var b layers.Bounds
	for i, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || !(n >= -180 && n <= 180) {
			return nil, wrong
		}
		b[i] = n
	}
	if b[0] > b[2] || b[1] > b[3] || b[1] < -90 || b[3] > 90 {
		return nil, wrong
	}
	return &b, nil
}

// getFeature answers GET /api/v1/layers/{layer}/features/{fid}.
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
	text := mux.Vars(r)["fid"]
	fid, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %.30s", layers.ErrUnknownFeature, text)
	}
	f, err := s.Store.Feature(r.Context(), l, fid)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, geoFeature{Type: "Feature", ID: f.FID, Geometry: f.Geometry, Properties: f.Properties})
}

// getIdentify answers GET /api/v1/identify?lon=&lat=&layers=&tolerance=: what
// is at a place, layer by layer in the order asked for.
func (s *server) getIdentify(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "layers", "tolerance", "datetime")
	if err != nil {
		return err
	}
	asOf, err := readMoment(values)
	if err != nil {
		return err
	}
	var position [2]float64
	for i, name := range []string{"lon", "lat"} {
		if values.Get(name) == "" {
			return &paramError{name, "", "必须给出，EPSG:4490 度", "must be given, in EPSG:4490 degrees"}
		}
		if position[i], err = number(values, name, 0); err != nil {
			return err
		}
	}
	tolerance, err := number(values, "tolerance", 10)
	if err != nil {
		return err
	}
	ids, err := tiles.ParseLayers(values.Get("layers"))
	if err != nil {
		return err
	}
	catalogue, in := s.Catalogue.Catalogue(), make([]layers.Layer, len(ids))
	for i, id := range ids {
		if in[i], err = s.open(r.Context(), catalogue, id, asOf); err != nil {
			return err
		}
	}
	found, err := spatial.Identify(r.Context(), s.DB, in, position[0], position[1], tolerance)
	if err != nil {
		return err
	}
	results := []map[string]any{}
	for _, one := range found {
		results = append(results, map[string]any{
			"layer": one.Layer.Definition.ID, "name": one.Layer.Definition.Name, "name_en": one.Layer.Definition.NameEN,
			"version": one.Layer.Published.Number, "features": foundFeatures(one.Features), "more": one.More,
		})
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"lon": position[0], "lat": position[1], "results": results})
}

func foundFeatures(found []spatial.Found) []geoFeature {
	features := make([]geoFeature, len(found))
	for i, f := range found {
		features[i] = geoFeature{Type: "Feature", ID: f.FID, Geometry: f.Geometry, Properties: f.Properties}
		if f.AreaM2 != nil || f.LengthMetres != nil {
			features[i].Measure = &measure{f.AreaM2, f.LengthMetres}
		}
	}
	return features
}
