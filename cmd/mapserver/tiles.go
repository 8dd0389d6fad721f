package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb/maptile"
	"golang.org/x/term"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/tiles"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
)

// archiveFolder is where the tile archives lie.
func (o *options) archiveFolder() string { return filepath.Join(o.dataDir, "tiles") }

// tileArchives builds, shows, checks and exports tile archives.
func tileArchives(ctx context.Context, c *console, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "list":
			return listArchives(ctx, c, args[1:])
		case "build":
			return buildArchives(ctx, c, args[1:])
		case "inspect":
			return inspectArchive(ctx, c, args[1:])
		case "verify":
			return verifyArchives(ctx, c, args[1:])
		case "export":
			return exportArchive(ctx, c, args[1:])
		}
	}
	return fmt.Errorf("%w: mapserver tiles list | build LAYER…|--all | inspect LAYER|FILE | verify LAYER|FILE… | export LAYER --out FILE.pmtiles|FILE.mbtiles [--division CODE] [--grid GRID]", errUsage)
}

// withArchives opens the database, the catalogue and the archives.
func (o *options) withArchives(ctx context.Context, do func(*database, *layers.Catalogue, *tiles.Archives) error) error {
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	archives, err := tiles.NewArchives(d.pool, o.archiveFolder())
	if err == nil {
		err = archives.Reload(ctx)
	}
	if err != nil && !errors.Is(err, tiles.ErrLost) {
		return errors.Join(err, d.close(ctx))
	}
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err == nil {
		err = do(d, catalogue, archives)
	}
	return errors.Join(err, d.close(ctx))
}

func listArchives(ctx context.Context, c *console, args []string) error {
	o := newOptions("tiles list", c)
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	return o.withArchives(ctx, func(_ *database, catalogue *layers.Catalogue, archives *tiles.Archives) error {
		for _, l := range catalogue.Layers {
			if l.Published == nil {
				continue
			}
			found := false
			for _, in := range grid.Squares() {
				r, err := archives.RecordIn(in, l)
				if errors.Is(err, tiles.ErrNoArchive) {
					continue
				}
				if err != nil {
					return err
				}
				found = true
				printRecord(c.out, r)
			}
			if n := archives.Waiting(l); n > 0 {
				fmt.Fprintf(c.out, "%-24s v%-4d %d 次编辑尚未并入，所及瓦片实时绘制 / edits are not folded in yet, their tiles are live\n", l.Definition.ID, l.Published.Number, n)
			}
			if !found {
				fmt.Fprintf(c.out, "%-24s v%-4d 无切片包，实时绘制 / no archive, tiles are live\n", l.Definition.ID, l.Published.Number)
			}
		}
		return nil
	})
}

func printRecord(to io.Writer, r tiles.ArchiveRecord) {
	fmt.Fprintf(to, "%-24s v%-4d %-16s %8.1f MB %7.1f s  %s\n", r.Layer, r.Version, r.Grid, float64(r.Bytes)/1e6, r.Seconds, r.File)
}

func buildArchives(ctx context.Context, c *console, args []string) error {
	o := newOptions("tiles build", c)
	all := o.Bool("all", false, "全部已发布图层 / every published layer")
	memory := o.Int64("memory-mib", 512, "等待处理的要素最多占用的内存（MiB），更多的放入文件 / `MiB` for features that wait; more wait in files")
	workers := o.Int("workers", 0, "同时处理的块数，0 为每核一个 / blocks built at once, 0 is one for each core")
	ahead := o.tileGrids()
	given, err := o.parse(args, 0, 1<<16)
	if err != nil {
		return err
	}
	squares, err := parseGrids(*ahead)
	if err != nil {
		return err
	}
	if *all == (len(given) > 0) {
		return fmt.Errorf("%w: mapserver tiles build LAYER… | --all [--tile-grids ID,…]", errUsage)
	}
	if err := access.Require(ctx, access.Publish); err != nil {
		return err
	}
	return o.withArchives(ctx, func(_ *database, catalogue *layers.Catalogue, archives *tiles.Archives) error {
		var chosen []layers.Layer
		for _, l := range catalogue.Layers {
			if l.Published != nil && (*all || slices.Contains(given, l.Definition.ID)) {
				chosen = append(chosen, l)
			}
		}
		for _, id := range given {
			if _, err := catalogue.PublishedLayer(id); err != nil {
				return err
			}
		}
		for _, l := range chosen {
			for _, in := range squares {
				line := progressLine{out: c.err, name: l.Definition.ID, total: l.Published.FeatureCount}
				r, err := archives.Build(ctx, l, tiles.PyramidOptions{Square: in, Memory: *memory << 20, Workers: *workers, Progress: line.show})
				line.end()
				if err != nil {
					return err
				}
				printRecord(c.out, r)
			}
		}
		return nil
	})
}

