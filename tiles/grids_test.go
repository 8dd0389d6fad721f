package tiles_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
)

// corners are those of the squares of the fixture called square, in degrees.
var corners = []orb.Point{{112.08, 22.90}, {112.10, 22.90}, {112.10, 22.92}, {112.08, 22.92}, {112.13, 22.90}, {112.16, 22.90}, {112.16, 22.92}, {112.13, 22.92}}

// inUnits is a place in units of a tile of a grid, x eastward and y southward from its north-west corner.
func inUnits(g grid.Grid, t maptile.Tile, p orb.Point) orb.Point {
	if g.Square == grid.Mercator { // the formula of EPSG:3857
		p = orb.Point{6378137 * p[0] * math.Pi / 180, 6378137 * math.Log(math.Tan(math.Pi/4+p[1]*math.Pi/360))}
	}
	e := g.Extent(t)
	unit := (e.Max[0] - e.Min[0]) / tiles.Extent
	return orb.Point{(p[0] - e.Min[0]) / unit, (e.Max[1] - p[1]) / unit}
}

// vertices are all points of the first layer of a tile, in its units.
func vertices(t *testing.T, tile []byte) []orb.Point {
	t.Helper()
	decoded, err := mvt.Unmarshal(tile)
	if err != nil || len(decoded) == 0 {
		t.Fatalf("%d layers, %v", len(decoded), err)
	}
	var all []orb.Point
	for _, f := range decoded[0].Features {
		polygons, ok := f.Geometry.(orb.MultiPolygon)
		if p, one := f.Geometry.(orb.Polygon); one {
			polygons, ok = orb.MultiPolygon{p}, true
		}
		if !ok {
			t.Fatalf("a polygon became %T", f.Geometry)
		}
		for _, p := range polygons {
			for _, r := range p {
				all = append(all, r...)
			}
		}
	}
	return all
}

// TestAFeatureIsAtItsPlaceInEveryGrid decodes live and archived tiles of every
// zoom: each corner of the features is there to half a unit. Below its highest zoom an
// archive rounds what it rounded for the zoom above, so there it is a unit.
func TestAFeatureIsAtItsPlaceInEveryGrid(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	archives := archivesOf(t, db, grid.Squares()...)
	for _, in := range grid.Squares() {
		if _, err := archives.Build(t.Context(), l, tiles.PyramidOptions{Square: in}); err != nil {
			t.Fatal(err)
		}
	}
	for sentence, c := range map[string]struct {
		builder *tiles.Builder
		top     float64 // room at the highest zoom, units
		below   float64 // and at those below
	}{
		"live":     {tiles.NewBuilder(db, nil, nil), 0.5 + 1e-6, 0.5 + 1e-6},
		"archived": {tiles.NewBuilder(nil, archives, nil), 0.5 + 1.0/32, 1}, // rounded before, to units of zoom 18
	} {
		t.Run(sentence, func(t *testing.T) {
			for _, g := range grid.All() {
				set := c.builder.SetIn(g.Square, []layers.Layer{l})
				for level := 8 - g.Above; level <= 14-g.Above; level++ {
					room := c.below
					if level == 14-g.Above {
						room = c.top
					}
					for _, corner := range corners {
						tile, err := g.At(level, corner[0], corner[1])
						if err != nil {
							t.Fatal(err)
						}
						built, err := c.builder.Build(t.Context(), set, g.InSquare(tile))
						if err != nil {
							t.Fatal(err)
						}
						want := inUnits(g, tile, corner)
						nearest := math.Inf(1)
						for _, p := range vertices(t, unpacked(t, built)) {
							nearest = min(nearest, max(math.Abs(p[0]-want[0]), math.Abs(p[1]-want[1])))
						}
						if nearest > room {
							t.Errorf("%s %v: %v is at %v, the nearest vertex %g units away", g.ID, tile, corner, want, nearest)
						}
					}
				}
			}
		})
	}
}

