package draw_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	decoder "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"onemap/postgis/postgistest"
	"onemap/tiles/draw"
	"onemap/tiles/mvt"
	"onemap/tiles/wkb"
)

// side and corner are those of the square of Web Mercator, metres of EPSG:3857.
const side = 2 * math.Pi * 6378137

var corner = wkb.Point{X: -side / 2, Y: side / 2}

// units is how finely places for labels are found.
const units = 1 << 30

// middle is where the shapes of the tests lie: in 云城, metres of EPSG:3857.
var middle = wkb.Point{X: 12477000, Y: 2620000}

// stored is a feature as PostGIS sends it.
type stored struct {
	ID    int64
	Shape []byte
}

func at(p wkb.Point, zoom int) maptile.Tile {
	unit := side / math.Exp2(float64(zoom))
	return maptile.New(uint32((p.X-corner.X)/unit), uint32((corner.Y-p.Y)/unit), maptile.Zoom(zoom))
}

func frame(t maptile.Tile, tolerance float64) draw.Frame {
	f := draw.NewFrame(corner, side, t, units)
	f.Tolerance = tolerance
	return f
}

// drawn draws features and lets another decoder read the tile.
func drawn(t testing.TB, d *draw.Drawer, f draw.Frame, rows []stored) map[int64]orb.Geometry {
	t.Helper()
	d.Begin(draw.Layer{Name: "shape"}, f)
	for _, r := range rows {
		if err := d.Add(uint64(r.ID), r.Shape, nil); err != nil {
			t.Fatal(err)
		}
	}
	layers, err := decoder.Unmarshal(d.Tile())
	if err != nil {
		t.Fatal(err)
	}
	all := map[int64]orb.Geometry{}
	for _, l := range layers {
		for _, one := range l.Features {
			all[int64(one.ID.(float64))] = one.Geometry
		}
	}
	return all
}