// openArchive opens a file, or the archive of a published layer.
func openArchive(catalogue *layers.Catalogue, archives *tiles.Archives, in grid.Square, name string) (*archive.Archive, error) {
	if strings.HasSuffix(name, ".pmtiles") {
		return archive.Open(name)
	}
	l, err := catalogue.PublishedLayer(name)
	if err != nil {
		return nil, err
	}
	a, err := archives.OpenIn(in, l)
	return a, noArchive(name, err)
}

// noArchive says what to do where there is none.
func noArchive(layer string, err error) error {
	if errors.Is(err, tiles.ErrNoArchive) {
		return fmt.Errorf("%[1]s 尚无切片包：服务运行时会自动构建，或运行 mapserver tiles build %[1]s / %[1]s has no archive yet: a running service builds it, or run mapserver tiles build %[1]s: %[2]w", layer, err)
	}
	return err
}

// onArchive opens one for a command that reads it. A file needs no database.
func (o *options) onArchive(ctx context.Context, in grid.Square, name string, do func(*archive.Archive) error) error {
	if strings.HasSuffix(name, ".pmtiles") {
		a, err := openArchive(nil, nil, in, name)
		if err != nil {
			return err
		}
		return errors.Join(do(a), a.Close())
	}
	return o.withArchives(ctx, func(_ *database, catalogue *layers.Catalogue, archives *tiles.Archives) error {
		a, err := openArchive(catalogue, archives, in, name)
		if err != nil {
			return err
		}
		return do(a)
	})
}

func inspectArchive(ctx context.Context, c *console, args []string) error {
	o := newOptions("tiles inspect", c)
	largest := o.Int("largest", 10, "列出最大的若干瓦片 / so many of the largest `tiles`")
	asJSON := o.Bool("json", false, "输出元数据 JSON / write the metadata as JSON")
	id := o.String("grid", grid.WebMercatorQuad().ID, "网格 / `grid` whose archive it is")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	in, err := grid.Named(*id)
	if err != nil {
		return err
	}
	return o.onArchive(ctx, in.Square, given[0], func(a *archive.Archive) error {
		m, err := a.Metadata()
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.out, m)
		}
		total, contents := a.Counts()
		fmt.Fprintf(c.out, "%s  版本 version %s  %.1f MB  %d 瓦片 tiles  %d 种内容 contents\n", m.Name, m.Version, float64(a.Size())/1e6, total, contents)
		fmt.Fprintln(c.out, "级别 zoom   瓦片 tiles    字节 bytes  最大 largest  最多要素 most   要素 features   合并 merged  聚合 clustered  舍去 dropped")
		for _, z := range m.Zooms {
			fmt.Fprintf(c.out, "%9d %13d %13d %13d %14d %15d %13d %15d %13d\n", z.Zoom, z.Tiles, z.Bytes, z.LargestTile, z.MostFeatures, z.Features, z.Merged, z.Clustered, z.Dropped)
		}
		return printLargest(c.out, a, *largest)
	})
}

func printLargest(to io.Writer, a *archive.Archive, n int) error {
	type sized struct {
		tile  maptile.Tile
		bytes int
	}
	var all []sized
	if err := a.Each(func(t maptile.Tile, b []byte) error { all = append(all, sized{t, len(b)}); return nil }); err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b sized) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, s := range all[:min(max(n, 0), len(all))] {
		b, _, err := a.Tile(s.tile)
		if err != nil {
			return err
		}
		content, err := tiles.Inspect(tiles.Tile{Packed: b})
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "%d/%d/%d  %d B，压缩后 packed %d B  %v\n", s.tile.Z, s.tile.X, s.tile.Y, content.Bytes, content.Packed, content.Features)
	}
	return nil
}

func verifyArchives(ctx context.Context, c *console, args []string) error {
	o := newOptions("tiles verify", c)
	id := o.String("grid", grid.WebMercatorQuad().ID, "网格 / `grid` whose archives they are")
	given, err := o.parse(args, 1, 1<<16)
	if err != nil {
		return err
	}
	in, err := grid.Named(*id)
	if err != nil {
		return err
	}
	for _, name := range given {
		count := 0
		err := o.onArchive(ctx, in.Square, name, func(a *archive.Archive) error {
			return tiles.Verify(a, func(maptile.Tile, tiles.Content) { count++ })
		})
		if err != nil {
			return fmt.Errorf("%s: 切片包不完好，请重新构建（mapserver tiles build）/ the archive is not whole, build it again: %w", name, err)
		}
		fmt.Fprintf(c.out, "%s  完好 whole, %d 瓦片 tiles\n", name, count)
	}
	return nil
}

// progressLine shows how far a build is, on one line of a terminal.
type progressLine struct {
	out   *os.File
	name  string
	total int64
	mu    sync.Mutex
	shown time.Time
}

func (p *progressLine) show(at pyramid.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.shown) < 200*time.Millisecond || !term.IsTerminal(int(p.out.Fd())) {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.out, "\r%s  要素 features %d/%d  块 blocks %d/%d ", p.name, at.Features, p.total, at.Blocks, at.Known)
}

func (p *progressLine) end() {
	if !p.shown.IsZero() {
		fmt.Fprintln(p.out)
	}
}
