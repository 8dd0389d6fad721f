package importers

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

func TestReadShape(t *testing.T) {
	for text, want := range map[string]orb.Geometry{
		`{"type": "Point", "coordinates": [112, 22.9]}`:                                    orb.Point{112, 22.9},
		`{"type": "Point", "coordinates": [112, 22.9, 35.5]}`:                              orb.Point{112, 22.9},
		`{"type": "MultiPoint", "coordinates": [[112, 22.9], [113, 23]]}`:                  orb.MultiPoint{{112, 22.9}, {113, 23}},
		`{"type": "LineString", "coordinates": [[112, 22.9], [113, 23]]}`:                  orb.LineString{{112, 22.9}, {113, 23}},
		`{"type": "MultiLineString", "coordinates": [[[112, 22.9], [113, 23]]]}`:           orb.MultiLineString{{{112, 22.9}, {113, 23}}},
		`{"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}`:           orb.Polygon{{{1, 1}, {2, 1}, {2, 2}, {1, 1}}},
		`{"type": "MultiPolygon", "coordinates": [[[[1, 1], [2, 1], [2, 2], [1, 1]]]]}`:    orb.MultiPolygon{{{{1, 1}, {2, 1}, {2, 2}, {1, 1}}}},
		`{"type": "MultiPolygon", "coordinates": [], "bbox": [1], "crs": null}`:            orb.MultiPolygon{},
		`{"coordinates": [112, 1e2], "type": "Point", "properties": {"deep": [[[[[]]]]]}}`: orb.Point{112, 100},
	} {
		got, err := readShape([]byte(text))
		if err != nil || !orb.Equal(got, want) {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
}

// Whatever comes, a shape is read whole or refused in words.
func FuzzReadShape(f *testing.F) {
	for _, seed := range []string{
		`{"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}`, `{"type": "Point", "coordinates": [1e400, -0]}`, `{"type": "MultiPoint", "coordinates": {}}`,
		`{"type": "MultiLineString", "coordinates": [[["a"]]]}`, `null`, `[]`, `{"type": "Point", "coordinates": null}`, strings.Repeat(`[`, 20_000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		shape, err := readShape(text)
		var row *RowError
		var problem *Problem
		switch {
		case err == nil:
			if _, err := wkb.Marshal(shape); err != nil {
				t.Errorf("%v: %v", shape, err)
			}
		case !errors.As(err, &row) && !errors.As(err, &problem):
			t.Errorf("%T %v", err, err)
		}
	})
}

// A body is read as a feature or refused in words, and never taken for less than it says.
func FuzzReadFeature(f *testing.F) {
	for _, seed := range []string{
		`{"type": "Feature", "id": "7", "geometry": null, "properties": {"a": 1}}`, `{"type": "Feature", "id": 8}`, `{"type": "feature"}`, `{"type": "Feature", "properties": "x"}`, `{`, ``, "\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		given, err := readFeature(strings.NewReader(text), 7)
		var row *RowError
		var problem *Problem
		if err != nil {
			if !errors.As(err, &row) && !errors.As(err, &problem) {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		if !strings.Contains(text, "Feature") || strings.IndexByte(text, 0) >= 0 {
			t.Errorf("%q is taken for %v", text, given)
		}
	})
}

func TestTooManyVertices(t *testing.T) {
	line := func(n int) string {
		return `{"type": "LineString", "coordinates": [` + strings.Repeat("[112,23],", n-1) + `[112,23]]}`
	}
	if _, err := readShape([]byte(line(MostVertices))); err != nil {
		t.Errorf("as many as may be: %v", err)
	}
	if _, err := readShape([]byte(line(MostVertices + 1))); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), fmt.Sprint(MostVertices)) {
		t.Errorf("one more: %v", err)
	}
}
