package risk_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/layers"
	"onemap/spatial/risk"
)

// settle publishes a grid of 10 by 10 cells of 0.01°, houses and zones in it.
func (w *town) settle() {
	w.t.Helper()
	w.fill()
	w.publish("grid_micro", "code, name, population", `SELECT format('445302001200%s%s', lpad((1 + x / 2)::text, 2, '0'), lpad((10 * (x % 2) + y)::text, 3, '0')), '格', 10 * x + y,
		format('POLYGON((%1$s %2$s, %3$s %2$s, %3$s %4$s, %1$s %4$s, %1$s %2$s))', 112 + x * 0.01, 22.9 + y * 0.01, 112 + (x + 1) * 0.01, 22.9 + (y + 1) * 0.01)
		FROM generate_series(0, 9) x, generate_series(0, 9) y`)
	// Houses are 40 m squares; three cells in ten have none.
	w.publish("building", "building_id, use, floor_area, safety", `SELECT 'B' || i, (ARRAY['1', '1', '5', '6'])[1 + i % 4], CASE WHEN i % 5 > 0 THEN 50 + i % 300 END, 'A',
		format('POLYGON((%1$s %2$s, %3$s %2$s, %3$s %4$s, %1$s %4$s, %1$s %2$s))', x, y, x + 0.0004, y + 0.0004)
		FROM (SELECT i, 112 + 0.07 * ((i * 7919) % 1009) / 1009.0 AS x, 22.9 + 0.1 * ((i * 104729) % 1013) / 1013.0 AS y FROM generate_series(1, 1500) i) p`)
}

func (w *town) opener() risk.Opener {
	c := w.catalogue()
	return func(_ context.Context, id string) (layers.Layer, error) { return c.Open(w.ctx, id) }
}

// The referee counts house by house, without the index's help, in another way.
const exposureReferee = `
WITH a AS (SELECT ST_GeomFromText(@area, 4490) AS geom),
h AS (SELECT b.fid, b.geom, b.use = '1' AS dwelling, coalesce(b.floor_area::float8, ST_Area(b.geom::geography)) AS weight,
	(SELECT min(g.code) FROM features.grid_micro g WHERE ST_Covers(g.geom, ST_PointOnSurface(b.geom))) AS code,
	greatest((SELECT max(risk::int) FROM features.geohazard_zone z WHERE ST_Intersects(z.geom, b.geom)), (SELECT max(risk::int) FROM features.flood_risk_zone z WHERE ST_Intersects(z.geom, b.geom)),
		(SELECT max(CASE WHEN des_std_years < 5 THEN 3 WHEN des_std_years < 10 THEN 2 ELSE 1 END) FROM features.waterlogging_area z WHERE ST_Intersects(z.geom, b.geom)), 0) AS rank
	FROM features.building b),
e AS (SELECT h.* FROM h, a WHERE ST_Intersects(h.geom, a.geom))
SELECT (SELECT count(*) FROM e)::int, (SELECT count(*) FROM e WHERE dwelling)::int, (SELECT count(*) FROM e WHERE rank = 4)::int,
	(SELECT coalesce(sum(g.population * e.weight / (SELECT sum(weight) FROM h WHERE dwelling AND h.code = g.code)), 0) FROM e JOIN features.grid_micro g USING (code) WHERE e.dwelling)
	+ (SELECT coalesce(sum(g.population * ST_Area(ST_Intersection(g.geom, a.geom)::geography) / ST_Area(g.geom::geography)), 0) FROM features.grid_micro g, a
		WHERE NOT EXISTS (SELECT 1 FROM h WHERE dwelling AND h.code = g.code)),
	(SELECT count(*) FROM e WHERE code LIKE '44530200120001%')::int, ST_Area(a.geom::geography)
FROM a`

