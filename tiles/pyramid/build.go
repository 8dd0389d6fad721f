package pyramid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb/maptile"
	"golang.org/x/sync/errgroup"

	"onemap/tiles/archive"
	"onemap/tiles/coverage"
)

// ErrInvalid reports a layer or options that cannot be built.
var ErrInvalid = errors.New("pyramid: cannot be built")

// DefaultMemory is the room for pieces that wait for their block, in bytes.
const DefaultMemory = 512 << 20

// Options are where and how a pyramid is built.
type Options struct {
	Folder string // an existing folder, for the archive and for work that is under way
	Name   string // of the archive; its hash is added
	// Fingerprint names the features and all that decides how they are drawn: work
	// that a stopped build left is used only under the same one.
	Fingerprint string
	Memory      int64 // bytes; 0 is [DefaultMemory]
	Workers     int   // blocks built at once, 1 or more
	Bounds      [4]float64
	Metadata    archive.Metadata // its zoom reports are filled in
	Progress    func(Progress)   // may be nil; called often, from several goroutines
	// Shape is told, one call after another, what is drawn of a feature at each
	// zoom up to [Layer.ShapesTop], in units of that zoom's tiles from the north-west
	// corner of the world; x to the east, y to the south. What lies in several blocks
	// comes in several parts, which meet exactly. The points are valid until it returns. May be nil.
	Shape func(zoom int, id uint64, parts [][]coverage.Point) error
}

// Progress is how far a build has come.
type Progress struct {
	Features int64 // read so far
	Blocks   int   // built so far
	Known    int   // blocks that are known to be needed, 0 while reading
}

// Build builds the archive and returns its path. The same features, layer and
// metadata give the same bytes, whatever their order, the memory and the
// workers. When ctx ends, finished blocks stay in the folder for the next
// attempt; the archive's name is given only to a whole archive.
func Build(ctx context.Context, l Layer, s Source, o Options) (string, archive.Metadata, error) {
	if l.MaxZoom > HighestZoom || l.MinZoom < 0 || l.MinZoom > l.MaxZoom || o.Workers < 1 || l.Name == "" {
		return "", archive.Metadata{}, fmt.Errorf("%w: layer %q, zooms %d to %d, %d workers", ErrInvalid, l.Name, l.MinZoom, l.MaxZoom, o.Workers)
	}
	b := &build{layer: l, options: o, folder: filepath.Join(o.Folder, ".work-"+o.Name)}
	if b.options.Memory == 0 {
		b.options.Memory = DefaultMemory
	}
	if b.options.Shape == nil {
		b.layer.ShapesTop = -1
	}
	if b.options.Progress == nil {
		b.options.Progress = func(Progress) {}
	}
	if err := b.prepare(); err != nil {
		return "", archive.Metadata{}, fmt.Errorf("pyramid: %w", err)
	}
	if err := b.blocks(ctx, s); err != nil {
		return "", archive.Metadata{}, err
	}
	path, m, err := b.collect()
	if err != nil {
		return "", archive.Metadata{}, err
	}
	if err := os.RemoveAll(b.folder); err != nil {
		return "", archive.Metadata{}, fmt.Errorf("pyramid: %w", err)
	}
	return path, m, nil
}

// build is one building of a pyramid.
type build struct {
	layer    Layer
	options  Options
	folder   string // of work under way
	made     []maptile.Tile
	features atomic.Int64
	mu       sync.Mutex
	done     int // blocks
	known    int // blocks that are known to be needed
}

// prepare makes the work folder, or takes over that of a stopped build of the same.
func (b *build) prepare() error {
	mark := filepath.Join(b.folder, "fingerprint")
	if left, err := os.ReadFile(mark); err == nil && string(left) == b.options.Fingerprint {
		return nil
	}
	if err := os.RemoveAll(b.folder); err != nil {
		return err
	}
	if err := os.Mkdir(b.folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(b.options.Fingerprint), 0o600)
}

// steps is how many zooms a block makes, its own included.
const steps = 4

// firstBlocks is the zoom of the blocks that features are cut into: a few zooms
// below the highest, and higher where so many features would not fit.
func (b *build) firstBlocks() int {
	zoom := max(b.layer.MaxZoom-steps+1, 0)
	most := float64(b.options.Memory) / float64(2*b.options.Workers) / 1200 // bytes for a feature in work
	o := b.options.Bounds
	for ; zoom < b.layer.MaxZoom; zoom++ {
		across := math.Exp2(float64(zoom)) / 360
		blocks := max(1, (o[2]-o[0])*across) * max(1, (o[3]-o[1])*across)
		if float64(b.layer.Features)/blocks <= most {
			break
		}
	}
	return zoom
}

