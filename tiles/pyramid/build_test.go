package pyramid_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/maptile"

	"onemap/postgis/postgistest"
	"onemap/tiles/coverage"
	tilewriter "onemap/tiles/mvt"
	"onemap/tiles/pyramid"
)

// TestNoTileHasAGapOrAnOverlap lets PostGIS judge tiles of every zoom: all
// polygons valid, together as large as the land in the tile to 0.1 %, and
// overlapping by less than 0.1 %.
func TestNoTileHasAGapOrAnOverlap(t *testing.T) {
	db := postgistest.DB(t)
	fields := patchwork(70, 90_000)
	path, _ := build(t, fieldLayer(6, 14, len(fields)), fields, options(t.TempDir()))
	byZoom := map[maptile.Zoom][]maptile.Tile{}
	tiles := decoded(t, open(t, path))
	for tile := range tiles {
		byZoom[tile.Z] = append(byZoom[tile.Z], tile)
	}
	land := outline(fields, 70)
	r := rand.New(rand.NewPCG(1, 2))
	for zoom := maptile.Zoom(6); zoom <= 14; zoom++ {
		list := byZoom[zoom]
		slices.SortFunc(list, func(a, b maptile.Tile) int { return int(a.Quadkey()) - int(b.Quadkey()) })
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if len(list) == 0 {
			t.Errorf("zoom %d has no tile", zoom)
		}
		for _, tile := range list[:min(len(list), 22)] {
			t.Run(fmt.Sprintf("%d-%d-%d", tile.Z, tile.X, tile.Y), func(t *testing.T) { judge(t, db, tile, tiles[tile], land) })
		}
	}
}

// outline is the border of all fields as well-known text, on the finest grid.
func outline(fields features, n int) string {
	var border []string
	side := func(f pyramid.Feature, from int) {
		for _, p := range f.Parts[0][from*8 : from*8+8] {
			border = append(border, fmt.Sprintf("%d %d", p.X, p.Y))
		}
	}
	for x := range n {
		side(fields[x], 0)
	}
	for y := range n {
		side(fields[y*n+n-1], 1)
	}
	for x := n - 1; x >= 0; x-- {
		side(fields[(n-1)*n+x], 2)
	}
	for y := n - 1; y >= 0; y-- {
		side(fields[y*n], 3)
	}
	return "POLYGON((" + strings.Join(append(border, border[0]), ",") + "))"
}

func judge(t *testing.T, db *pgxpool.Pool, tile maptile.Tile, layers mvt.Layers, land string) {
	t.Helper()
	var shapes []string
	for _, l := range layers {
		if l.Name == "field" {
			for _, f := range l.Features {
				shapes = append(shapes, wkt.MarshalString(f.Geometry))
			}
		}
		if l.Version != 2 || len(l.Features) == 0 {
			t.Errorf("layer %s has version %d and %d features", l.Name, l.Version, len(l.Features))
		}
	}
	var invalid int
	var reason string
	var sum, united, covered float64
	scale := float64(int64(1) << (18 - tile.Z))
	err := db.QueryRow(t.Context(), `
		WITH box AS (SELECT ST_MakeEnvelope(0, 0, 4096, 4096) AS g),
		     face AS MATERIALIZED (SELECT ST_GeomFromText(wkt) AS whole FROM unnest($1::text[]) AS f (wkt)),
		     part AS MATERIALIZED (SELECT ST_Intersection(ST_MakeValid(whole), box.g) AS g FROM face, box),
		     land AS (SELECT ST_Intersection(ST_Affine(ST_GeomFromText($2), 1/$3::float8, 0, 0, 1/$3::float8, $4, $5), box.g) AS g FROM box)
		SELECT (SELECT count(*) FROM face WHERE NOT ST_IsValid(whole)), (SELECT coalesce(min(ST_IsValidReason(whole) || ST_AsText(whole)), '') FROM face WHERE NOT ST_IsValid(whole)), (SELECT coalesce(sum(ST_Area(g)), 0) FROM part),
		       (SELECT coalesce(ST_Area(ST_UnaryUnion(ST_Collect(g))), 0) FROM part), (SELECT ST_Area(g) FROM land)`,
		shapes, land, scale, -float64(tile.X)*4096, -float64(tile.Y)*4096).Scan(&invalid, &reason, &sum, &united, &covered)
	if err != nil {
		t.Fatal(err)
	}
	// A tile that the land only touches has a rounded border and little else.
	room := 0.001*covered + 300
	if invalid > 0 || sum-united > room || united < covered-room || united > covered+room {
		t.Errorf("%d of %d polygons are invalid; land %.0f square units, polygons together %.0f, one by one %.0f; %s", invalid, len(shapes), covered, united, sum, reason)
	}
}

