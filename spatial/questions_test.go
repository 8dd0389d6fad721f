package spatial_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial"
	"onemap/spatial/overlay"
)

// world is a database with several layers: points (well), lines (brook), polygons
// (field, zone) and two counties.
type world struct {
	db *pgxpool.Pool
	in map[string]layers.Layer
}

func newWorld(t *testing.T, tables map[string]string) world {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	kinds := map[string]layers.GeometryKind{"well": layers.Point, "brook": layers.LineString, "field": layers.Polygon, "zone": layers.Polygon, "division_county": layers.Polygon}
	defs := layers.Definitions{Themes: []layers.Theme{{ID: "test", Name: "测", NameEN: "Test"}}}
	for id, kind := range kinds {
		defs.Layers = append(defs.Layers, layers.Definition{
			ID: id, Theme: "test", Name: id, NameEN: id, Geometry: kind, Key: []string{"code"}, MaxZoom: 14, Sensitivity: layers.Public, Department: "测试", Source: "test",
			Fields: []layers.Field{
				{Name: "code", Label: "码", LabelEN: "Code", Type: layers.Text},
				{Name: "name", Label: "名", LabelEN: "Name", Type: layers.Text},
				{Name: "kind", Label: "类", LabelEN: "Kind", Type: layers.Text},
				{Name: "grade", Label: "级", LabelEN: "Grade", Type: layers.Integer},
			},
		})
	}
	if err := store.Define(ctx, defs); err != nil {
		t.Fatal(err)
	}
	for id, rows := range tables {
		draft, err := store.BeginDraft(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (fid, code, kind, grade, geom, geom_3857)
			SELECT fid, code, kind, grade, ST_Multi(ST_SetSRID(g, 4490)), ST_Transform(ST_Multi(ST_SetSRID(g, 4490)), 3857) FROM (%s) AS r (fid, code, kind, grade, g)`,
			layers.Table(id, v.Number).Sanitize(), rows))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Publish(ctx, id, v.Number); err != nil {
			t.Fatal(err)
		}
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	w := world{db, map[string]layers.Layer{}}
	for id := range tables {
		if w.in[id], err = catalogue.PublishedLayer(id); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

const (
	scattered = `SELECT n, 'W' || n, CASE WHEN n % 3 = 0 THEN NULL ELSE 'k' || n % 3 END, n % 5, ST_MakePoint(111.5 + 0.8 * frac(n * 0.61803398875), 22.5 + 0.8 * frac(n * 0.7548776662)) FROM generate_series(1, 2000) n`
	chequered = `SELECT i * 40 + j, 'F' || i || '-' || j, 'k' || (i + 2 * j) % 3, (i * j) % 4, ST_Rotate(ST_MakeEnvelope(112 + i * 0.001, 22.9 + j * 0.001, 112.001 + i * 0.001, 22.901 + j * 0.001), 0.2, 112, 22.9) FROM generate_series(0, 39) i, generate_series(0, 39) j`
	stripes   = `SELECT i, 'Z' || i, CASE WHEN i % 2 = 0 THEN 'wet' ELSE 'dry' END, i, ST_Rotate(ST_MakeEnvelope(112, 22.9 + i * 0.007, 112.05, 22.905 + i * 0.007), -0.1, 112, 22.9) FROM generate_series(0, 6) i`
	brooks    = `SELECT n, 'B' || n, 'k', n, ST_MakeLine(ARRAY[ST_MakePoint(111.9 + n * 0.01, 22.8), ST_MakePoint(112.05 - n * 0.002, 22.95), ST_MakePoint(111.95 + n * 0.01, 23.1)]) FROM generate_series(1, 20) n`
	counties  = `VALUES (1, '445302', 'east', 1, ST_GeomFromText('POLYGON((112.0203 22.8, 112.2 22.8, 112.2 23.1, 112.0153 23.1, 112.0203 22.8))')), (2, '445303', 'west', 1, ST_GeomFromText('POLYGON((111.5 22.8, 112.0203 22.8, 112.0153 23.1, 111.5 23.1, 111.5 22.8))'))`
)

func withFrac(t *testing.T, tables map[string]string) world {
	t.Helper()
	for id, sql := range tables {
		tables[id] = strings.NewReplacer("frac(n * 0.61803398875)", "(n * 0.61803398875 - floor(n * 0.61803398875))", "frac(n * 0.7548776662)", "(n * 0.7548776662 - floor(n * 0.7548776662))").Replace(sql)
	}
	return newWorld(t, tables)
}

func TestTheNearestAreTheNearest(t *testing.T) {
	w := withFrac(t, map[string]string{"well": scattered, "brook": brooks, "field": chequered})
	random := rand.New(rand.NewPCG(5, 6))
	bulge := map[string]float64{"brook": 10} // metres: a geodesic of 30 km leaves the straight line by as much
	for range 25 {
		lon, lat := 111.4+random.Float64(), 22.4+random.Float64()
		for id, l := range w.in {
			found, err := spatial.Nearest(t.Context(), w.db, l, lon, lat, 7, spatial.MaxReachMetres)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := w.db.Query(t.Context(), `SELECT ST_Distance(geom::geography, p::geography), degrees(ST_Azimuth(p::geography, ST_SetSRID(ST_MakePoint($4, $5), 4490)::geography))
				FROM `+l.Table().Sanitize()+`, ST_SetSRID(ST_MakePoint($1, $2), 4490) p ORDER BY 1, fid LIMIT $3`, lon, lat, 7, found[0].Longitude, found[0].Latitude)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; rows.Next(); i++ {
				var metres float64
				var bearing *float64
				if err := rows.Scan(&metres, &bearing); err != nil {
					t.Fatal(err)
				}
				if math.Abs(found[i].DistanceMetres-metres) > 0.002 {
					t.Errorf("%s, number %d from %f, %f: %f m, PostGIS says %f", id, i, lon, lat, found[i].DistanceMetres, metres)
				}
				if i == 0 && metres > 1 && math.Abs(*found[0].Bearing-*bearing) > 1e-6 {
					t.Errorf("%s: bearing %f, want %f", id, *found[0].Bearing, *bearing)
				}
			}
			var off float64 // the point that is named is as near as the feature is
			err = w.db.QueryRow(t.Context(), `SELECT ST_Distance(ST_SetSRID(ST_MakePoint($1, $2), 4490)::geography, ST_SetSRID(ST_MakePoint($3, $4), 4490)::geography)`,
				lon, lat, found[0].Longitude, found[0].Latitude).Scan(&off)
			if err != nil || math.Abs(off-found[0].DistanceMetres) > 0.01+1e-3*off+bulge[id] {
				t.Errorf("%s: the nearest point is %f m away, the feature %f (%v)", id, off, found[0].DistanceMetres, err)
			}
		}
	}
	in, err := spatial.Nearest(t.Context(), w.db, w.in["field"], 112.01, 22.93, 1, 0)
	if err != nil || len(in) != 1 || in[0].DistanceMetres != 0 || in[0].Bearing != nil {
		t.Errorf("within a field: %+v, %v", in, err)
	}
	if far, err := spatial.Nearest(t.Context(), w.db, w.in["field"], 110, 22.93, 3, 1000); err != nil || len(far) != 0 {
		t.Errorf("nothing within a kilometre: %v, %v", far, err)
	}
}

func TestWithinIsWhatPostGISCovers(t *testing.T) {
	w := withFrac(t, map[string]string{"well": scattered, "field": chequered, "brook": brooks})
	text := "POLYGON((111.95 22.85, 112.12 22.87, 112.02 22.96, 112.01 22.91, 111.95 22.85))"
	s := shape(t, w.db, text)
	for id, l := range w.in {
		for wholly, predicate := range map[bool]string{false: "ST_Intersects", true: "ST_Covers"} {
			got, err := spatial.Within(t.Context(), w.db, l, s, wholly, 5)
			if err != nil {
				t.Fatal(err)
			}
			var want int64
			if err := w.db.QueryRow(t.Context(), "SELECT count(*) FROM "+l.Table().Sanitize()+" WHERE "+predicate+"(ST_GeomFromText($1, 4490), geom)", text).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got.Total != want || len(got.Features) != int(min(want, 5)) || id == "field" && want < 100 {
				t.Errorf("%s %s: %d of %d listed, want %d", predicate, id, len(got.Features), got.Total, want)
			}
		}
		got, err := spatial.WithinRadius(t.Context(), w.db, l, 112.02, 22.92, 2500, spatial.MaxWithin)
		if err != nil {
			t.Fatal(err)
		}
		var want int64
		if err := w.db.QueryRow(t.Context(), "SELECT count(*) FROM "+l.Table().Sanitize()+" WHERE ST_DWithin(geom::geography, ST_SetSRID(ST_MakePoint(112.02, 22.92), 4490)::geography, 2500)").Scan(&want); err != nil {
			t.Fatal(err)
		}
		ordered := slices.IsSortedFunc(got.Features, func(a, b spatial.Member) int { return int(1e6 * (*a.DistanceMetres - *b.DistanceMetres)) })
		if got.Total != want || !ordered || want == 0 {
			t.Errorf("%s within 2.5 km: %d, want %d; nearest first: %v", id, got.Total, want, ordered)
		}
	}
}

func shape(t *testing.T, db *pgxpool.Pool, text string) overlay.Shape {
	t.Helper()
	g, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := overlay.NewShape(t.Context(), db, overlay.Polygons(g))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOverlaysSumByField(t *testing.T) {
	w := withFrac(t, map[string]string{"field": chequered, "zone": stripes, "brook": brooks, "well": scattered})
	const text = "POLYGON((111.99 22.89, 112.03 22.9, 112.024 22.936, 112.002 22.93, 111.99 22.89))"
	s := shape(t, w.db, text)
	got, err := spatial.Overlay(t.Context(), w.db, w.in["field"], s, "kind", true)
	if err != nil {
		t.Fatal(err)
	}
	sum := *got.UncoveredM2
	for _, g := range got.Groups {
		var count int
		var m2 float64
		if err := w.db.QueryRow(t.Context(), `SELECT count(*), sum(ST_Area(ST_Segmentize(ST_Intersection(geom, ST_GeomFromText($1, 4490)), 0.0001)::geography)) FROM features.field WHERE kind = $2
			AND ST_Area(ST_Intersection(geom, ST_GeomFromText($1, 4490))) > 0`, text, *g.Value).Scan(&count, &m2); err != nil {
			t.Fatal(err)
		}
		if g.Count != count || math.Abs(g.AreaM2-m2) > 0.01 {
			t.Errorf("%s: %d pieces, %f m²; PostGIS says %d, %f", *g.Value, g.Count, g.AreaM2, count, m2)
		}
		sum += g.AreaM2
	}
	if math.Abs(sum-got.ShapeM2) > 0.001 || len(got.Groups) != 3 || len(got.Pieces) != got.Count || *got.UncoveredM2 < 1000 {
		t.Errorf("%f m² of %f in %d groups; %d of %d pieces", sum, got.ShapeM2, len(got.Groups), len(got.Pieces), got.Count)
	}
	pairs, err := spatial.OverlayLayers(t.Context(), w.db, w.in["field"], w.in["zone"], s, "kind", "kind")
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, g := range pairs.Groups {
		var m2 float64
		if err := w.db.QueryRow(t.Context(), `SELECT sum(ST_Area(ST_Segmentize(ST_Intersection(ST_Intersection(a.geom, b.geom), ST_GeomFromText($1, 4490)), 0.0001)::geography))
			FROM features.field a JOIN features.zone b ON ST_Intersects(a.geom, b.geom) WHERE a.kind = $2 AND b.kind = $3`, text, *g.Value, *g.Other).Scan(&m2); err != nil {
			t.Fatal(err)
		}
		if math.Abs(g.AreaM2-m2) > 0.01 {
			t.Errorf("%s and %s share %f m², PostGIS says %f", *g.Value, *g.Other, g.AreaM2, m2)
		}
		total += g.AreaM2
	}
	if len(pairs.Groups) != 6 || math.Abs(total-pairs.AreaM2) > 0.001 {
		t.Errorf("%d groups, %f m² of %f", len(pairs.Groups), total, pairs.AreaM2)
	}
	lines, err := spatial.Overlay(t.Context(), w.db, w.in["brook"], s, "", false)
	if err != nil || lines.LengthMetres < 500 || lines.UncoveredM2 != nil || len(lines.Groups) != 1 || lines.Pieces != nil {
		t.Errorf("%+v, %v", lines, err)
	}
	wells, err := spatial.Overlay(t.Context(), w.db, w.in["well"], shape(t, w.db, "POLYGON((111.6 22.6, 112.2 22.6, 112.2 23.2, 111.6 23.2, 111.6 22.6))"), "kind", false)
	if err != nil || len(wells.Groups) != 3 || wells.Count < 500 || wells.Groups[0].Count < wells.Groups[2].Count || wells.AreaM2 != 0 {
		t.Errorf("%+v, %v", wells, err)
	}
	if _, err := spatial.Overlay(t.Context(), w.db, w.in["field"], s, "nope", false); !errors.Is(err, overlay.ErrUnknownField) {
		t.Errorf("an unknown field: %v", err)
	}
	if _, err := spatial.OverlayLayers(t.Context(), w.db, w.in["field"], w.in["brook"], s, "", ""); !errors.Is(err, spatial.ErrNotPolygons) {
		t.Errorf("lines have no areas to overlay: %v", err)
	}
}

func TestSummariesAddUp(t *testing.T) {
	w := withFrac(t, map[string]string{"field": chequered, "brook": brooks, "well": scattered, "division_county": counties})
	for id, measure := range map[string]string{"field": "sum(ST_Area(ST_Intersection(geom, $1)::geography))", "brook": "sum(ST_Length(ST_Intersection(geom, $1)::geography))", "well": "0"} {
		tallies, err := spatial.Summarize(t.Context(), w.db, w.in[id], w.in["division_county"], "", "kind")
		if err != nil {
			t.Fatal(err)
		}
		count, size := int64(0), map[string]float64{}
		for _, one := range tallies {
			count += one.Count
			for _, part := range []*float64{one.AreaM2, one.LengthMetres} {
				if part != nil {
					size[one.Division] += *part
				}
			}
		}
		var all int64
		if err := w.db.QueryRow(t.Context(), "SELECT count(*) FROM features."+id+" WHERE ST_Intersects(ST_PointOnSurface(geom), (SELECT ST_Union(geom) FROM features.division_county))").Scan(&all); err != nil {
			t.Fatal(err)
		}
		if count != all || all == 0 {
			t.Errorf("%s: %d features counted, there are %d", id, count, all)
		}
		for _, code := range []string{"445302", "445303"} {
			var want float64
			if err := w.db.QueryRow(t.Context(), strings.ReplaceAll("SELECT "+measure+"::float8 FROM features."+id, "$1", "(SELECT geom FROM features.division_county WHERE code = '"+code+"')")).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if math.Abs(size[code]-want) > 0.1 {
				t.Errorf("%s in %s: %f, PostGIS says %f", id, code, size[code], want)
			}
		}
	}
	one, err := spatial.Summarize(t.Context(), w.db, w.in["field"], w.in["division_county"], "445303", "")
	if err != nil || len(one) != 1 || one[0].Division != "445303" || one[0].Value != nil {
		t.Errorf("%+v, %v", one, err)
	}
	if s, err := spatial.Division(t.Context(), w.db, w.in["division_county"], "445302"); err != nil || s.AreaM2 < 1e8 {
		t.Errorf("%f, %v", s.AreaM2, err)
	}
	if _, err := spatial.Division(t.Context(), w.db, w.in["division_county"], "999999"); !errors.Is(err, spatial.ErrUnknownDivision) {
		t.Errorf("no such county: %v", err)
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	ctx, nan := context.Background(), math.NaN()
	var l layers.Layer
	for sentence, c := range map[string]struct {
		do   func() error
		want error
	}{
		"nearest to nowhere":      {func() error { _, err := spatial.Nearest(ctx, nil, l, nan, 22, 1, 10); return err }, spatial.ErrOutsideWorld},
		"the nearest none":        {func() error { _, err := spatial.Nearest(ctx, nil, l, 112, 22, 0, 10); return err }, spatial.ErrCount},
		"nearest at any distance": {func() error { _, err := spatial.Nearest(ctx, nil, l, 112, 22, 1, math.Inf(1)); return err }, spatial.ErrTolerance},
		"a radius round 91°":      {func() error { _, err := spatial.WithinRadius(ctx, nil, l, 112, 91, 10, 1); return err }, spatial.ErrOutsideWorld},
		"a radius of nothing":     {func() error { _, err := spatial.WithinRadius(ctx, nil, l, 112, 22, nan, 1); return err }, spatial.ErrTolerance},
		"a code that is none":     {func() error { _, err := spatial.Level("44530"); return err }, spatial.ErrUnknownDivision},
		"a code with a quote":     {func() error { _, err := spatial.Level("44530'"); return err }, spatial.ErrUnknownDivision},
		"a level that is none":    {func() error { _, err := spatial.DivisionLayer("street"); return err }, spatial.ErrLevel},
		"an empty shape":          {func() error { _, err := overlay.NewShape(ctx, nil, orb.MultiPolygon{}); return err }, overlay.ErrShape},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", sentence, err, c.want)
		}
	}
}

func TestSharesAreMeasuredOnceForEachStateAndEditsCount(t *testing.T) {
	w := withFrac(t, map[string]string{"well": scattered, "division_county": counties})
	well, county := w.in["well"], w.in["division_county"]
	first, err := spatial.Measure(t.Context(), w.db, well, county)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := spatial.Measure(t.Context(), w.db, well, county); err != nil || again != first {
		t.Errorf("the same state is set %d, then %d, %v", first, again, err)
	}
	if _, err := w.db.Exec(t.Context(), "UPDATE catalogue.versions SET edited = 7 WHERE layer = 'well'"); err != nil {
		t.Fatal(err)
	}
	published := *well.Published
	published.Edited = 7
	well.Published = &published
	edited, err := spatial.Measure(t.Context(), w.db, well, county)
	if err != nil || edited == first {
		t.Errorf("after an edit the set is %d, before it was %d, %v", edited, first, err)
	}
	// Whoever knows of fewer edits than there are does not leave a wrong set behind.
	published.Edited = 3
	well.Published = &published
	stale, err := spatial.Measure(t.Context(), w.db, well, county)
	if err != nil || stale == edited {
		t.Errorf("for the third edit the set is %d, for the seventh %d, %v", stale, edited, err)
	}
}
