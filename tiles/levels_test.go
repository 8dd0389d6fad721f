package tiles_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
)

// archived builds the archive of a layer and returns it with a builder that knows it.
func archived(t *testing.T, db *pgxpool.Pool, l layers.Layer) (tiles.ArchiveRecord, *tiles.Archives, *tiles.Builder) {
	t.Helper()
	archives, err := tiles.NewArchives(db, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, err := archives.Build(t.Context(), l, tiles.PyramidOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return r, archives, tiles.NewBuilder(db, archives, nil)
}

func TestALiveTileAtALowZoomIsWhatTheArchiveDraws(t *testing.T) {
	for _, fixture := range []string{"square", "hole-touches-shell", "neighbours", "crowd"} {
		t.Run(fixture, func(t *testing.T) {
			db := postgistest.DB(t)
			var l layers.Layer
			if fixture == "crowd" {
				l = crowd(t, db, "", 3000, 12)
			} else {
				l = published(t, db, "shape", fixture)
			}
			r, _, builder := archived(t, db, l)
			if fmt.Sprint(r.Levels) != "[8 9 10 11 12]" {
				t.Fatalf("levels %v", r.Levels)
			}
			set := builder.Set([]layers.Layer{l})
			some := 0
			for zoom := maptile.Zoom(8); zoom <= 12; zoom++ {
				// Each name stands once, though not always in the same tile: the widest place of a rounded shape may be another.
				around := maptile.New(yunfu.X>>(12-zoom), yunfu.Y>>(12-zoom), zoom)
				if w, g := labels(t, builder, set, around), labels(t, builder, set.Live(), around); w != g {
					t.Errorf("round tile %v: labels of %s live, of %s in the archive", around, g, w)
				}
				for _, shift := range []uint32{0, 1} {
					address := maptile.New(yunfu.X>>(12-zoom)+shift, yunfu.Y>>(12-zoom), zoom)
					want, got := drawn(t, builder, set, address), drawn(t, builder, set.Live(), address)
					if len(got) != len(want) {
						t.Errorf("tile %v: %d features live, %d in the archive", address, len(got), len(want))
					}
					some += len(want)
					for id, w := range want {
						g := got[id]
						if math.Abs(planar.Area(g)-planar.Area(w)) > 0.01*planar.Area(w)+8 || pieces(g) != pieces(w) {
							t.Errorf("tile %v, feature %d: %v live, %v in the archive", address, id, g, w)
						}
					}
				}
			}
			if some == 0 {
				t.Error("no tile has a feature: nothing was compared")
			}
		})
	}
}

// labels lists the label points of a tile and the eight round it, by feature.
func labels(t *testing.T, b *tiles.Builder, s tiles.Set, middle maptile.Tile) string {
	t.Helper()
	var ids []int
	for n := range uint32(9) {
		tile, err := b.Build(t.Context(), s, maptile.New(middle.X-1+n%3, middle.Y-1+n/3, middle.Z))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := mvt.Unmarshal(unpacked(t, tile))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range decoded {
			if l.Name == s.Layers[0].Definition.LabelLayer() {
				for _, f := range l.Features {
					ids = append(ids, int(f.ID.(float64)))
				}
			}
		}
	}
	slices.Sort(ids)
	return fmt.Sprint(ids)
}

// pieces is how many polygons a geometry has.
func pieces(g orb.Geometry) int {
	if m, ok := g.(orb.MultiPolygon); ok {
		return len(m)
	}
	return 1
}

func drawn(t *testing.T, b *tiles.Builder, s tiles.Set, address maptile.Tile) map[uint64]orb.Geometry {
	t.Helper()
	tile, err := b.Build(t.Context(), s, address)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := mvt.Unmarshal(unpacked(t, tile))
	if err != nil {
		t.Fatal(err)
	}
	features := map[uint64]orb.Geometry{}
	for _, l := range decoded {
		if l.Name == s.Layers[0].Definition.ID {
			for _, f := range l.Features {
				features[uint64(f.ID.(float64))] = f.Geometry
			}
		}
	}
	return features
}

func TestLevelsStayWhenTheFileIsMissingAndGoWithTheArchive(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	r, archives, _ := archived(t, db, l)
	if err := os.Remove(filepath.Join(archives.Folder(), r.File)); err != nil {
		t.Fatal(err)
	}
	other, err := tiles.NewArchives(db, archives.Folder())
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Reload(t.Context()); err == nil {
		t.Error("the missing file is no error")
	}
	builder := tiles.NewBuilder(db, other, nil)
	sql, _ := builder.Set([]layers.Layer{l}).Question(yunfu)
	if want := "levels"; !strings.Contains(sql, want) {
		t.Errorf("without the file, a tile of zoom 12 is asked of\n%s", sql)
	}
	if got := drawn(t, builder, builder.Set([]layers.Layer{l}), yunfu); len(got) == 0 {
		t.Error("nothing is drawn")
	}
	for range 4 { // so many versions on, the first one's archive goes
		published(t, db, "shape", "square")
	}
	catalogue, err := layers.LoadCatalogue(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Sweep(t.Context(), catalogue); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'levels'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d tables of levels are left, %v", left, err)
	}
}