func TestExposureIsWhatPlainSQLCounts(t *testing.T) {
	w := newTown(t)
	w.settle()
	for sentence, text := range map[string]string{
		"a square":                      "MULTIPOLYGON(((112.013 22.913, 112.047 22.913, 112.047 22.956, 112.013 22.956, 112.013 22.913)))",
		"with a hole, and an island":    "MULTIPOLYGON(((112.01 22.91, 112.06 22.91, 112.06 22.97, 112.01 22.97, 112.01 22.91), (112.02 22.92, 112.02 22.95, 112.05 22.95, 112.05 22.92, 112.02 22.92)), ((112.03 22.93, 112.04 22.93, 112.035 22.94, 112.03 22.93)))",
		"where no dwellings are":        "MULTIPOLYGON(((112.0755 22.911, 112.092 22.911, 112.092 22.956, 112.0755 22.956, 112.0755 22.911)))",
		"half outside the grid":         "MULTIPOLYGON(((111.95 22.85, 112.0252 22.85, 112.0252 22.9252, 111.95 22.9252, 111.95 22.85)))",
		"everything":                    "MULTIPOLYGON(((111 22, 113 22, 113 24, 111 24, 111 22)))",
		"a sliver that cuts one corner": "MULTIPOLYGON(((112.0001 22.9001, 112.0002 22.9001, 112.03 22.93, 112.0001 22.9001)))",
	} {
		shape, err := wkt.UnmarshalMultiPolygon(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := risk.Expose(w.ctx, w.db, w.rules, shape, "small", w.opener())
		if err != nil {
			t.Fatal(err)
		}
		var houses, dwellings, extreme, first int
		var people, area float64
		if err := w.db.QueryRow(w.ctx, exposureReferee, pgx.StrictNamedArgs{"area": text}).Scan(&houses, &dwellings, &extreme, &people, &first, &area); err != nil {
			t.Fatal(err)
		}
		at := map[int]risk.Exposed{}
		for _, l := range got.Levels {
			if l.Level != nil {
				at[l.Level.Rank] = l.Exposed
			}
		}
		inFirst, sum := 0, risk.Exposed{}
		for _, c := range got.Cells {
			if strings.HasPrefix(c.Code, "44530200120001") {
				inFirst += c.Houses
			}
			sum.Houses, sum.People = sum.Houses+c.Houses, sum.People+c.People
		}
		if got.Total.Houses != houses || got.Total.Dwellings != dwellings || math.Abs(got.Total.People-people) > 0.011 || at[4].Houses != extreme || inFirst != first || math.Abs(got.AreaM2-area) > 0.011 {
			t.Errorf("%s: %+v, extreme %d, in the first cell %d, %g m²; SQL says %d, %d, %g, %d, %d, %g", sentence, got.Total, at[4].Houses, inFirst, got.AreaM2, houses, dwellings, people, extreme, first, area)
		}
		if sum.Houses != got.Total.Houses || math.Abs(sum.People-got.Total.People) > 0.3 {
			t.Errorf("%s: cells sum to %+v, the total is %+v", sentence, sum, got.Total)
		}
	}
}

func TestExposureOfAZoneByItsKey(t *testing.T) {
	w := newTown(t)
	w.settle()
	shape, err := risk.ZoneShape(w.ctx, w.db, risk.Zone{Layer: "geohazard_zone", Key: "Z11"}, w.opener())
	if err != nil {
		t.Fatal(err)
	}
	got, err := risk.Expose(w.ctx, w.db, w.rules, shape, "village", w.opener())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Levels) == 0 || got.Levels[0].Level.Rank < 4 { // Z11 itself is extreme
		t.Errorf("%+v", got)
	}
	for _, s := range got.Sites {
		if s.Level == nil || s.Key == "" {
			t.Errorf("a site in the zone has no level: %+v", s)
		}
	}
	for sentence, c := range map[string]struct {
		zone risk.Zone
		want error
	}{
		"no such zone":  {risk.Zone{Layer: "geohazard_zone", Key: "Z0"}, layers.ErrUnknownFeature},
		"no such layer": {risk.Zone{Layer: "moon", Key: "1"}, layers.ErrUnknownLayer},
		"points":        {risk.Zone{Layer: "shelter", Key: "X1"}, risk.ErrArea},
	} {
		if _, err := risk.ZoneShape(w.ctx, w.db, c.zone, w.opener()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if _, err := risk.Expose(w.ctx, w.db, w.rules, shape, "county", w.opener()); !errors.Is(err, risk.ErrTier) {
		t.Errorf("a tier that is none: %v", err)
	}
	bow := orb.MultiPolygon{{{{112, 22.9}, {112.01, 22.91}, {112.01, 22.9}, {112, 22.91}, {112, 22.9}}}}
	var wrong *risk.AreaError
	if _, err := risk.Expose(w.ctx, w.db, w.rules, bow, "micro", w.opener()); !errors.As(err, &wrong) || !strings.Contains(wrong.EN, "112.005") {
		t.Errorf("a bow tie: %v", err)
	}
}

func TestExposureWithoutLayers(t *testing.T) {
	w := newTown(t)
	shape := orb.MultiPolygon{{{{112, 22.9}, {112.01, 22.9}, {112.01, 22.91}, {112, 22.9}}}}
	got, err := risk.Expose(w.ctx, w.db, w.rules, shape, "micro", w.opener())
	if err != nil || got.Total != (risk.Exposed{}) || len(got.Missing) < 8 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadingAreas(t *testing.T) {
	ring := "[[112,22],[112.1,22],[112.1,22.1],[112,22]]"
	for sentence, text := range map[string]string{
		"a polygon":          `{"type":"Polygon","coordinates":[` + ring + `]}`,
		"with heights":       `{"type":"Polygon","coordinates":[[[112,22,1],[112.1,22,1],[112.1,22.1,1],[112,22,1]]]}`,
		"several":            `{"type":"MultiPolygon","coordinates":[[` + ring + `],[` + ring + `]]}`,
		"a feature":          `{"type":"Feature","properties":{"a":1},"id":3,"geometry":{"type":"Polygon","coordinates":[` + ring + `]}}`,
		"a zone by its name": `{"layer":"geohazard_zone","key":"Z1"}`,
	} {
		if area, zone, err := risk.ReadArea([]byte(text)); err != nil || (area == nil) == (zone == nil) {
			t.Errorf("%s: %v, %v, %v", sentence, area, zone, err)
		}
	}
	for sentence, c := range map[string]struct{ text, member string }{
		"nothing":              {"", "(body)"},
		"null":                 {"null", "(body)"},
		"a list":               {"[]", "(body)"},
		"more after it":        {`{"layer":"a","key":"b"} {}`, "(body)"},
		"NaN":                  {`{"type":"Polygon","coordinates":[[[NaN,22]]]}`, "(body)"},
		"too large a number":   {`{"type":"Polygon","coordinates":[[[1e999,22],[1,1],[2,2],[1e999,22]]]}`, "coordinates"},
		"a line":               {`{"type":"LineString","coordinates":[[1,2],[3,4]]}`, "type"},
		"an unknown member":    {`{"type":"Polygon","coordinates":[` + ring + `],"colour":1}`, "colour"},
		"too deep":             {`{"type":"Polygon","coordinates":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "coordinates"},
		"an open ring":         {`{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,2]]]}`, "coordinates"},
		"three positions":      {`{"type":"Polygon","coordinates":[[[1,1],[2,1],[1,1]]]}`, "coordinates"},
		"a position of one":    {`{"type":"Polygon","coordinates":[[[1],[2,1],[2,2],[1]]]}`, "coordinates"},
		"no ring":              {`{"type":"Polygon","coordinates":[]}`, "coordinates"},
		"no polygon":           {`{"type":"MultiPolygon","coordinates":[]}`, "coordinates"},
		"a layer without key":  {`{"layer":"a"}`, "key"},
		"a million positions ": {fmt.Sprintf(`{"type":"Polygon","coordinates":[[%s[1,1]]]}`, strings.Repeat("[1,1],", 1_000_000)), "coordinates"},
	} {
		_, _, err := risk.ReadArea([]byte(c.text))
		var wrong *risk.AreaError
		if !errors.As(err, &wrong) || wrong.Member != c.member {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func FuzzReadArea(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[112,22],[112.1,22],[112.1,22.1],[112,22]]]}`))
	f.Add([]byte(`{"layer":"a","key":"b"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		area, zone, err := risk.ReadArea(text)
		if err == nil && (area == nil) == (zone == nil) || err != nil && !errors.Is(err, risk.ErrArea) {
			t.Errorf("%v, %v, %v", area, zone, err)
		}
	})
}