// within lists the features whose boxes meet a tile with its buffer.
func within(t *testing.T, db *pgxpool.Pool, table string, tile maptile.Tile) []stored {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT id, ST_AsBinary(g, 'NDR') FROM "+table+" WHERE g && ST_TileEnvelope($1, $2, $3, margin => 0.015625) ORDER BY id", int(tile.Z), int(tile.X), int(tile.Y))
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stored])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// polygons makes the table of polygons: a coverage of crooked parcels, and shapes
// of all sizes that are hard to draw, in metres round the middle.
func polygons(t *testing.T) *pgxpool.Pool {
	t.Helper()
	db := postgistest.DB(t)
	for _, sql := range []string{
		"CREATE TABLE polygon (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, g geometry NOT NULL)",
		fmt.Sprintf(`INSERT INTO polygon (kind, g)
			SELECT 'coverage', ST_SetSRID(ST_MakePolygon(ST_MakeLine(array_agg(ST_MakePoint(%f + 15 * a + 6 * sin(1.7 * a + 2.9 * b), %f + 15 * b + 6 * cos(2.3 * a + 1.1 * b)) ORDER BY n))), 3857)
			FROM generate_series(-20, 19) AS i, generate_series(-20, 19) AS j, generate_series(0, 16) AS n,
			     LATERAL (SELECT 4 * i + CASE WHEN n < 4 THEN n WHEN n < 8 THEN 4 WHEN n < 12 THEN 12 - n ELSE 0 END AS a,
			                     4 * j + CASE WHEN n < 4 THEN 0 WHEN n < 8 THEN n - 4 WHEN n < 12 THEN 4 ELSE 16 - n END AS b) AS point
			GROUP BY i, j`, middle.X, middle.Y),
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for kind, shape := range map[string]string{
		"hole touching the shell":      "POLYGON((0 0,100 0,100 100,0 100,0 0),(50 0,60 40,40 40,50 0))",
		"hole near the shell":          "POLYGON((0 0,100 0,100 100,0 100,0 0),(0.01 50,60 90,60 20,0.01 50))",
		"many holes touching":          "POLYGON((0 0,100 0,100 100,0 100,0 0),(10 10,30 10,20 30,10 10),(30 10,50 10,40 30,30 10),(20 30,40 30,30 50,20 30))",
		"spike":                        "POLYGON((0 0,100 0,100 50,300 50.001,100 50.002,100 100,0 100,0 0))",
		"bow-tie, repaired":            "MULTIPOLYGON(((0 0,50 50,0 100,0 0)),((50 50,100 0,100 100,50 50)))",
		"bow-tie":                      "POLYGON((0 0,100 100,100 0,0 100,0 0))",
		"sliver":                       "POLYGON((0 0,100 73,100.2 73,0.2 0,0 0))",
		"long sliver":                  "POLYGON((0 0,1000 137,1000 137.05,0 0.05,0 0))",
		"needle":                       "POLYGON((0 0,80 0.4,160 0,80 0.9,0 0))",
		"checkers":                     "MULTIPOLYGON(((0 0,10 0,10 10,0 10,0 0)),((10 10,20 10,20 20,10 20,10 10)),((20 0,30 0,30 10,20 10,20 0)),((20 20,30 20,30 30,20 30,20 20)))",
		"comb":                         "POLYGON((0 0,90 0,90 50,80.1 50,80 2,70.1 2,70 50,60.1 50,60 2,50.1 2,50 50,40.1 50,40 2,30.1 2,30 50,20.1 50,20 2,10.1 2,10 50,0 50,0 0))",
		"islands in holes":             "MULTIPOLYGON(((0 0,100 0,100 100,0 100,0 0),(10 10,90 10,90 90,10 90,10 10)),((20 20,80 20,80 80,20 80,20 20),(30 30,70 30,70 70,30 70,30 30)),((40 40,60 40,60 60,40 60,40 40)))",
		"spiral":                       "POLYGON((0 0,60 0,60 60,6 60,6 12,48 12,48 48,18 48,18 24,36 24,36 36,30 36,30 30,24 30,24 42,42 42,42 18,12 18,12 54,54 54,54 6,0 6,0 0))",
		"hole through the whole width": "POLYGON((0 0,100 0,100 100,0 100,0 0),(0.001 50,50 49.999,99.999 50,50 50.001,0.001 50))",
		"speck":                        "POLYGON((0 0,0.01 0,0.01 0.01,0 0.01,0 0))",
		"nearly a line":                "POLYGON((0 0,50 0.0001,100 0,50 -0.0001,0 0))",
	} {
		for n := range 12 { // at odd places, turned and of several sizes
			size := []float64{0.3, 1, 7, 60}[n%4]
			_, err := db.Exec(t.Context(), `INSERT INTO polygon (kind, g) SELECT $1, ST_SetSRID(ST_Affine(g, $3 * cos($6::float8), -$3 * sin($6::float8), $3 * sin($6::float8), $3 * cos($6::float8), $4, $5), 3857)
				FROM ST_GeomFromText($2) AS g`, kind, shape, size, middle.X+517.3*math.Sin(float64(n))*size, middle.Y+411.7*math.Cos(float64(3*n))*size, 0.37*float64(n))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := db.Exec(t.Context(), "CREATE INDEX ON polygon USING gist (g)"); err != nil {
		t.Fatal(err)
	}
	return db
}

// somewhere picks a tile of a zoom near a corner of a feature, so that shapes are cut in every way.
func somewhere(t *testing.T, db *pgxpool.Pool, r *rand.Rand, table string, zoom int) maptile.Tile {
	t.Helper()
	var p wkb.Point
	err := db.QueryRow(t.Context(), "SELECT ST_X(p), ST_Y(p) FROM (SELECT (ST_DumpPoints(g)).geom AS p FROM "+table+" ORDER BY id OFFSET floor($1 * (SELECT count(*) FROM "+table+")) LIMIT 1) one", r.Float64()).Scan(&p.X, &p.Y)
	if err != nil {
		t.Fatal(err)
	}
	unit := side / math.Exp2(float64(zoom)) / mvt.Extent
	return at(wkb.Point{X: p.X + (r.Float64()-0.5)*200*unit, Y: p.Y + (r.Float64()-0.5)*200*unit}, zoom)
}

// TestPostGISJudgesPolygons draws tiles of every zoom from 7 to 18. Every polygon
// must be valid and wound as tiles want it; what is drawn differs from the shape itself, cut at the
// buffer, by no more than simplifying and rounding may move its border; and the features are those
// of ST_AsMVTGeom, but for what is on average narrower than a unit there. Of that PostGIS
// draws less, which counts at low zooms: it looks at the shape, we at the points of the grid in it.
func TestPostGISJudgesPolygons(t *testing.T) {
	db := polygons(t)
	r := rand.New(rand.NewPCG(7, 18))
	var d draw.Drawer
	features, narrow := 0, 0 // at zooms that show parcels
	for n := range 144 {
		zoom := 14 + n%5
		if n%6 == 0 { // all shapes are in such a tile
			zoom = 7 + n/6%7
		}
		tolerance := []float64{2, 2, 0, 0}[n%4]
		tile := somewhere(t, db, r, "polygon", zoom)
		got := drawn(t, &d, frame(tile, tolerance), within(t, db, "polygon", tile))
		ids, texts := []int64{}, []string{}
		for id, g := range got {
			wound(t, tile, id, g)
			ids, texts = append(ids, id), append(texts, wkt.MarshalString(g))
		}
		rows, err := db.Query(t.Context(), judgeSQL, int(tile.Z), int(tile.X), int(tile.Y), ids, texts, tolerance)
		if err != nil {
			t.Fatal(err)
		}
		verdicts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[verdict])
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range verdicts {
			if zoom >= 10 {
				features++
			}
			switch {
			case !v.Valid:
				t.Errorf("tile %v: feature %d, %s, is not valid: %v", tile, v.ID, v.Kind, got[v.ID])
			case v.Kind != "bow-tie" && v.Apart > (tolerance+1)*v.Border+4:
				t.Errorf("tile %v, tolerance %g: feature %d, %s, is %g square units off, with a border of %g", tile, tolerance, v.ID, v.Kind, v.Apart, v.Border)
			case v.Ours != v.Theirs && v.Area < v.Border/2:
				if zoom >= 10 {
					narrow++
				}
			case v.Ours != v.Theirs:
				t.Errorf("tile %v, tolerance %g: feature %d, %s, of %g square units and a border of %g, is drawn by us: %v, by PostGIS: %v", tile, tolerance, v.ID, v.Kind, v.Area, v.Border, v.Ours, v.Theirs)
			}
		}
	}
	t.Logf("%d features, %d narrow ones drawn by one of two only", features, narrow)
	if features < 10_000 || narrow > features/50 {
		t.Errorf("of %d features %d, narrower than a unit, were drawn by one of two only", features, narrow)
	}
}

// verdict is what PostGIS says of one feature in one tile.
type verdict struct {
	ID     int64
	Kind   string
	Valid  bool
	Area   float64 // of the shape cut at the buffer, square units of the tile
	Border float64 // its length, units
	Apart  float64 // area of what is in the shape or in what was drawn, but not in both
	Ours   bool    // it was drawn
	Theirs bool    // ST_AsMVTGeom draws it
}

const judgeSQL = `
	WITH tile AS (SELECT ST_TileEnvelope($1, $2, $3) AS e), units AS (SELECT e, 4096 / (ST_XMax(e) - ST_XMin(e)) AS u FROM tile),
	     box AS (SELECT ST_MakeEnvelope(-64, -64, 4160, 4160) AS b),
	     ours AS (SELECT id, ST_GeomFromText(wkt) AS o FROM unnest($4::bigint[], $5::text[]) AS x (id, wkt)),
	     here AS MATERIALIZED (
	         SELECT id, kind, o, ST_AsMVTGeom(ST_Simplify(g, $6::float8 / u, true), e, 4096, 64, true) IS NOT NULL AS theirs,
	                ST_Intersection(ST_MakeValid(ST_SetSRID(ST_Affine(g, u, 0, 0, -u, -ST_XMin(e) * u, ST_YMax(e) * u), 0)), b) AS exact
	         FROM polygon LEFT JOIN ours USING (id), units, box
	         WHERE g && ST_TileEnvelope($1, $2, $3, margin => 0.015625)
	     )
	SELECT id, kind, o IS NULL OR ST_IsValid(o), ST_Area(exact), ST_Perimeter(exact),
	       CASE WHEN o IS NULL THEN ST_Area(exact) WHEN NOT ST_IsValid(o) THEN 0 ELSE ST_Area(ST_SymDifference(o, exact)) END, o IS NOT NULL, theirs
	FROM here`

// wound checks that outer rings have a positive area by the surveyor's formula in the
// tile's units, and holes a negative one, which is what the specification says.
func wound(t *testing.T, tile maptile.Tile, id int64, g orb.Geometry) {
	t.Helper()
	all, ok := g.(orb.MultiPolygon)
	if p, one := g.(orb.Polygon); one {
		all, ok = orb.MultiPolygon{p}, true
	}
	if !ok {
		t.Errorf("tile %v: feature %d is a %s", tile, id, g.GeoJSONType())
	}
	for _, p := range all {
		for i, ring := range p {
			if area := planar.Area(ring); (area > 0) != (i == 0) || area == 0 {
				t.Errorf("tile %v: ring %d of feature %d has area %g", tile, i, id, area)
			}
		}
	}
}

// TestPostGISJudgesLines draws lines that leave a tile and come again, run along its
// edges, and double back: what is drawn is the line cut at the buffer, moved by no more than
// simplifying and rounding may.
func TestPostGISJudgesLines(t *testing.T) {
	db := postgistest.DB(t)
	if _, err := db.Exec(t.Context(), fmt.Sprintf(`
		CREATE TABLE line AS
		SELECT n AS id, ST_SetSRID(ST_MakeLine(array_agg(ST_MakePoint(%f + 900 * sin(n + 0.7 * k) * cos(n * k / 9.0), %f + 900 * cos(n + 1.3 * k + sin(k))) ORDER BY k)), 3857) AS g
		FROM generate_series(1, 60) AS n, generate_series(1, 40) AS k GROUP BY n
		UNION ALL
		SELECT 100, ST_Collect(ST_SetSRID(ST_MakeLine(ST_MakePoint(%[1]f, %[2]f), ST_MakePoint(%[1]f + 5000, %[2]f + 0.01)), 3857), ST_SetSRID(ST_MakeLine(ST_MakePoint(%[1]f, %[2]f), ST_MakePoint(%[1]f, %[2]f - 5000)), 3857))`, middle.X, middle.Y)); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 3))
	var d draw.Drawer
	lines, single := 0, 0
	for n := range 60 {
		zoom, tolerance := 8+n%10, []float64{2, 0}[n%2]
		tile := somewhere(t, db, r, "line", zoom)
		for _, row := range within(t, db, "line", tile) {
			shape := "LINESTRING EMPTY"
			if g, ok := drawn(t, &d, frame(tile, tolerance), []stored{row})[row.ID]; ok {
				shape = wkt.MarshalString(g)
			}
			var theirs, empty, inside bool
			var length, apart float64
			err := db.QueryRow(t.Context(), `
				WITH units AS (SELECT e, 4096 / (ST_XMax(e) - ST_XMin(e)) AS u FROM ST_TileEnvelope($1, $2, $3) AS e),
				     one AS (SELECT ST_AsMVTGeom(g, e, 4096, 64, true) IS NOT NULL AS theirs, ST_GeomFromText($5) AS o,
				                    ST_Intersection(ST_SetSRID(ST_Affine(g, u, 0, 0, -u, -ST_XMin(e) * u, ST_YMax(e) * u), 0), ST_MakeEnvelope(-64, -64, 4160, 4160)) AS exact
				             FROM line, units WHERE id = $4)
				SELECT theirs, ST_IsEmpty(o), ST_Length(exact), coalesce(ST_HausdorffDistance(o, exact), 0), ST_Covers(ST_MakeEnvelope(-64, -64, 4160, 4160), o) OR ST_IsEmpty(o) FROM one`,
				int(tile.Z), int(tile.X), int(tile.Y), row.ID, shape).Scan(&theirs, &empty, &length, &apart, &inside)
			if err != nil {
				t.Fatal(err)
			}
			lines++
			switch {
			case theirs == empty && length < 2:
				single++
			case theirs == empty || apart > tolerance+2 || !inside:
				t.Errorf("tile %v, tolerance %g: line %d of %g units: drawn by PostGIS %v, by us %v, %g units apart, within the buffer: %v", tile, tolerance, row.ID, length, theirs, !empty, apart, inside)
			}
		}
	}
	if lines < 300 || single > lines/50 {
		t.Errorf("%d lines, of which %d shorter than two units by one of two only", lines, single)
	}
}

