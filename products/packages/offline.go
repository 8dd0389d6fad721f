package packages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
)

// packTiles cuts the parts out of their archives, one PMTiles a layer, and puts the
// style beside them. Tiles at the area's border come whole; of a part with a filter
// the features that it doesn't let through are taken out of the tiles.
func (k *Packer) packTiles(ctx context.Context, catalogue *layers.Catalogue, p Plan, work string, passport *Passport, tell func(Progress)) error {
	var region *tiles.Region
	if p.Request.Area != "" {
		found, err := tiles.Division(ctx, k.db, catalogue, grid.Mercator, p.Request.Area)
		if errors.Is(err, tiles.ErrUnknownDivision) {
			return fmt.Errorf("%w: %.30s", ErrArea, p.Request.Area)
		}
		if err != nil {
			return fmt.Errorf("packages: %w", err)
		}
		region = &found
	}
	for i, one := range p.parts {
		n, err := k.cut(ctx, p, one, region, work, func(done int64) error {
			tell(Progress{one.layer.Definition.ID, passport.Features + done, 0})
			return nil
		})
		if err != nil {
			return fmt.Errorf("packages: tiles of %s: %w", one.layer.Definition.ID, err)
		}
		passport.Layers[i].Tiles = n
		passport.Layers[i].EditsWaiting = k.archives.Waiting(one.layer)
		passport.Features += n
		if err := k.checkSize(work); err != nil {
			return err
		}
	}
	style, err := p.styleOf()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "style.json"), style, 0o600); err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	return nil
}

// cut writes the tiles of one part.
func (k *Packer) cut(ctx context.Context, p Plan, one part, region *tiles.Region, work string, tell func(int64) error) (n int64, err error) {
	a, err := k.archives.Open(one.layer)
	if err != nil {
		return 0, err
	}
	m, err := a.Metadata()
	if err != nil {
		return 0, err
	}
	w, err := archive.NewWriter(work)
	if err != nil {
		return 0, err
	}
	defer w.Close() //nolint:errcheck // Finish has said what there was to say
	bounds := [4]float64{-180, -85, 180, 85}
	switch {
	case region != nil:
		bounds = region.Bounds()
	case p.extent != nil:
		bounds = *p.extent
	case len(one.layer.Published.Bounds) == 4:
		copy(bounds[:], one.layer.Published.Bounds)
	}
	low, high := p.Request.zooms()
	size := int64(0)
	err = tiles.Cut(a, region, low, high, func(t maptile.Tile, content []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if region == nil && p.extent != nil && !meets(t, *p.extent) {
			return nil
		}
		if one.filter != nil {
			if content, err = sift(content, one); err != nil || content == nil {
				return err
			}
		}
		if size += int64(len(content)); size > k.limits.Bytes {
			return fmt.Errorf("%w: more than %d bytes of tiles", ErrTooBig, k.limits.Bytes)
		}
		if n++; n%checkEvery == 0 {
			if err := tell(n); err != nil {
				return err
			}
		}
		return w.Add(t, content)
	})
	if err != nil {
		return 0, err
	}
	m.Zooms = nil // they count what the whole archive holds
	path, err := w.Finish(".cut", bounds, m)
	if err != nil {
		return 0, err
	}
	return n, os.Rename(path, filepath.Join(work, one.layer.Definition.ID+".pmtiles"))
}

// meets tells whether a tile has some of an extent.
func meets(t maptile.Tile, e [4]float64) bool {
	b := t.Bound()
	return b.Min[0] <= e[2] && b.Max[0] >= e[0] && b.Min[1] <= e[3] && b.Max[1] >= e[1]
}

// mostTile is how many bytes a tile may have when it is unpacked.
const mostTile = 64 << 20

// sift takes out of a tile what a part's filter doesn't let through; nil is that
// nothing is left.
func sift(content []byte, one part) ([]byte, error) {
	unpacked, err := unpack(content)
	if err != nil {
		return nil, err
	}
	decoded, err := mvt.Unmarshal(unpacked)
	if err != nil {
		return nil, err
	}
	left := false
	for _, layer := range decoded {
		kept := layer.Features[:0]
		for _, f := range layer.Features {
			if one.filter.Matches(numberOf(f), geometryName(one.layer.Definition.Geometry), valueOf(f)) {
				kept = append(kept, f)
			}
		}
		layer.Features = kept
		left = left || len(kept) > 0
	}
	if !left {
		return nil, nil
	}
	plain, err := mvt.Marshal(decoded)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write(plain)
	err = errors.Join(err, z.Close())
	return packed.Bytes(), err
}

func unpack(content []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if _, err := plain.ReadFrom(io.LimitReader(z, mostTile)); err != nil {
		return nil, err
	}
	if plain.Len() >= mostTile {
		return nil, fmt.Errorf("a tile has more than %d bytes", mostTile)
	}
	return plain.Bytes(), nil
}

func numberOf(f *geojson.Feature) uint64 {
	n, _ := f.ID.(float64)
	return uint64(n)
}

func valueOf(f *geojson.Feature) func(string) any {
	return func(name string) any {
		switch v := f.Properties[name].(type) {
		case int64:
			return float64(v)
		case uint64:
			return float64(v)
		case int:
			return float64(v)
		case float32:
			return float64(v)
		default:
			return v
		}
	}
}
