package importers_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/importers"
)

// Another reader of GeoJSON is the referee.
func TestPolygonsOfGeoJSONAreReadAsOthersReadThem(t *testing.T) {
	for _, text := range []string{
		`{"type":"Polygon","coordinates":[[[112,22.5],[112.1,22.5],[112.1,22.6],[112,22.5]],[ [112.02 , 22.51] ,[1.1203e2,22.51],[112.03,22.52],[112.02,22.51]]]}`,
		"{\"type\":\"MultiPolygon\",\"coordinates\":[[[[112,22.5],[112.1,22.5],[112.1,22.6],[112,22.5]]],\n\t[[[112.2,22.5],[112.3,22.5],[112.3,22.6],[112.2,22.5]]]]}",
		`{"type":"MultiPolygon","coordinates":[[[[112,22.5,80],[112.1,22.5,81],[112.1,22.6,80],[112,22.5,80]]]]}`,
	} {
		g, err := geojson.UnmarshalGeometry([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var want orb.MultiPolygon
		switch g := g.Geometry().(type) {
		case orb.Polygon:
			want = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			want = g
		}
		for _, wrapped := range []string{
			text, `{"type":"Feature","properties":null,"geometry":` + text + `}`,
			`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null}, {"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[` + text + `]}}]}`,
		} {
			got, err := importers.ParseGeoJSON([]byte(wrapped), "4490", false)
			if err != nil || !reflect.DeepEqual(got.Shape(), want) {
				t.Errorf("%s: %v, %v; want %v", wrapped, got.Shape(), err, want)
			}
		}
	}
}

func TestGeoJSONThatIsNoOutline(t *testing.T) {
	collections := strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 3000) + strings.Repeat("]}", 3000)
	for sentence, c := range map[string]struct{ text, says string }{
		"a number":              {`{"type":"Polygon","coordinates":7}`, "no arrays of positions"},
		"an object":             {`{"type":"Polygon","coordinates":[[{"x":112}]]}`, "no arrays of positions"},
		"too few brackets":      {`{"type":"Polygon","coordinates":[[112,22],[112,23],[113,22],[112,22]]}`, "no arrays of positions"},
		"too many brackets":     {`{"type":"Polygon","coordinates":[[[[112,22]]]]}`, "no arrays of positions"},
		"texts":                 {`{"type":"Polygon","coordinates":[[["112","22"]]]}`, "no arrays of positions"},
		"no number":             {`{"type":"Polygon","coordinates":[[[null,22]]]}`, "no arrays of positions"},
		"an endless number":     {`{"type":"Polygon","coordinates":[[[1e999,22]]]}`, "no arrays of positions"},
		"one number":            {`{"type":"Polygon","coordinates":[[[112,22],[112]]]}`, "position 2 in ring 1 of polygon 1"},
		"nothing":               {`{"type":"Polygon"}`, "no arrays of positions"},
		"deep":                  {collections, "nested deeper"},
		"a list that is none":   {`{"type":"GeometryCollection","geometries":7}`, "no valid GeoJSON"},
		"numbers for objects":   {`{"type":"FeatureCollection","features":[7]}`, "no valid GeoJSON"},
		"a million empty rings": {`{"type":"MultiPolygon","coordinates":[` + strings.Repeat("[[]],", 700_000) + `[[]]]}`, "more than 1000000"},
		"a million of nothing":  {`{"type":"FeatureCollection","features":[` + strings.Repeat(`{"type":"Feature"},`, 1_000_000) + `{"type":"Feature"}]}`, "more than 1000000"},
		"a million positions":   {`{"type":"Polygon","coordinates":[[` + strings.Repeat("[112,22],", 1_000_000) + `[112,22]]]}`, "more than 1000000"},
	} {
		if !json.Valid([]byte(c.text)) {
			t.Fatalf("%s is no JSON", sentence)
		}
		_, err := importers.ParseGeoJSON([]byte(c.text), "", false)
		var told *importers.Problem
		if !errors.As(err, &told) || !errors.Is(err, importers.ErrOutline) || !strings.Contains(told.EN, c.says) {
			t.Errorf("%s: %.300v", sentence, err)
		}
	}
}