// TestSimplifyingIsThatOfPostGIS compares point by point what ST_Simplify keeps of
// lines whose points are on the grid, so that nothing else moves them.
func TestSimplifyingIsThatOfPostGIS(t *testing.T) {
	db := postgistest.DB(t)
	r := rand.New(rand.NewPCG(5, 5))
	var d draw.Drawer
	kept, given := 0, 0
	for n := range 300 {
		line := orb.LineString{{2000, 2000}}
		for range 3 + r.IntN(60) {
			last := line[len(line)-1]
			line = append(line, orb.Point{last[0] + float64(r.IntN(9)) - 3, last[1] + float64(r.IntN(5)) - 2})
		}
		if n%4 == 0 { // closed
			line = append(line, line[0])
		}
		tolerance := []float64{1, 2, 3.5}[n%3]
		var shape []byte
		var want string
		err := db.QueryRow(t.Context(), "SELECT ST_AsBinary(g, 'NDR'), ST_AsText(ST_RemoveRepeatedPoints(ST_Simplify(g, $2, true))) FROM ST_GeomFromText($1) AS g", wkt.MarshalString(line), tolerance).Scan(&shape, &want)
		if err != nil {
			t.Fatal(err)
		}
		f := draw.LevelFrame(maptile.New(0, 0, 0))
		f.Tolerance = tolerance
		got, ok := drawn(t, &d, f, []stored{{1, shape}})[1]
		if !ok { // a round within the tolerance is a point, which is no line
			got = orb.LineString{{2000, 2000}, {2000, 2000}}
		}
		if text := wkt.MarshalString(got); text != want {
			t.Errorf("tolerance %g: of %s is kept\n%s, by PostGIS\n%s", tolerance, wkt.MarshalString(line), text, want)
		}
		kept, given = kept+len(got.(orb.LineString)), given+len(line)
	}
	if kept > given/2 {
		t.Errorf("%d of %d points are kept", kept, given)
	}
}

