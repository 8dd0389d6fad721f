package archive_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
	"onemap/tiles/packed"
)

func TestTileIDsFollowTheSpecification(t *testing.T) {
	// Examples of the specification, PMTiles version 3, section 4.1 and its test vectors.
	for id, address := range map[uint64][3]uint32{
		0: {0, 0, 0}, 1: {1, 0, 0}, 2: {1, 0, 1}, 3: {1, 1, 1}, 4: {1, 1, 0}, 5: {2, 0, 0}, 19078479: {12, 3423, 1763},
	} {
		tile := maptile.New(address[1], address[2], maptile.Zoom(address[0]))
		if got := archive.TileID(tile); got != id {
			t.Errorf("%v has number %d, want %d", tile, got, id)
		}
		if got := archive.TileOf(id); got != tile {
			t.Errorf("number %d is %v, want %v", id, got, tile)
		}
	}
	for id := range uint64(100_000) {
		if got := archive.TileID(archive.TileOf(id)); got != id {
			t.Fatalf("number %d comes back as %d", id, got)
		}
	}
}

func pack(t *testing.T, text string) []byte {
	t.Helper()
	return packed.NewPacker().Pack([]byte(text))
}

var bounds = [4]float64{111.05, 22.37, 112.52, 23.32}

// write makes an archive of the world's tiles down to a zoom, in two contents
// that change along the curve, in the order or against it.
func write(t *testing.T, folder string, zoom maptile.Zoom, backward bool) string {
	t.Helper()
	w, err := archive.NewWriter(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	contents := [][]byte{pack(t, "sea"), pack(t, "land"), pack(t, "shore")}
	last := archive.TileID(maptile.New(0, 0, zoom+1))
	for i := range last {
		id := i
		if backward {
			id = last - 1 - i
		}
		if err := w.Add(archive.TileOf(id), contents[id*id/7%3]); err != nil {
			t.Fatal(err)
		}
	}
	path, err := w.Finish("world", bounds, archive.Metadata{Name: "世界", VectorLayers: []archive.VectorLayer{{ID: "a", MaxZoom: int(zoom)}}})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for sentence, zoom := range map[string]maptile.Zoom{"one tile": 0, "a root directory": 4, "leaf directories": 8} {
		t.Run(sentence, func(t *testing.T) {
			a, err := archive.Open(write(t, t.TempDir(), zoom, false))
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			for id := range archive.TileID(maptile.New(0, 0, zoom+1)) {
				b, _, err := a.Tile(archive.TileOf(id))
				if err != nil {
					t.Fatal(err)
				}
				text, err := packed.Unpack(b, 1<<20)
				if want := []string{"sea", "land", "shore"}[id*id/7%3]; err != nil || string(text) != want {
					t.Fatalf("tile %d is %q, want %q, %v", id, text, want, err)
				}
			}
			if b, _, err := a.Tile(maptile.New(0, 0, zoom+1)); b != nil || err != nil {
				t.Errorf("a tile that was not added has %d bytes, %v", len(b), err)
			}
			if m, err := a.Metadata(); err != nil || m.Name != "世界" || m.VectorLayers[0].MaxZoom != int(zoom) {
				t.Errorf("metadata %+v, %v", m, err)
			}
			if low, high := a.Zooms(); low != 0 || high != int(zoom) {
				t.Errorf("zooms %d to %d", low, high)
			}
			if tiles, contents := a.Counts(); tiles != archive.TileID(maptile.New(0, 0, zoom+1)) || contents > 3 {
				t.Errorf("%d tiles of %d contents", tiles, contents)
			}
		})
	}
}

func TestTheOrderOfAddingDoesNotMatter(t *testing.T) {
	one, other := write(t, t.TempDir(), 6, false), write(t, t.TempDir(), 6, true)
	if filepath.Base(one) != filepath.Base(other) {
		t.Errorf("%s and %s: their bytes differ", one, other)
	}
}

func TestADamagedArchiveIsRefused(t *testing.T) {
	folder := t.TempDir()
	whole, err := os.ReadFile(write(t, folder, 6, false))
	if err != nil {
		t.Fatal(err)
	}
	for sentence, b := range map[string][]byte{
		"an empty file":              {},
		"a header alone":             whole[:127],
		"cut off in the directory":   whole[:140],
		"cut off in the last tile":   whole[:len(whole)-1],
		"another format":             append([]byte("SQLite format 3"), whole[15:]...),
		"another version":            append([]byte("PMTiles\x02"), whole[8:]...),
		"a root far behind the file": append(append([]byte(nil), whole[:8]...), append([]byte{255, 255, 255, 255, 255, 255, 255, 255}, whole[16:]...)...),
	} {
		path := filepath.Join(folder, "damaged.pmtiles")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := archive.Open(path); !errors.Is(err, archive.ErrDamaged) {
			if err == nil {
				a.Close()
			}
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	folder := t.TempDir()
	w, err := archive.NewWriter(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(maptile.New(0, 0, 0), pack(t, "x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("a writer that was given up left %v", left)
	}
}