func TestTheSameFeaturesGiveTheSameBytes(t *testing.T) {
	fields := patchwork(40, 60_000)
	l := fieldLayer(5, 14, len(fields))
	path, _ := build(t, l, fields, options(t.TempDir()))
	shuffled := slices.Clone(fields)
	rand.New(rand.NewPCG(5, 6)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	little := options(t.TempDir())
	little.Workers, little.Memory = 1, 1<<20 // most pieces wait in files
	other, _ := build(t, fieldLayer(5, 14, len(fields)), shuffled, little)
	if filepath.Base(path) != filepath.Base(other) {
		t.Errorf("%s and, from another order with little memory, %s", filepath.Base(path), filepath.Base(other))
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("the build left %v", left)
	}
}

func TestFullTilesLoseTheLeastImportant(t *testing.T) {
	fields := patchwork(130, 1500) // 16,900 fields in one tile of zoom 12
	path, m := build(t, fieldLayer(8, 12, len(fields)), fields, options(t.TempDir()))
	for _, z := range m.Zooms {
		if z.LargestTile > pyramid.ByteLimit || z.MostFeatures > pyramid.FeatureLimit || z.Features+z.Merged+z.Clustered+z.Dropped != len(fields) {
			t.Errorf("zoom %d: %+v, of %d fields", z.Zoom, z, len(fields))
		}
		if z.Dropped > 0 {
			t.Errorf("zoom %d: %d fields left a hole", z.Zoom, z.Dropped)
		}
	}
	if m.Zooms[4].Merged == 0 {
		t.Error("the test's tiles are not full")
	}
	if len(decoded(t, open(t, path))) == 0 {
		t.Error("no tiles")
	}
}

func TestAllAreThereAtTheHighestZoom(t *testing.T) {
	fields := patchwork(30, 40_000)
	path, m := build(t, fieldLayer(10, 14, len(fields)), fields, options(t.TempDir()))
	seen, labels := map[float64]bool{}, map[float64]int{}
	for tile, layers := range decoded(t, open(t, path)) {
		if tile.Z != 14 {
			continue
		}
		for _, l := range layers {
			for _, f := range l.Features {
				if l.Name == "field_label" {
					labels[f.ID.(float64)]++
					continue
				}
				seen[f.ID.(float64)] = true
			}
		}
	}
	if len(seen) != len(fields) || m.Zooms[4].Features != len(fields) {
		t.Errorf("%d of %d fields", len(seen), len(fields))
	}
	for id, n := range labels {
		if n != 1 {
			t.Errorf("field %v has %d labels", id, n)
		}
	}
	if len(labels) != len(fields) {
		t.Errorf("%d of %d fields have a label", len(labels), len(fields))
	}
}

func TestAStoppedBuildGoesOn(t *testing.T) {
	fields := patchwork(50, 60_000)
	l := fieldLayer(6, 14, len(fields))
	whole, _ := build(t, l, fields, options(t.TempDir()))

	o := options(t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	o.Workers = 1
	o.Progress = func(p pyramid.Progress) {
		if p.Blocks == 5 {
			stop()
		}
	}
	if _, _, err := pyramid.Build(ctx, l, fields, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("a stopped build says %v", err)
	}
	if found, _ := filepath.Glob(filepath.Join(o.Folder, "*.pmtiles")); len(found) != 0 {
		t.Fatalf("a stopped build left %v", found)
	}
	made, _ := filepath.Glob(filepath.Join(o.Folder, ".work-field-v1", "block-*-*-*"))
	made = slices.DeleteFunc(made, func(name string) bool { return strings.HasSuffix(name, ".part") })
	before, err := os.Stat(made[0])
	if err != nil {
		t.Fatal(err)
	}
	o.Progress = func(p pyramid.Progress) {
		if now, err := os.Stat(made[0]); err == nil && !now.ModTime().Equal(before.ModTime()) {
			t.Error("a finished block was built again")
		}
	}
	again, _ := build(t, l, fields, o)
	if filepath.Base(again) != filepath.Base(whole) {
		t.Errorf("the build that was stopped gave %s, a whole one %s", filepath.Base(again), filepath.Base(whole))
	}
}

func TestWorkOfAnotherVersionIsNotUsed(t *testing.T) {
	o := options(t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	o.Progress = func(p pyramid.Progress) {
		if p.Blocks == 2 {
			stop()
		}
	}
	l := fieldLayer(8, 14, 400)
	if _, _, err := pyramid.Build(ctx, l, patchwork(20, 60_000), o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	o.Progress, o.Fingerprint = nil, "another"
	got, _ := build(t, l, patchwork(21, 60_000), o)
	want, _ := build(t, l, patchwork(21, 60_000), options(t.TempDir()))
	if filepath.Base(got) != filepath.Base(want) {
		t.Error("blocks of another version are in the archive")
	}
}

// TestLinesThatMeetMeetAtEveryZoom follows a crossing of three roads down.
func TestLinesThatMeetMeetAtEveryZoom(t *testing.T) {
	to := func(dx, dy int32) coverage.Point { return coverage.Point{X: yunfu.X + dx, Y: yunfu.Y + dy} }
	roads := features{
		{ID: 1, Parts: [][]coverage.Point{{to(0, 0), to(700_000, 30_000), to(1_500_000, 900_000)}}},
		{ID: 2, Parts: [][]coverage.Point{{to(1_500_000, 900_000), to(2_900_000, 800_000)}}},
		{ID: 3, Parts: [][]coverage.Point{{to(1_500_000, 900_000), to(1_600_000, 2_900_000)}}},
	}
	path, m := build(t, pyramid.Layer{Name: "road", Kind: pyramid.Lines, MinZoom: 4, MaxZoom: 14, Features: 3}, roads, options(t.TempDir()))
	meeting := map[maptile.Zoom]map[orb.Point]int{}
	for tile, layers := range decoded(t, open(t, path)) {
		for _, f := range layers[0].Features {
			lines, ok := f.Geometry.(orb.MultiLineString)
			if line, one := f.Geometry.(orb.LineString); one {
				lines, ok = orb.MultiLineString{line}, true
			}
			if !ok {
				t.Fatalf("a road is a %s", f.Geometry.GeoJSONType())
			}
			for _, line := range lines {
				for _, end := range []orb.Point{line[0], line[len(line)-1]} {
					if meeting[tile.Z] == nil {
						meeting[tile.Z] = map[orb.Point]int{}
					}
					meeting[tile.Z][orb.Point{end[0] + 4096*float64(tile.X), end[1] + 4096*float64(tile.Y)}]++
				}
			}
		}
	}
	for _, z := range m.Zooms {
		most := 0
		for _, n := range meeting[maptile.Zoom(z.Zoom)] {
			most = max(most, n)
		}
		if most < 3 || z.Features != 3 {
			t.Errorf("zoom %d: %d of 3 roads, at most %d ends meet", z.Zoom, z.Features, most)
		}
	}
}

func TestPointsThatHaveNoRoomAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var springs features
	for i := range 30_000 {
		at := coverage.Point{X: yunfu.X + r.Int32N(3_000_000), Y: yunfu.Y + r.Int32N(3_000_000)}
		springs = append(springs, pyramid.Feature{ID: uint64(i + 1), Parts: [][]coverage.Point{{at}}, Rank: float64(i), Values: []tilewriter.Value{tilewriter.Integer(int64(i))}})
	}
	l := pyramid.Layer{Name: "spring", Kind: pyramid.Points, Fields: []pyramid.Field{{Name: "flow"}}, MinZoom: 3, MaxZoom: 14, Features: len(springs)}
	path, m := build(t, l, springs, options(t.TempDir()))
	sums, best := map[maptile.Zoom]float64{}, map[maptile.Zoom]float64{}
	for tile, layers := range decoded(t, open(t, path)) {
		for _, f := range layers[0].Features {
			if p, ok := f.Geometry.(orb.Point); !ok || p[0] < 0 || p[1] < 0 || p[0] >= 4096 || p[1] >= 4096 {
				continue // in the margin: the neighbour's
			}
			count, ok := f.Properties["point_count"].(float64)
			if !ok {
				count = 1
			}
			sums[tile.Z] += count
			best[tile.Z] = max(best[tile.Z], f.Properties["flow"].(float64))
		}
	}
	for _, z := range m.Zooms {
		zoom := maptile.Zoom(z.Zoom)
		if sums[zoom] != float64(len(springs)) || z.Features+z.Clustered != len(springs) || z.MostFeatures > pyramid.FeatureLimit || best[zoom] != float64(len(springs)-1) {
			t.Errorf("zoom %d: %+v; the tiles stand for %v of %d points, the most important is %v", z.Zoom, z, sums[zoom], len(springs), best[zoom])
		}
	}
}

func TestWhatCannotBeBuiltIsSaid(t *testing.T) {
	for sentence, l := range map[string]pyramid.Layer{
		"zooms upside down": fieldLayer(9, 8, 1), "a zoom too high": fieldLayer(0, 17, 1), "no name": {MaxZoom: 3},
	} {
		if _, _, err := pyramid.Build(t.Context(), l, features{}, options(t.TempDir())); !errors.Is(err, pyramid.ErrInvalid) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestNoFeaturesMakeAnEmptyArchive(t *testing.T) {
	path, _ := build(t, fieldLayer(0, 14, 0), features{}, options(t.TempDir()))
	if n := len(decoded(t, open(t, path))); n != 0 {
		t.Errorf("%d tiles of nothing", n)
	}
}