// TestALabelIsInOneTileOfEveryGrid asks for the live tiles round a square whose
// name stands in one of them.
func TestALabelIsInOneTileOfEveryGrid(t *testing.T) {
	db := postgistest.DB(t)
	builder, l := tiles.NewBuilder(db, nil, nil), published(t, db, "shape", "square")
	for _, g := range grid.All() {
		level, labels := 14-g.Above, 0
		center, err := g.At(level, 112.09, 22.91)
		if err != nil {
			t.Fatal(err)
		}
		for x := center.X - 1; x <= center.X+1; x++ {
			for y := center.Y - 1; y <= center.Y+1; y++ {
				tile := maptile.New(x, y, center.Z)
				built, err := builder.Build(t.Context(), builder.SetIn(g.Square, []layers.Layer{l}), g.InSquare(tile))
				if err != nil {
					t.Fatal(err)
				}
				decoded, err := mvt.Unmarshal(unpacked(t, built))
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range decoded {
					if one.Name != "shape_label" {
						continue
					}
					for _, f := range one.Features {
						west, east := inUnits(g, tile, corners[0]), inUnits(g, tile, corners[2])
						p, ok := f.Geometry.(orb.Point)
						if labels++; !ok || p[0] < west[0]-1 || p[0] > east[0]+1 || p[1] > west[1]+1 || p[1] < east[1]-1 {
							t.Errorf("%s %v: the name stands at %v, outside %v to %v", g.ID, tile, f.Geometry, west, east)
						}
					}
				}
			}
		}
		if labels != 1 {
			t.Errorf("%s: %d names for one square", g.ID, labels)
		}
	}
}

func TestArchivesOfTwoGrids(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	catalogue, err := layers.LoadCatalogue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if usual := archivesOf(t, db).Missing(catalogue); len(usual) != 1 || usual[0].Square != grid.Mercator {
		t.Errorf("without a choice of grids there is to build: %v", usual)
	}
	archives := archivesOf(t, db, grid.Mercator, grid.Geographic)
	if missing := archives.Missing(catalogue); len(missing) != 2 || missing[0].Square != grid.Mercator || missing[1].Square != grid.Geographic {
		t.Fatalf("there is to build: %v", missing)
	}
	live := tiles.NewBuilder(db, nil, nil).SetIn(grid.Geographic, []layers.Layer{l}).Tag()
	if live == setOf([]layers.Layer{l}).Tag() {
		t.Error("two grids have one tag")
	}
	built, err := archives.Build(t.Context(), l, tiles.PyramidOptions{Square: grid.Geographic})
	if err != nil {
		t.Fatal(err)
	}
	if m := built.Metadata; built.Grid != "c" || m.TileMatrixSet != "c" || m.CRS != "http://www.opengis.net/def/crs/EPSG/0/4490" {
		t.Errorf("%+v", built)
	}
	if _, err := archives.Open(l); !errors.Is(err, tiles.ErrNoArchive) {
		t.Errorf("an archive in c is taken for one in WebMercatorQuad: %v", err)
	}
	if missing := archives.Missing(catalogue); len(missing) != 1 || missing[0].Square != grid.Mercator {
		t.Errorf("with c built there is to build: %v", missing)
	}
	if again := tiles.NewBuilder(db, archives, nil).SetIn(grid.Geographic, []layers.Layer{l}).Tag(); again == live {
		t.Error("the tag did not change when the archive came")
	}
	mercator, err := archives.Build(t.Context(), l, tiles.PyramidOptions{})
	if err != nil || mercator.Metadata.TileMatrixSet != "WebMercatorQuad" || mercator.File == built.File || mercator.Fingerprint == built.Fingerprint {
		t.Errorf("%+v, %v", mercator, err)
	}
	if err := archives.Sweep(t.Context(), catalogue); err != nil {
		t.Fatal(err)
	}
	others := archivesOf(t, db)
	if err := others.Reload(context.WithoutCancel(t.Context())); err == nil {
		t.Error("archives whose files are not there were opened")
	}
	if err := archives.Reload(t.Context()); err != nil || len(archives.Missing(catalogue)) != 0 {
		t.Errorf("after sweeping there is to build: %v, %v", archives.Missing(catalogue), err)
	}
}

