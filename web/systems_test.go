package web

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/importers"
	"onemap/layers"
	"onemap/spatial"
	"onemap/spatial/crs"
)

// corner is the first position of a feature's shape, a MultiPolygon.
func corner(feature any) orb.Point {
	at := feature.(map[string]any)["geometry"].(map[string]any)["coordinates"].([]any)[0].([]any)[0].([]any)[0].([]any)
	return orb.Point{at[0].(float64), at[1].(float64)}
}

func TestFeaturesInAnySystem(t *testing.T) {
	s := newService(t)
	const address = "/api/v1/layers/pond/features"
	plain := s.json(s.get(address), http.StatusOK)
	if plain["crs"] != nil {
		t.Errorf("crs is %v where the system is EPSG:4490", plain["crs"])
	}
	for _, name := range []string{"CRS84", "4490", "4525", "4546", "4526", "4547", "3857", "gcj02", "bd09"} {
		system, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		projector, err := crs.NewProjector(system)
		if err != nil {
			t.Fatal(err)
		}
		page := s.json(s.get(address+"?crs="+name), http.StatusOK)
		one := s.json(s.get(address+"/1?crs="+name), http.StatusOK)
		features := page["features"].([]any)
		if len(features) != 2 || page["crs"] != one["crs"] {
			t.Fatalf("%s: %v and %v", name, page, one)
		}
		for i, f := range features {
			want, err := projector.Point(corner(plain["features"].([]any)[i]))
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-4 // metres
			if system.Geographic() {
				tolerance = 1e-9
			}
			if got := corner(f); math.Abs(got[0]-want[0]) > tolerance || math.Abs(got[1]-want[1]) > tolerance {
				t.Errorf("%s: feature %d begins at %v, want %v", name, i+1, got, want)
			}
		}
		if corner(one) != corner(features[0]) {
			t.Errorf("%s: alone the feature begins at %v, in the page at %v", name, corner(one), corner(features[0]))
		}
	}
	// bbox= is of the same system, and the next page too: the two ponds, and the second alone.
	p, err := crs.Parse("4546")
	if err != nil {
		t.Fatal(err)
	}
	projector, err := crs.NewProjector(p)
	if err != nil {
		t.Fatal(err)
	}
	box := func(west, south, east, north float64) string {
		a, err := projector.Point(orb.Point{west, south})
		if err != nil {
			t.Fatal(err)
		}
		b, err := projector.Point(orb.Point{east, north})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("&bbox=%.3f,%.3f,%.3f,%.3f", a[0], a[1], b[0], b[1])
	}
	first := s.json(s.get(address+"?crs=4546&limit=1"+box(112.09, 22.905, 112.11, 22.915)), http.StatusOK)
	next := s.json(s.get(first["links"].([]any)[0].(map[string]any)["href"].(string)), http.StatusOK)
	if next["crs"] != "EPSG:4546" || next["numberReturned"] != 1.0 || corner(next["features"].([]any)[0])[0] < 1000 {
		t.Errorf("the next page is %v", next)
	}
	second := s.json(s.get(address+"?crs=4546"+box(112.105, 22.905, 112.11, 22.915)), http.StatusOK)
	if second["numberReturned"] != 1.0 || second["features"].([]any)[0].(map[string]any)["id"] != 2.0 {
		t.Errorf("in the second pond are %v", second)
	}
	for sentence, path := range map[string]string{
		"an unknown system":          address + "?crs=9999",
		"a zone that is elsewhere":   address + "?crs=4513",
		"the same of one feature":    address + "/1?crs=4513",
		"a box that is upside down":  address + "?crs=4546&bbox=500000,2537000,500100,2536000",
		"a box of another system":    address + "?crs=4546&bbox=112,22,113,23",
		"a limit past the most, too": address + "?crs=4546&limit=10001" + box(112.105, 22.905, 112.11, 22.915),
	} {
		if p := s.json(s.get(path), http.StatusBadRequest); p["field"] == nil {
			t.Errorf("%s: %v", sentence, p)
		}
	}
}

func TestTheETagOfAnotherSystemIsNoneOfAnEdit(t *testing.T) {
	s := newService(t)
	a := s.get("/api/v1/layers/pond/features/1?crs=4546")
	if etag := a.header.Get("ETag"); etag == "" || etag[:2] != "W/" {
		t.Errorf("ETag %q, want a weak one: it can't be an If-Match", etag)
	}
}

const (
	chiefAreas = `{"type": "FeatureCollection", "features": [
		{"type": "Feature", "properties": {"area_code": "445302", "area_name": "云城区", "tier": "3", "chief_name": %q, "chief_phone": "10012345678"}, "geometry": {"type": "Polygon", "coordinates": [[[112.0, 22.8], [112.2, 22.8], [112.2, 23.0], [112.0, 23.0], [112.0, 22.8]]]}}]}`
	chiefSegments = `{"type": "FeatureCollection", "features": [
		{"type": "Feature", "properties": {"seg_code": "S1", "seg_name": "镇段", "river": "南山河", "tier": "4", "chief_name": %q, "chief_phone": "10012345678", "town": "445302001"}, "geometry": {"type": "LineString", "coordinates": [[112.0, 22.9], [112.2, 22.9]]}}]}`
)

// TestChiefsAsOfATime publishes each layer of chiefs twice.
func TestChiefsAsOfATime(t *testing.T) {
	s := newService(t)
	operator := access.With(t.Context(), access.Operator("test"))
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.Define(operator, defs); err != nil {
		t.Fatal(err)
	}
	var between time.Time
	for _, chief := range []string{"陈大一", "李小二"} {
		for layer, text := range map[string]string{spatial.ForestChiefLayer: chiefAreas, spatial.RiverChiefLayer: chiefSegments} {
			file := filepath.Join(t.TempDir(), layer+".geojson")
			if err := os.WriteFile(file, fmt.Appendf(nil, text, chief), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: layer, Publish: true, Unchecked: true}); err != nil {
				t.Fatal(err)
			}
		}
		if between.IsZero() {
			if err := s.parts.DB.QueryRow(operator, "SELECT clock_timestamp()").Scan(&between); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.parts.Catalogue.(*layers.Watcher).Reload(operator); err != nil {
		t.Fatal(err)
	}
	then := "&datetime=" + between.UTC().Format("2006-01-02T15:04:05.000000Z")
	for _, route := range []string{"forest-chief", "river-chief"} {
		address := "/api/v1/route/" + route + "?lon=112.1&lat=22.9"
		for path, want := range map[string]string{address: "李小二", address + then: "陈大一"} {
			answer := s.json(s.get(path, s.bearer()), http.StatusOK)
			if got := answer["chiefs"].([]any)[0].(map[string]any)["chief"]; got != want {
				t.Errorf("%s: the chief is %v, want %s", path, got, want)
			}
		}
		s.wantProblem(s.get(address+"&datetime=2020-01-01"), http.StatusNotFound, "layer-not-published")
		if p := s.json(s.get(address+"&datetime=yesterday"), http.StatusBadRequest); p["field"] != "datetime" {
			t.Errorf("%s: %v", route, p)
		}
	}
}
