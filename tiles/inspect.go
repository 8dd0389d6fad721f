package tiles

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
	"onemap/tiles/packed"
)

// ErrBadTile reports a tile that breaks the specification of vector tiles.
var ErrBadTile = errors.New("tiles: bad tile")

// Content is what a tile holds.
type Content struct {
	Bytes    int            // before compression
	Packed   int            // after
	Features map[string]int // of each layer
}

// Inspect decodes a tile and checks it: version 2, no layer without features,
// no empty geometry, outer rings clockwise as seen on the screen and holes
// against it. A tile that is none of that is an [ErrBadTile].
func Inspect(t Tile) (Content, error) {
	raw, err := t.MVT()
	if err != nil {
		return Content{}, err
	}
	c := Content{Bytes: len(raw), Packed: len(t.Packed), Features: map[string]int{}}
	decoded, err := mvt.Unmarshal(raw)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrBadTile, err)
	}
	for _, l := range decoded {
		if l.Version != 2 || l.Extent != Extent || len(l.Features) == 0 {
			return c, fmt.Errorf("%w: layer %s has version %d, extent %d and %d features", ErrBadTile, l.Name, l.Version, l.Extent, len(l.Features))
		}
		c.Features[l.Name] += len(l.Features)
		for _, f := range l.Features {
			if !wellFormed(f.Geometry) {
				return c, fmt.Errorf("%w: layer %s, feature %v: geometry is empty or turns the wrong way", ErrBadTile, l.Name, f.ID)
			}
		}
	}
	return c, nil
}

func wellFormed(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Polygon:
		for i, ring := range g {
			// Seen with y to the south, clockwise is what orb, for which y is to the north, calls counter-clockwise.
			want := orb.CCW
			if i > 0 {
				want = orb.CW
			}
			if len(ring) < 4 || ring.Orientation() != want {
				return false
			}
		}
		return len(g) > 0
	case orb.MultiPolygon:
		for _, p := range g {
			if !wellFormed(p) {
				return false
			}
		}
		return len(g) > 0
	case orb.LineString:
		return len(g) > 1
	case orb.MultiLineString:
		for _, line := range g {
			if len(line) < 2 {
				return false
			}
		}
		return len(g) > 0
	case orb.Point:
		return true
	case orb.MultiPoint:
		return len(g) > 0
	}
	return false
}

// Verify checks a whole archive: its directory, its name, and every tile. It
// reads the file once; each sees every tile, and may be nil.
func Verify(a *archive.Archive, each func(maptile.Tile, Content)) error {
	if err := a.VerifyName(); err != nil {
		return err
	}
	low, high := a.Zooms()
	seen := uint64(0)
	err := a.Each(func(t maptile.Tile, b []byte) error {
		c, err := Inspect(Tile{Packed: b})
		if err != nil {
			return fmt.Errorf("%d/%d/%d: %w", t.Z, t.X, t.Y, err)
		}
		if int(t.Z) < low || int(t.Z) > high || c.Bytes > 0 && len(c.Features) == 0 {
			return fmt.Errorf("%w: %d/%d/%d is empty or outside the zooms %d to %d", ErrBadTile, t.Z, t.X, t.Y, low, high)
		}
		if _, err := packed.Join(b, b); err != nil {
			return fmt.Errorf("%d/%d/%d: %w", t.Z, t.X, t.Y, err)
		}
		if each != nil {
			each(t, c)
		}
		seen++
		return nil
	})
	if err != nil {
		return err
	}
	if tiles, _ := a.Counts(); tiles != seen {
		return fmt.Errorf("%w: the header counts %d tiles, the directory %d", archive.ErrDamaged, tiles, seen)
	}
	return nil
}