// TestPostGISJudgesPoints has points in the tile, on its edges, in the buffer, a little within the
// buffer's edge and outside, which ST_AsMVTGeom must have at the same places.
func TestPostGISJudgesPoints(t *testing.T) {
	db := postgistest.DB(t)
	tile := at(middle, 14)
	rows, err := db.Query(t.Context(), `
		WITH units AS (SELECT e, 4096 / (ST_XMax(e) - ST_XMin(e)) AS u FROM ST_TileEnvelope($1, $2, $3) AS e),
		     one AS (SELECT x, y, ST_SetSRID(ST_Collect(ST_MakePoint(ST_XMin(e) + x / u, ST_YMax(e) - y / u), ST_MakePoint(ST_XMin(e) + (x + 7) / u, ST_YMax(e) - y / u)), 3857) AS g, e
		             FROM units, unnest(ARRAY[-70.2, -63.2, -0.2, 0.3, 2000.4, 4095.7, 4096.2, 4159.2, 4170.0]) AS x, unnest(ARRAY[-70.3, -63.3, 0.1, 77.9, 4096.4, 4159.3, 4165.0]) AS y)
		SELECT row_number() OVER (ORDER BY x, y), ST_AsBinary(g, 'NDR'), coalesce(ST_AsText(ST_AsMVTGeom(g, e, 4096, 64, true)), '') FROM one ORDER BY 1`, int(tile.Z), int(tile.X), int(tile.Y))
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		ID    int64
		Shape []byte
		Want  string
	}])
	if err != nil {
		t.Fatal(err)
	}
	var d draw.Drawer
	for _, one := range all {
		got := ""
		if g, ok := drawn(t, &d, frame(tile, 2), []stored{{one.ID, one.Shape}})[one.ID]; ok {
			got = wkt.MarshalString(g)
		}
		if want := one.Want; got != want {
			t.Errorf("%d: %s, PostGIS has %s", one.ID, got, want)
		}
	}
}

// TestTheSameRowsGiveTheSameBytes draws one tile by a fresh drawer and by one that drew others.
func TestTheSameRowsGiveTheSameBytes(t *testing.T) {
	db := polygons(t)
	used := new(draw.Drawer)
	for zoom := 8; zoom <= 17; zoom++ {
		tile := at(middle, zoom)
		rows := within(t, db, "polygon", tile)
		drawn(t, used, frame(tile, 2), rows)
		before := slices.Clone(used.Tile())
		fresh := new(draw.Drawer)
		drawn(t, fresh, frame(tile, 2), rows)
		if !slices.Equal(before, fresh.Tile()) {
			t.Errorf("zoom %d: a drawer that was used draws another tile", zoom)
		}
	}
}
