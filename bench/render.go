package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/crs"
	"onemap/styles"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
)

// The bars of the renderer.
const (
	barTile   = 15.0   // milliseconds, the median
	barSheet  = 6.0    // seconds
	barMemory = 1024.0 // MiB, of this process at its peak
)

// rendering measures pictures of the parcels with their labels, each drawn once,
// out of PostGIS: PNG tiles of 256 pixels at zooms that people look at, A3 sheets at
// 300 dpi, and WMS beside MapServer. The peer of the others is the bar. BENCH_DATABASE is
// the address of a database to measure instead of one of the bench's own; only the
// part "wms" writes there, one product. BENCH_PARTS chooses parts, as "tiles,wms".
func rendering(ctx context.Context, l *laboratory) ([]result, error) {
	url := os.Getenv("BENCH_DATABASE")
	if url == "" {
		if err := l.load(ctx); err != nil {
			return nil, err
		}
		cluster, err := l.cluster(ctx)
		if err != nil {
			return nil, err
		}
		defer cluster.Close(ctx) //nolint:errcheck // the figures are taken
		url = cluster.URL()
	}
	b, stop, err := l.drawing(ctx, url)
	if err != nil {
		return nil, err
	}
	defer stop()
	parts := []struct {
		name string
		run  func(context.Context) ([]result, error)
	}{
		{"tiles", b.allTiles},
		{"wms", func(ctx context.Context) ([]result, error) { return b.mapping(ctx, l, url) }},
		{"maps", b.allMaps},
		{"sheets", b.composed},
		{"atlas", b.atlases},
	}
	chosen := strings.FieldsFunc(os.Getenv("BENCH_PARTS"), func(r rune) bool { return r == ',' })
	var results []result
	for _, part := range parts {
		if len(chosen) > 0 && !slices.Contains(chosen, part.name) {
			continue
		}
		some, err := part.run(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		results = append(results, some...)
	}
	peak, err := peakMemory()
	if err != nil {
		return nil, err
	}
	return append(results, compareTimes("memory", "bar", "MiB", 1, []float64{peak}, []float64{barMemory})), nil
}

func (b *drawingBench) allTiles(ctx context.Context) (results []result, err error) {
	for _, zoom := range []maptile.Zoom{12, 13, 14, 15, 16, 17} {
		one, err := b.tiles(ctx, zoom)
		if err != nil {
			return nil, err
		}
		results = append(results, one)
	}
	return results, nil
}

func (b *drawingBench) allMaps(ctx context.Context) (results []result, err error) {
	for _, format := range []render.Format{render.PNG, render.PDF} {
		for _, scale := range []float64{10_000, 50_000, 400_000} {
			one, err := b.sheet(ctx, format, scale)
			if err != nil {
				return nil, err
			}
			results = append(results, one)
		}
	}
	return results, nil
}

// drawingBench is what a picture is made with.
type drawingBench struct {
	db        *pgxpool.Pool
	catalogue *layers.Catalogue
	archives  *tiles.Archives
	layer     layers.Layer
	style     *render.Style
	source    render.Source
	draw      *render.Renderer
}

func (l *laboratory) drawing(ctx context.Context, url string) (*drawingBench, func(), error) {
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: liveConnections})
	if err != nil {
		return nil, nil, err
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		return nil, db.Close, err
	}
	parcels, err := catalogue.PublishedLayer("dltb")
	if err != nil {
		return nil, db.Close, err
	}
	archives, err := tiles.NewArchives(db, filepath.Join(l.dir, "live"))
	if err != nil {
		return nil, db.Close, err
	}
	_ = archives.Reload(ctx) // the levels serve even where the file is missing
	document, err := styles.Document([]styles.Source{{Layer: parcels.Definition, TileJSON: "/tiles/dltb.json", Shown: true}}, slices.Collect(maps.Values(catalogue.Dictionaries)))
	if err != nil {
		return nil, db.Close, err
	}
	style, err := render.ParseStyle(document)
	if err != nil {
		return nil, db.Close, err
	}
	return &drawingBench{db, catalogue, archives, parcels, style, stored.New(db, archives, []layers.Layer{parcels}), render.New(render.Options{})}, db.Close, nil
}

// tiles draws tiles of the city's inner half, none of them twice.
func (b *drawingBench) tiles(ctx context.Context, zoom maptile.Zoom) (result, error) {
	const warm, measured = 8, 60
	bounds := b.layer.Published.Bounds
	random := rand.New(rand.NewPCG(1, uint64(zoom)))
	seen := map[maptile.Tile]bool{}
	var times []float64
	for try := 0; len(times) < warm+measured && try < 10_000; try++ {
		t := maptile.At(orb.Point{
			bounds[0] + (bounds[2]-bounds[0])*(0.25+random.Float64()/2), bounds[1] + (bounds[3]-bounds[1])*(0.25+random.Float64()/2),
		}, zoom)
		if seen[t] {
			continue
		}
		seen[t] = true
		side := 2 * math.Pi * 6378137 / math.Pow(2, float64(zoom))
		x, y := float64(t.X)*side-math.Pi*6378137, math.Pi*6378137-float64(t.Y)*side
		frame := render.Frame{
			System: crs.WebMercator, Width: 256, Height: 256, DPI: 96, Tile: true,
			Extent: orb.Bound{Min: orb.Point{x, y - side}, Max: orb.Point{x + side, y}},
		}
		var picture bytes.Buffer
		start := time.Now()
		if err := b.draw.Draw(ctx, &picture, render.PNG, b.style, b.source, frame); err != nil {
			return result{}, err
		}
		times = append(times, time.Since(start).Seconds()*1000)
	}
	if len(times) <= warm {
		return result{}, fmt.Errorf("the city has only %d tiles of zoom %d", len(times), zoom)
	}
	return compareTimes(fmt.Sprintf("tile z%d", zoom), "bar", "ms", 1, times[warm:], []float64{barTile}), nil
}

func (b *drawingBench) sheet(ctx context.Context, format render.Format, scale float64) (result, error) {
	grid, err := crs.FromEPSG(4546)
	if err != nil {
		return result{}, err
	}
	projector, err := crs.NewProjector(grid)
	if err != nil {
		return result{}, err
	}
	bounds := b.layer.Published.Bounds
	centre, err := projector.Point(orb.Point{(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2})
	if err != nil {
		return result{}, err
	}
	frame, err := render.PaperFrame(grid, centre, 420, 297, scale, 300)
	if err != nil {
		return result{}, err
	}
	var times []float64
	for range 3 {
		start := time.Now()
		if err := b.draw.Draw(ctx, io.Discard, format, b.style, b.source, frame); err != nil {
			return result{}, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	return compareTimes(fmt.Sprintf("A3 300 dpi 1:%.0f %s", scale, format), "bar", "s", 1, times, []float64{barSheet}), nil
}

// peakMemory is the most that this process has held, in MiB.
func peakMemory() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest + " 0")[0], 64)
	return kib / 1024, err
}