func TestTheStatementOfEachGridIsPreparedOnce(t *testing.T) {
	db := postgistest.Pool(t, postgistest.URL(t)+" pool_max_conns=1")
	l := published(t, db, "shape", "square")
	builder := tiles.NewBuilder(db, nil, nil)
	for _, g := range []grid.Grid{grid.TiandituC(), grid.WorldCRS84Quad(), grid.CGCS2000Quad()} {
		set := builder.SetIn(g.Square, []layers.Layer{l})
		for x := range 10 {
			tile, err := g.At(12-g.Above, 112.0+0.1*float64(x), 22.91)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := builder.Build(t.Context(), set, g.InSquare(tile)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var statements int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%tiles/draw makes%' AND statement NOT LIKE '%pg_prepared_statements%'").Scan(&statements); err != nil {
		t.Fatal(err)
	}
	if statements != 1 {
		t.Errorf("30 tiles of three grids on one square made %d prepared statements, want 1", statements)
	}
}

// TestNoGeographicTileHasAGapOrAnOverlap lets PostGIS judge the tiles of every
// zoom: polygons valid, together as large as the land in the tile to 0.1 %, and
// overlapping by less than 0.1 %.
func TestNoGeographicTileHasAGapOrAnOverlap(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "parcel", "crooked-borders")
	path, m, err := tiles.BuildPyramid(t.Context(), db, l, tiles.PyramidOptions{Square: grid.Geographic, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if match, err := filepath.Match("parcel-v1-c-????????????????.pmtiles", filepath.Base(path)); err != nil || !match {
		t.Errorf("the archive is called %s", filepath.Base(path))
	}
	a, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	var land []byte
	if err := db.QueryRow(t.Context(), "SELECT ST_AsBinary(ST_UnaryUnion(ST_Collect(geom))) FROM "+l.Table().Sanitize()).Scan(&land); err != nil {
		t.Fatal(err)
	}
	judged := map[maptile.Zoom]int{}
	err = a.Each(func(tile maptile.Tile, packed []byte) error {
		if !grid.TiandituC().Has(tile) {
			t.Errorf("%v is no tile of c", tile)
		}
		if judged[tile.Z]++; judged[tile.Z] > 20 {
			return nil
		}
		decoded, err := mvt.UnmarshalGzipped(packed)
		if err != nil {
			return err
		}
		return judge(t, db, land, tile, decoded)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range m.Zooms {
		if judged[maptile.Zoom(z.Zoom)] == 0 || z.Dropped > 0 || z.Features+z.Merged != 2500 {
			t.Errorf("zoom %d: %+v", z.Zoom, z)
		}
	}
}

// judge looks at a tile of parcels that cover the land together, given as well-known binary in degrees.
func judge(t *testing.T, db *pgxpool.Pool, land []byte, tile maptile.Tile, decoded mvt.Layers) error {
	t.Helper()
	var shapes []string
	for _, one := range decoded {
		if one.Name != "parcel" {
			continue
		}
		for _, f := range one.Features {
			shapes = append(shapes, wkt.MarshalString(f.Geometry))
		}
	}
	e := grid.Geographic.Extent(tile)
	units := tiles.Extent / (e.Max[0] - e.Min[0]) // to a degree
	var invalid int
	var sum, united, covered, border float64
	err := db.QueryRow(t.Context(), `
		WITH box AS (SELECT ST_MakeEnvelope(0, 0, 4096, 4096) AS g),
		     face AS MATERIALIZED (SELECT ST_GeomFromText(wkt) AS whole FROM unnest($1::text[]) AS f (wkt)),
		     part AS MATERIALIZED (SELECT ST_Intersection(ST_MakeValid(whole), box.g) AS g FROM face, box),
		     whole AS (SELECT ST_Affine(ST_GeomFromWKB($5), $2, 0, 0, -$2::float8, -$3::float8 * $2, $4::float8 * $2) AS g),
		     land AS (SELECT ST_Intersection(whole.g, box.g) AS g, ST_Length(ST_Intersection(ST_Boundary(whole.g), box.g)) AS border FROM whole, box)
		SELECT (SELECT count(*) FROM face WHERE NOT ST_IsValid(whole)), (SELECT coalesce(sum(ST_Area(g)), 0) FROM part),
		       (SELECT coalesce(ST_Area(ST_UnaryUnion(ST_Collect(g))), 0) FROM part), ST_Area(land.g), land.border
		FROM land`, shapes, units, e.Min[0], e.Max[1], land).Scan(&invalid, &sum, &united, &covered, &border)
	room := 0.001*covered + 0.5*border // the outer border is rounded to units
	if err == nil && (invalid > 0 || sum-united > 0.001*covered || math.Abs(united-covered) > room) {
		t.Errorf("%v: %d of %d polygons are invalid; land %.0f square units, polygons together %.0f, one by one %.0f", tile, invalid, len(shapes), covered, united, sum)
	}
	return err
}
