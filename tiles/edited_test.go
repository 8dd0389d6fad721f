package tiles_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/project"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// editShape changes, makes or deletes a feature; a nil shape keeps the feature's.
func editShape(t *testing.T, db *pgxpool.Pool, layer string, operation layers.Operation, fid int64, name string, shape orb.Geometry) {
	t.Helper()
	ctx := access.With(t.Context(), access.Operator("test"))
	_, _, err := layers.NewStore(db).Edit(ctx, layers.FeatureEdit{
		Layer: layer, FID: fid, Operation: operation,
		Make: func(context.Context, layers.Layer, *layers.StoredFeature) (layers.NewFeature, error) {
			made := layers.NewFeature{Values: map[string]any{"name": name}}
			if shape != nil {
				made.Geom = ewkb.MustMarshal(shape, 4490)
				made.Mercator = ewkb.MustMarshal(project.Geometry(orb.Clone(shape), project.WGS84.ToMercator), 3857)
			}
			return made, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// squareAt is a square with a corner, in degrees.
func squareAt(west, south, side float64) orb.MultiPolygon {
	return orb.MultiPolygon{orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{west + side, south + side}}.ToPolygon()}
}

func publishedNow(t *testing.T, db *pgxpool.Pool, layer string) layers.Layer {
	t.Helper()
	c, err := layers.LoadCatalogue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.PublishedLayer(layer)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// At low zooms an edited feature has a shape of its own; all others stay as the
// archive draws them, limits and order included.
func TestEditsAtLowZooms(t *testing.T) {
	db := postgistest.DB(t)
	l := crowd(t, db, "", 9000, 9)
	_, archives, builder := archived(t, db, l)
	sets := func() []tiles.Set {
		set := builder.Set([]layers.Layer{l})
		return []tiles.Set{set, set.Live()}
	}
	center := project.Point(orb.Point{12478000, 2618500}, project.Mercator.ToWGS84)
	before := map[int]map[uint64]orb.Geometry{}
	for zoom := 8; zoom <= 12; zoom++ {
		before[zoom] = drawn(t, builder, sets()[1], maptile.At(center, maptile.Zoom(zoom)))
	}
	editShape(t, db, "crowd", layers.Update, 8999, "moved", squareAt(center[0]-0.01, center[1]-0.01, 0.02)) // large, and so important
	editShape(t, db, "crowd", layers.Delete, 8998, "", nil)
	editShape(t, db, "crowd", layers.Create, 0, "new", squareAt(center[0]+0.002, center[1]+0.002, 0.02))
	if err := archives.ReloadEdits(t.Context()); err != nil {
		t.Fatal(err)
	}
	l = publishedNow(t, db, "crowd")
	if n := len(archives.Stale(&layers.Catalogue{Layers: []layers.Layer{l}})); n != 1 {
		t.Errorf("%d archives lack edits", n)
	}
	for zoom := 8; zoom <= 12; zoom++ {
		for i, set := range sets() {
			address := maptile.At(center, maptile.Zoom(zoom))
			found, err := builder.Find(set, address)
			if err != nil || !found.Live() {
				t.Fatalf("z%d: not live: %v", zoom, err)
			}
			tile, err := found.Tile(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if mvt := unpacked(t, tile); len(mvt) > tiles.ByteLimit {
				t.Errorf("z%d: %d bytes", zoom, len(mvt))
			}
			got := drawn(t, builder, set, address)
			if got[8999] == nil || got[9001] == nil || got[8998] != nil {
				t.Errorf("z%d, set %d: the moved one %v, the new one %v, the deleted one %v", zoom, i, got[8999] != nil, got[9001] != nil, got[8998] != nil)
			}
			if len(got) > tiles.FeatureLimit {
				t.Errorf("z%d: %d features", zoom, len(got))
			}
			for id, shape := range got {
				if was := before[zoom][id]; was != nil && id < 8998 && !orb.Equal(shape, was) {
					t.Errorf("z%d: feature %d has another shape than the archive draws", zoom, id)
				}
			}
			if len(got) < len(before[zoom])-2 {
				t.Errorf("z%d: %d features, before there were %d", zoom, len(got), len(before[zoom]))
			}
		}
	}
}

// An archive holds the edits that were made before it was asked for. Those that
// are made meanwhile are shown live, whatever it has read.
func TestAnArchiveOfAnEditedVersion(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "neighbours")
	first, archives, builder := archived(t, db, l)
	editShape(t, db, "shape", layers.Update, 1, "once", nil)
	l = publishedNow(t, db, "shape")
	editShape(t, db, "shape", layers.Update, 2, "meanwhile", nil) // l does not know of it

	second, err := archives.Build(t.Context(), l, tiles.PyramidOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if second.Edited != l.Published.Edited || second.Fingerprint == first.Fingerprint || second.File == first.File {
		t.Errorf("of edit %d: %+v", l.Published.Edited, second)
	}
	opened, err := archives.Open(l)
	if err != nil {
		t.Fatal(err)
	}
	at := maptile.At(orb.Point{112.09, 22.91}, 14)
	bytes, _, err := opened.Tile(at)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(unpacked(t, tiles.Tile{Packed: bytes})); !strings.Contains(text, "once") || strings.Contains(text, "meanwhile") || strings.Contains(text, "west") {
		t.Errorf("the archive's tile: %q", text)
	}
	tile, err := builder.Build(t.Context(), builder.Set([]layers.Layer{publishedNow(t, db, "shape")}), at)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(unpacked(t, tile)); !strings.Contains(text, "once") || !strings.Contains(text, "meanwhile") {
		t.Errorf("the tile: %q", text)
	}

	// The same again has the same bytes; what it takes the place of goes.
	again, err := tiles.NewArchives(db, filepath.Join(t.TempDir(), "other"))
	if err != nil {
		t.Fatal(err)
	}
	third, _ := again.Build(t.Context(), l, tiles.PyramidOptions{Workers: 1}) // which misses the others' files in its folder
	if third.File != second.File {
		t.Errorf("built again it is %q, want %s", third.File, second.File)
	}
	c, err := layers.LoadCatalogue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	swept := func() bool {
		t.Helper()
		if err := archives.Sweep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(filepath.Join(archives.Folder(), first.File))
		return os.IsNotExist(err)
	}
	if swept() {
		t.Error("the first archive is gone while other servers may read its levels")
	}
	if _, err := db.Exec(t.Context(), "UPDATE catalogue.archives SET built_at = built_at - interval '2 minutes'"); err != nil {
		t.Fatal(err)
	}
	if swept() {
		t.Error("a file that was written just now is gone: another server may be about to record it")
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(archives.Folder(), first.File), long, long); err != nil {
		t.Fatal(err)
	}
	if !swept() {
		t.Error("the first archive is there still")
	}
	if r, err := archives.RecordIn(grid.Mercator, publishedNow(t, db, "shape")); err != nil || r.File != second.File {
		t.Errorf("%+v, %v", r, err)
	}
}

// With its last feature gone a version has an archive of nothing.
func TestAnArchiveOfNothing(t *testing.T) {
	db := postgistest.DB(t)
	published(t, db, "shape", "neighbours")
	for fid := range int64(3) {
		editShape(t, db, "shape", layers.Delete, fid+1, "", nil)
	}
	l := publishedNow(t, db, "shape")
	_, archives, builder := archived(t, db, l)
	found, err := builder.Find(builder.Set([]layers.Layer{l}), yunfu)
	if err != nil || found.Live() || archives.Waiting(l) != 0 {
		t.Fatalf("live %v, %v", found.Live(), err)
	}
	if tile, err := found.Tile(t.Context()); err != nil || !tile.Empty() {
		t.Errorf("%v, %v", tile, err)
	}
	editShape(t, db, "shape", layers.Create, 0, "again", squareAt(112.08, 22.9, 0.01))
	if err := archives.ReloadEdits(t.Context()); err != nil {
		t.Fatal(err)
	}
	set := builder.Set([]layers.Layer{publishedNow(t, db, "shape")})
	if got := drawn(t, builder, set, yunfu); got[4] == nil || archives.Waiting(set.Layers[0]) != 1 {
		t.Errorf("after one more: %v", got)
	}
}
