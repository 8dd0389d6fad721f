package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
)

const geoJSON = "application/geo+json"

type link struct {
	Rel  string `json:"rel"`
	Type string `json:"type"`
	Href string `json:"href"`
}

// getFeatures answers GET /api/v1/layers/{layer}/features?bbox=&crs=, a page of
// features and a link to the next page. The positions of the answer and of bbox=
// are in the system that crs= names, EPSG:4490 without it, longitude or easting first.
func (s *server) getFeatures(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "bbox", "limit", "after", "datetime", "crs")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
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
	if q.Bounds, q.After, q.Limit, err = in.page(values); err != nil {
		return err
	}
	features, next, err := s.Store.Features(r.Context(), l, q)
	if err != nil {
		return err
	}
	shown := make([]layers.GeoFeature, len(features))
	for i, f := range features {
		if shown[i], err = in.feature(f); err != nil {
			return err
		}
	}
	answer := map[string]any{
		"type": "FeatureCollection", "features": shown, "numberReturned": len(shown),
		"links": s.pageLinks("/api/v1/layers/"+mux.Vars(r)["layer"]+"/features", values, next), "version": l.Published.Number,
	}
	if name := in.name(); name != "" {
		answer["crs"] = name // a foreign member, as that of cells
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, answer)
}

// feature shows a feature in the request's system.
func (p placing) feature(f layers.Feature) (layers.GeoFeature, error) {
	shown := f.GeoJSON()
	if p.name() == "" || len(shown.Geometry) == 0 || string(shown.Geometry) == "null" {
		return shown, nil
	}
	stored, err := geojson.UnmarshalGeometry(shown.Geometry)
	if err != nil {
		return shown, fmt.Errorf("web: the geometry of feature %d: %w", f.FID, err)
	}
	shape, err := p.shape(stored.Geometry())
	if err == nil {
		shown.Geometry, err = json.Marshal(shape)
	}
	return shown, err
}

// page is [page] with bbox= in the request's system; of one that isn't EPSG:4490
// the rectangle round its corners counts.
func (p placing) page(values url.Values) (*layers.Bounds, int64, int, error) {
	if p.name() == "" || values.Get("bbox") == "" {
		return page(values)
	}
	box, err := p.bounds(values)
	if err != nil {
		return nil, 0, 0, err
	}
	rest := url.Values{"limit": values["limit"], "after": values["after"]}
	_, after, limit, err := page(rest)
	return &layers.Bounds{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}, after, limit, err
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

// getFeature answers GET /api/v1/layers/{layer}/features/{fid}?crs=. Its ETag is
// strong: an edit with it as If-Match is of the feature as it was read. In another
// system than EPSG:4490 the answer is another representation, and its ETag none
// of an edit's.
func (s *server) getFeature(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "datetime", "crs")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
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
	if in.name() == "" {
		return writeFeature(w, r, http.StatusOK, l, f, f.GeoJSON())
	}
	shown, err := in.feature(f)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, struct {
		layers.GeoFeature
		CRS string `json:"crs"`
	}{shown, in.name()})
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
