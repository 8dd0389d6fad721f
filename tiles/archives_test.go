package tiles_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
)

func archivesOf(t *testing.T, db *pgxpool.Pool, ahead ...grid.Square) *tiles.Archives {
	t.Helper()
	a, err := tiles.NewArchives(db, filepath.Join(t.TempDir(), "tiles"), ahead...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func buildArchive(t *testing.T, a *tiles.Archives, l layers.Layer) tiles.ArchiveRecord {
	t.Helper()
	r, err := a.Build(t.Context(), l, tiles.PyramidOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// features lists the ids in a tile's layer.
func features(t *testing.T, tile tiles.Tile, layer string) []float64 {
	t.Helper()
	decoded, err := mvt.Unmarshal(unpacked(t, tile))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[float64]bool{}
	for _, l := range decoded {
		if l.Name == layer {
			for _, f := range l.Features {
				ids[f.ID.(float64)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// postGISDraws lists the features that ST_AsMVTGeom draws in a tile.
func postGISDraws(t *testing.T, db *pgxpool.Pool, l layers.Layer, address maptile.Tile) (ids []float64) {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT fid::float8 FROM "+l.Table().Sanitize()+` WHERE geom_3857 && ST_TileEnvelope($1, $2, $3, margin => 0.015625)
		AND ST_AsMVTGeom(geom_3857, ST_TileEnvelope($1, $2, $3), 4096, 64, true) IS NOT NULL ORDER BY fid`, int(address.Z), int(address.X), int(address.Y))
	if err != nil {
		t.Fatal(err)
	}
	if ids, err = pgx.CollectRows(rows, pgx.RowTo[float64]); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestTheHighestZoomHasTheFeaturesOfPostGIS compares every tile of an archive's
// highest zoom, and the same drawn live, with what ST_AsMVTGeom draws of the same rows.
func TestTheHighestZoomHasTheFeaturesOfPostGIS(t *testing.T) {
	for _, fixture := range []string{"square", "hole-touches-shell", "neighbours"} {
		t.Run(fixture, func(t *testing.T) {
			db := postgistest.DB(t)
			l := published(t, db, "shape", fixture)
			a := archivesOf(t, db)
			buildArchive(t, a, l)
			opened, err := a.Open(l)
			if err != nil {
				t.Fatal(err)
			}
			live := tiles.NewBuilder(db, nil, nil)
			compared := 0
			center := maptile.New(yunfu.X<<2+2, yunfu.Y<<2+2, 14)
			for x := center.X - 8; x < center.X+8; x++ {
				for y := center.Y - 8; y < center.Y+8; y++ {
					address := maptile.New(x, y, 14)
					drawn, err := live.Build(t.Context(), live.Set([]layers.Layer{l}), address)
					if err != nil {
						t.Fatal(err)
					}
					want := postGISDraws(t, db, l, address)
					packed, _, err := opened.Tile(address)
					if err != nil {
						t.Fatal(err)
					}
					got := features(t, tiles.Tile{Packed: packed}, "shape")
					if w := features(t, drawn, "shape"); !slices.Equal(got, want) || !slices.Equal(w, want) {
						t.Errorf("%v: features %v, live %v, PostGIS has %v", address, got, w, want)
					}
					compared += len(got)
				}
			}
			if compared == 0 {
				t.Error("the tiles that were compared are empty")
			}
			if err := tiles.Verify(opened, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestANewVersionHasNoArchiveUntilOneIsBuilt(t *testing.T) {
	db := postgistest.DB(t)
	first := published(t, db, "shape", "square")
	a := archivesOf(t, db)
	r := buildArchive(t, a, first)
	if got, err := a.Record(first); err != nil || got.File != r.File {
		t.Errorf("%+v, %v", got, err)
	}
	builder := tiles.NewBuilder(db, a, nil)
	before := builder.Set([]layers.Layer{first}).Tag()
	second := published(t, db, "shape", "neighbours")
	if _, err := a.Record(second); !errors.Is(err, tiles.ErrNoArchive) {
		t.Errorf("the new version: %v", err)
	}
	if builder.Set([]layers.Layer{second}).Tag() == before {
		t.Error("the new version has the tag of the old one")
	}
	c, err := layers.LoadCatalogue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if missing := a.Missing(c); len(missing) != 1 || missing[0].Layer.Published.Number != second.Published.Number {
		t.Errorf("missing %v", missing)
	}
	// The version before keeps its archive, for whoever looks at it or rolls back.
	if err := a.Sweep(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(a.Folder(), r.File)); err != nil {
		t.Errorf("the archive of the version before: %v", err)
	}
}

func TestAnotherWayOfDrawingMayMakeTheSameBytes(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	a := archivesOf(t, db)
	first := buildArchive(t, a, l)
	l.Definition.Rank = "-area" // nothing is crowded, so rank changes nothing
	second := buildArchive(t, a, l)
	if first.File != second.File || first.Fingerprint == second.Fingerprint {
		t.Fatalf("%+v and %+v: the test wants the same bytes of another fingerprint", first, second)
	}
	c, err := layers.LoadCatalogue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Sweep(t.Context(), c); err != nil { // the catalogue still has the first way
		t.Fatal(err)
	}
	if err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.Definition.Rank = ""
	if got, err := a.Record(l); err != nil || got.File != first.File {
		t.Errorf("after sweeping: %+v, %v", got, err)
	}
}

func TestAnArchiveThatIsDamagedOrGoneIsLeftOut(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	a := archivesOf(t, db)
	r := buildArchive(t, a, l)
	again, err := tiles.NewArchives(db, a.Folder())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(a.Folder(), r.File), 200); err != nil {
		t.Fatal(err)
	}
	if err := again.Reload(t.Context()); !errors.Is(err, archive.ErrDamaged) || !errors.Is(err, tiles.ErrLost) {
		t.Errorf("reloading says %v", err)
	}
	if _, err := again.Record(l); !errors.Is(err, tiles.ErrNoArchive) {
		t.Errorf("a damaged archive is served: %v", err)
	}
	if tile, err := tiles.NewBuilder(db, again, nil).Build(t.Context(), tiles.NewBuilder(db, again, nil).Set([]layers.Layer{l}), yunfu); err != nil || tile.Empty() {
		t.Errorf("the tile is not live either: %v", err)
	}
}

// The folder of archives may be emptied at any time.
func TestALostArchiveDoesNotHinderTheBuildingOfAnother(t *testing.T) {
	db := postgistest.DB(t)
	lost, l := published(t, db, "shape", "square"), published(t, db, "parcel", "crooked-borders")
	a := archivesOf(t, db)
	first := buildArchive(t, a, lost)
	if err := os.Remove(filepath.Join(a.Folder(), first.File)); err != nil {
		t.Fatal(err)
	}
	again, err := tiles.NewArchives(db, a.Folder())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Reload(t.Context()); !errors.Is(err, tiles.ErrLost) {
		t.Errorf("reloading says %v", err)
	}
	buildArchive(t, again, l)
	if _, err := again.Open(l); err != nil {
		t.Error(err)
	}
	if rebuilt := buildArchive(t, again, lost); rebuilt.File != first.File {
		t.Errorf("built again it is %s, not %s", rebuilt.File, first.File)
	}
	if err := again.Reload(t.Context()); err != nil {
		t.Errorf("with all files there again: %v", err)
	}
}

func TestABuildThatIsStoppedLeavesTheOldArchiveServing(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	a := archivesOf(t, db)
	r := buildArchive(t, a, l)
	ctx, stop := context.WithCancel(t.Context())
	_, err := a.Build(ctx, l, tiles.PyramidOptions{Workers: 1, Progress: func(p pyramid.Progress) {
		if p.Blocks > 0 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the stopped build says %v", err)
	}
	if got, err := a.Record(l); err != nil || got.File != r.File {
		t.Errorf("%+v, %v", got, err)
	}
	if again := buildArchive(t, a, l); again.File != r.File {
		t.Errorf("the next build gave %s, the first %s", again.File, r.File)
	}
}

func TestDivision(t *testing.T) {
	if _, err := tiles.Division(t.Context(), postgistest.DB(t), &layers.Catalogue{}, grid.Mercator, "445302"); !errors.Is(err, tiles.ErrUnknownDivision) {
		t.Errorf("no divisions: %v", err)
	}
}
