package terrain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"golang.org/x/sync/errgroup"

	"onemap/tiles/archive"
)

// The limits of a pyramid.
const (
	lowestZoom  = 5 // of its tiles: a country fits in a few
	highestZoom = 15
	MaxTiles    = 60_000 // of the finest zoom
)

var (
	// ErrTooLarge reports a model that would need too many tiles.
	ErrTooLarge = errors.New("terrain: too many tiles")
	// ErrNoHeights reports a model without a single height.
	ErrNoHeights = errors.New("terrain: not one height")
)

// Source is what a pyramid is made of; [onemap/importers/dem.Raster] is one.
type Source interface {
	// Warp fills heights, side × side by rows from the north, with those at the
	// centres of the pixels of a box in EPSG:3857 metres, in metres; NaN is none.
	Warp(ctx context.Context, box orb.Bound, side int, heights []float32) error
	// Bounds are west, south, east, north in EPSG:4490 degrees.
	Bounds() [4]float64
	// Resolution is the distance of its heights on the ground, metres.
	Resolution() float64
}

// About is what is told of a model.
type About struct {
	ID        string  `json:"id" db:"id"`       // letters, digits and underscores
	Title     string  `json:"title" db:"title"` // Chinese, as "云浮市 30 米数字高程模型"
	Source    string  `json:"source" db:"source"`
	Date      *string `json:"date" db:"date"`           // of the survey, as "2019" or "2019-08-01"; nil is unknown
	Synthetic bool    `json:"synthetic" db:"synthetic"` // generated, and not measured
}

// Built is a pyramid that was built. Nothing knows of its file yet.
type Built struct {
	Path       string
	File       string // its name, with the hash of its bytes
	Bytes      int64
	Bounds     [4]float64 // west, south, east, north, degrees
	Resolution float64    // metres on the ground, of the source
	Step       float64    // metres to which heights are rounded
	MinZoom    int
	MaxZoom    int
	Tiles      int
	Low, High  float64 // metres
}

// metadata is what the archive says of itself, as readers of PMTiles expect.
type metadata struct {
	Name        string     `json:"name"`
	Attribution string     `json:"attribution"`
	Type        string     `json:"type"`
	Format      string     `json:"format"`
	Encoding    string     `json:"encoding"`
	TileSize    int        `json:"tile_size"`
	Resolution  float64    `json:"resolution_m"`
	Step        float64    `json:"step_m"`
	Bounds      [4]float64 `json:"bounds"`
	Date        *string    `json:"date,omitempty"`
	Synthetic   bool       `json:"synthetic"`
	Generator   string     `json:"generator"`
}

// groundPixel is the metres on the ground of a pixel of a zoom at a latitude.
func groundPixel(zoom int, latitude float64) float64 {
	return 2 * half / Side / math.Pow(2, float64(zoom)) * math.Cos(latitude*math.Pi/180)
}

// zoomFor is the lowest zoom whose pixels are at least as fine as the resolution.
func zoomFor(resolution, latitude float64) int {
	zoom := 0
	for zoom < highestZoom && groundPixel(zoom, latitude) > resolution*1.001 {
		zoom++
	}
	return zoom
}

