package tiles

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb/maptile"
	"golang.org/x/sync/errgroup"

	"onemap/tiles/packed"
)

// Found is a tile of a set, as far as it is known without a query: what archives
// hold of it, and the validator of all of it.
type Found struct {
	builder *Builder
	tile    maptile.Tile
	shares  []*share // those that are drawn at the zoom
	parts   [][]byte // of each; nil where it is live or empty
	live    []bool   // of each
	etag    string
}

// Find looks a tile up, numbered as in the set's square. Layers are left out below their lowest zoom. It reads
// archives and asks no database.
func (b *Builder) Find(s Set, t maptile.Tile) (Found, error) {
	f := Found{builder: b, tile: t}
	var etag strings.Builder
	for _, one := range s.shares {
		if !one.draws(int(t.Z)) {
			continue
		}
		f.shares = append(f.shares, one)
		if etag.Len() > 0 {
			etag.WriteByte('.')
		}
		archived := one.archived(t)
		f.live = append(f.live, !archived)
		if !archived {
			f.parts = append(f.parts, nil)
			etag.WriteString(one.liveTag(t))
			continue
		}
		bytes, content, err := one.archive.Tile(t)
		if err != nil {
			return Found{}, fmt.Errorf("tiles: %s %d/%d/%d: %w", one.layer.Definition.ID, t.Z, t.X, t.Y, err)
		}
		f.parts = append(f.parts, bytes)
		etag.WriteString(strconv.FormatUint(content, 36))
	}
	f.etag = etag.String()
	if f.etag == "" {
		f.etag = "nothing"
	}
	return f, nil
}

// ETag is the strong validator of the tile, without quotes: it follows from the
// content where an archive holds it, else from the version and the address. It
// is known without building the tile.
func (f Found) ETag() string { return f.etag }

// LeftOut says of each layer that comes from an archive how many of its features
// this zoom does not draw on their own, as "dltb merged=12 clustered=0 dropped=3".
func (f Found) LeftOut() []string {
	var all []string
	for i, s := range f.shares {
		if said := s.leftOut[int(f.tile.Z)]; said != "" && !f.live[i] {
			all = append(all, said)
		}
	}
	return all
}

// Live tells whether PostGIS must be asked for some of the tile.
func (f Found) Live() bool {
	return slices.Contains(f.live, true)
}

// Tile returns the tile, building in PostGIS what no archive holds.
func (f Found) Tile(ctx context.Context) (Tile, error) {
	var tile Tile
	if f.Live() {
		var err error
		if tile.LeftOut, err = f.build(ctx); err != nil {
			return Tile{}, err
		}
		if tile.LeftOut > 0 {
			tile.Limit = FeatureLimit
		}
	}
	if len(f.parts) == 1 {
		tile.Packed = f.parts[0]
		return tile, nil
	}
	var err error
	if tile.Packed, err = packed.Join(f.parts...); err != nil {
		return Tile{}, fmt.Errorf("tiles: joining layers: %w", err)
	}
	return tile, nil
}

// build fills in the parts that are live, and counts the features for which they had no room.
func (f Found) build(ctx context.Context) (leftOut int, err error) {
	without := make([]int, len(f.parts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4) // one request must not take the whole pool
	for i, s := range f.shares {
		if !f.live[i] {
			continue
		}
		group.Go(func() error {
			live, err := f.builder.live(ctx, s, f.tile)
			f.parts[i], without[i] = live.packed, live.leftOut
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	for _, n := range without {
		leftOut += n
	}
	return leftOut, nil
}

// Build finds a tile and builds what is missing of it.
func (b *Builder) Build(ctx context.Context, s Set, t maptile.Tile) (Tile, error) {
	f, err := b.Find(s, t)
	if err != nil {
		return Tile{}, err
	}
	return f.Tile(ctx)
}