// blocks builds all blocks, those of the highest zoom first.
func (b *build) blocks(ctx context.Context, s Source) error {
	zoom, from, top := b.firstBlocks(), finestZoom, b.layer.MaxZoom
	waiting := newStore(b.folder, b.options.Memory/4)
	before := map[maptile.Tile]outcome{}
	if err := b.read(ctx, s, zoom, waiting); err != nil {
		return err
	}
	for {
		belowZoom := -1
		if bottom := max(zoom, b.layer.MinZoom); bottom > b.layer.MinZoom {
			belowZoom = max(zoom-steps, 0)
		}
		tiles := waiting.blocks()
		for t := range before { // everything of it went above
			if !slices.Contains(tiles, t) {
				tiles = append(tiles, t)
			}
		}
		b.known += len(tiles)
		group, inner := errgroup.WithContext(ctx)
		group.SetLimit(b.options.Workers)
		for _, t := range tiles {
			group.Go(func() error {
				return b.block(inner, block{tile: t, top: top, from: from}, waiting, before[t], belowZoom)
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		slices.SortFunc(tiles, func(a, b maptile.Tile) int { return int(int64(archive.TileID(a)) - int64(archive.TileID(b))) })
		b.made = append(b.made, tiles...)
		if belowZoom < 0 {
			return nil
		}
		var err error
		if waiting, before, err = b.handDown(tiles, belowZoom); err != nil {
			return err
		}
		from, top, zoom = zoom, zoom-1, belowZoom
	}
}

// read cuts the features into the pieces of the first blocks.
func (b *build) read(ctx context.Context, s Source, zoom int, into *store) error {
	c := cutter{kind: b.layer.Kind, unitZoom: finestZoom}
	err := s.Read(ctx, func(f Feature) error {
		if n := b.features.Add(1); n%1000 == 0 {
			b.options.Progress(Progress{Features: n})
		}
		f.Parts = slices.DeleteFunc(f.Parts, func(part []coverage.Point) bool { return len(part) == 0 })
		if len(f.Parts) == 0 {
			return nil
		}
		p := piece{id: f.ID, rank: f.Rank, count: 1, owned: true, values: f.Values, parts: f.Parts}
		p.size, p.anchor = measure(b.layer.Kind, f.Parts)
		return c.cut(p, zoom, ctx.Err, func(to block, cut piece) error { return into.add(to.tile, cut.appendTo(nil)) })
	})
	if err != nil {
		return fmt.Errorf("pyramid: reading features: %w", err)
	}
	b.options.Progress(Progress{Features: b.features.Load()})
	return nil
}

// block builds one block, unless a stopped build has it.
func (b *build) block(ctx context.Context, at block, waiting *store, before outcome, belowZoom int) error {
	chunks, err := waiting.take(at.tile)
	if err != nil {
		return err
	}
	if _, err := os.Stat(blockPath(b.folder, at.tile)); err != nil {
		out, err := createBlockFile(b.folder, b.layer.Kind, at, belowZoom)
		if err != nil {
			return err
		}
		at.bottom = max(int(at.tile.Z), b.layer.MinZoom)
		if err := makeBlock(ctx, b.layer, at, chunks, before, out); err != nil {
			return errors.Join(err, out.abandon())
		}
		if err := out.finish(); err != nil {
			return err
		}
	}
	b.mu.Lock()
	b.done++
	done := b.done
	b.mu.Unlock()
	b.options.Progress(Progress{Features: b.features.Load(), Blocks: done, Known: b.known})
	return nil
}

// handDown collects what blocks gave to those below.
func (b *build) handDown(tiles []maptile.Tile, zoom int) (*store, map[maptile.Tile]outcome, error) {
	below, before := newStore(b.folder, b.options.Memory/4), map[maptile.Tile]outcome{}
	for _, t := range tiles {
		err := made(b.folder, t, func(kind byte, key uint64, bytes []byte) error {
			switch kind {
			case piecesRecord:
				return below.add(archive.TileOf(key), bytes)
			case outcomeRecord:
				var o outcome
				if err := json.Unmarshal(bytes, &o); err != nil {
					return fmt.Errorf("%w: %w", errBroken, err)
				}
				parent := maptile.New(t.X>>(int(t.Z)-zoom), t.Y>>(int(t.Z)-zoom), maptile.Zoom(zoom))
				sum := before[parent]
				sum.add(o)
				before[parent] = sum
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return below, before, nil
}

// collect writes the archive from what all blocks made.
func (b *build) collect() (string, archive.Metadata, error) {
	w, err := archive.NewWriter(b.options.Folder)
	if err != nil {
		return "", archive.Metadata{}, err
	}
	defer w.Close() //nolint:errcheck // Finish has said what there was to say
	reports := map[int]archive.ZoomReport{}
	for _, t := range b.made {
		err := made(b.folder, t, func(kind byte, key uint64, bytes []byte) error {
			switch kind {
			case tileRecord:
				return w.Add(archive.TileOf(key), bytes)
			case zoomRecord:
				var r archive.ZoomReport
				if err := json.Unmarshal(bytes, &r); err != nil {
					return fmt.Errorf("%w: %w", errBroken, err)
				}
				reports[r.Zoom] = addReports(reports[r.Zoom], r)
			case shapesRecord:
				return b.tellShapes(int(key), bytes)
			}
			return nil
		})
		if err != nil {
			return "", archive.Metadata{}, err
		}
	}
	m := b.options.Metadata
	m.Zooms = nil
	for zoom := b.layer.MinZoom; zoom <= b.layer.MaxZoom; zoom++ {
		r := reports[zoom]
		r.Zoom = zoom
		m.Zooms = append(m.Zooms, r)
	}
	path, err := w.Finish(b.options.Name, b.options.Bounds, m)
	return path, m, err
}

func (b *build) tellShapes(zoom int, bytes []byte) error {
	if b.options.Shape == nil {
		return nil
	}
	r := pieceReader{b: bytes}
	for {
		var p piece
		more, err := r.next(&p)
		if err != nil || !more {
			return err
		}
		if err := b.options.Shape(zoom, p.id, p.parts); err != nil {
			return err
		}
	}
}

func addReports(a, b archive.ZoomReport) archive.ZoomReport {
	return archive.ZoomReport{
		Zoom: b.Zoom, Tiles: a.Tiles + b.Tiles, Bytes: a.Bytes + b.Bytes,
		LargestTile: max(a.LargestTile, b.LargestTile), MostFeatures: max(a.MostFeatures, b.MostFeatures),
		Features: a.Features + b.Features, Merged: a.Merged + b.Merged, Clustered: a.Clustered + b.Clustered, Dropped: a.Dropped + b.Dropped,
	}
}