// Build makes the pyramid of a model as an archive in the folder, which must
// exist. told hears of finished tiles of the finest zoom; it may be nil. The same
// heights and words give the same bytes. A model that is too large is an
// [ErrTooLarge], an empty one [ErrNoHeights].
func Build(ctx context.Context, source Source, about About, folder string, told func(done, total int)) (Built, error) {
	b := source.Bounds()
	resolution := source.Resolution()
	out := Built{Bounds: b, Resolution: resolution, Step: stepFor(resolution), MaxZoom: zoomFor(resolution, (b[1]+b[3])/2)}
	out.MinZoom = min(lowestZoom, out.MaxZoom)
	first, last := corners(b, out.MaxZoom)
	total := (int(last.X-first.X) + 1) * (int(last.Y-first.Y) + 1)
	if total > MaxTiles {
		return Built{}, fmt.Errorf("%w: %d of zoom %d, the most is %d", ErrTooLarge, total, out.MaxZoom, MaxTiles)
	}
	writer, err := archive.NewPictureWriter(folder)
	if err != nil {
		return Built{}, err
	}
	defer writer.Close() //nolint:errcheck // what it holds has no name
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	p := &pyramid{source: source, writer: writer, group: group, out: &out, total: total, told: told, low: math.Inf(1), high: math.Inf(-1)}
	from, to := corners(b, out.MinZoom)
	for x := from.X; x <= to.X && err == nil; x++ {
		for y := from.Y; y <= to.Y && err == nil; y++ {
			_, err = p.tile(inGroup, maptile.New(x, y, maptile.Zoom(out.MinZoom)))
		}
	}
	if waited := group.Wait(); err == nil || errors.Is(err, context.Canceled) && waited != nil {
		err = waited
	}
	switch {
	case err != nil:
		return Built{}, err
	case ctx.Err() != nil:
		return Built{}, ctx.Err()
	case out.Tiles == 0:
		return Built{}, ErrNoHeights
	}
	out.Low, out.High = p.low, p.high
	out.Path, err = writer.Finish("terrain-"+about.ID, b, metadata{
		Name: about.Title, Attribution: about.Source, Type: "baselayer", Format: "png", Encoding: "terrarium", TileSize: Side,
		Resolution: resolution, Step: out.Step, Bounds: b, Date: about.Date, Synthetic: about.Synthetic, Generator: "onemap",
	})
	if err != nil {
		return Built{}, err
	}
	info, err := os.Stat(out.Path)
	if err != nil {
		return Built{}, fmt.Errorf("terrain: %w", err)
	}
	out.File, out.Bytes = filepath.Base(out.Path), info.Size()
	return out, nil
}

// pyramid is a build under way. It goes down to the finest tiles, one branch after
// the other, and makes each tile above them of its four, so that few are in
// memory; only the writing of pictures, which costs most, is side by side.
type pyramid struct {
	source Source
	writer *archive.Writer
	group  *errgroup.Group
	out    *Built
	told   func(done, total int)
	total  int
	done   int

	low, high float64
}

// tile makes a tile and those below it. It returns its heights, nil where there are none.
func (p *pyramid) tile(ctx context.Context, t maptile.Tile) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if first, last := corners(p.out.Bounds, int(t.Z)); t.X < first.X || t.X > last.X || t.Y < first.Y || t.Y > last.Y {
		return nil, nil
	}
	var heights []float32
	var err error
	if int(t.Z) == p.out.MaxZoom {
		heights, err = p.finest(ctx, t)
	} else {
		heights, err = p.above(ctx, t)
	}
	if err != nil || heights == nil {
		return nil, err
	}
	p.out.Tiles++
	p.group.Go(func() error {
		picture, err := encode(heights, p.out.Step)
		if err != nil {
			return err
		}
		return p.writer.Add(t, picture)
	})
	return heights, nil
}

func (p *pyramid) finest(ctx context.Context, t maptile.Tile) ([]float32, error) {
	heights := make([]float32, Side*Side)
	if err := p.source.Warp(ctx, mercatorBox(t), Side, heights); err != nil {
		return nil, err
	}
	if p.done++; p.told != nil {
		p.told(p.done, p.total)
	}
	some := false
	for i, h := range heights {
		switch {
		case h != h:
		case h < Lowest || h > Highest:
			heights[i] = none
		default:
			some = true
			p.low, p.high = min(p.low, float64(h)), max(p.high, float64(h))
		}
	}
	if !some {
		return nil, nil
	}
	return heights, nil
}

// above makes a tile of its four quarters: a pixel is the mean of those that have
// a height, and has none itself where more than two have none.
func (p *pyramid) above(ctx context.Context, t maptile.Tile) ([]float32, error) {
	var heights []float32
	for q := range uint32(4) {
		dx, dy := q%2, q/2
		below, err := p.tile(ctx, maptile.New(2*t.X+dx, 2*t.Y+dy, t.Z+1))
		if err != nil {
			return nil, err
		}
		if below == nil {
			continue
		}
		if heights == nil {
			heights = make([]float32, Side*Side)
			for i := range heights {
				heights[i] = none
			}
		}
		const part = Side / 2
		for y := range part {
			for x := range part {
				sum, n := float32(0), 0
				for _, h := range [4]float32{below[2*y*Side+2*x], below[2*y*Side+2*x+1], below[(2*y+1)*Side+2*x], below[(2*y+1)*Side+2*x+1]} {
					if h == h {
						sum, n = sum+h, n+1
					}
				}
				if n >= 2 {
					heights[(int(dy)*part+y)*Side+int(dx)*part+x] = sum / float32(n)
				}
			}
		}
	}
	return heights, nil
}
