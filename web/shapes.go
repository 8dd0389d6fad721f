package web

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial"
	"onemap/spatial/overlay"
)

// shapeAsked is what a body says of a shape: polygons or the code of a division.
type shapeAsked struct {
	Geometry json.RawMessage `json:"geometry"`
	Division string          `json:"division"`
	CRS      string          `json:"crs"`
	Datetime string          `json:"datetime"`
}

// speak takes the coordinate system of the address, crs=, which may stand in the
// body instead.
func (a *shapeAsked) speak(values url.Values) error {
	given := values.Get("crs")
	if given != "" && a.CRS != "" && given != a.CRS {
		return &paramError{"crs", given, "与正文中的 crs（" + a.CRS + "）不一致；只给出一个", "differs from the body's crs, " + a.CRS + "; give one of them"}
	}
	if given != "" {
		a.CRS = given
	}
	return nil
}

// shape reads the shape; layers of divisions are as they were published at the time.
func (s *server) shape(ctx context.Context, asked shapeAsked, at time.Time) (overlay.Shape, error) {
	switch {
	case given(asked.Geometry) == (asked.Division != ""):
		return overlay.Shape{}, &paramError{"geometry", "", "geometry（GeoJSON 面）与 division（行政区代码）须且只须给出一个", "either geometry, polygons as GeoJSON, or division, a code, must be given"}
	case asked.Division != "":
		l, err := s.divisions(ctx, asked.Division, "", at)
		if err != nil {
			return overlay.Shape{}, err
		}
		shape, err := spatial.Division(ctx, s.DB, l, asked.Division)
		return shape, inField("division", err)
	}
	read, err := importers.ParseGeoJSON(asked.Geometry, asked.CRS, false)
	if err != nil {
		return overlay.Shape{}, blame("geometry", err)
	}
	shape, err := overlay.NewShape(ctx, s.DB, read.Shape())
	return shape, inField("geometry", err)
}

// inField blames a field for an error, if there is one.
func inField(name string, err error) error {
	if err == nil {
		return nil
	}
	return &fieldError{name, err}
}

// divisions opens the layer of a division's level, or of another level.
func (s *server) divisions(ctx context.Context, code, level string, at time.Time) (layers.Layer, error) {
	if level == "" {
		var err error
		if level, err = spatial.Level(code); err != nil {
			return layers.Layer{}, inField("division", err)
		}
	}
	id, err := spatial.DivisionLayer(level)
	if err != nil {
		return layers.Layer{}, inField("level", err)
	}
	return s.open(ctx, s.Catalogue.Catalogue(), id, at)
}

func moment(text string) (time.Time, error) {
	return readMoment(url.Values{"datetime": {text}})
}
