package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"onemap/data/demo"
	"onemap/importers/dem"
	"onemap/postgis"
	"onemap/spatial/elevation"
	"onemap/styles"
	"onemap/tiles/terrain"
)

// terrainStore keeps elevation models in a folder of their own: that of layers is swept of what no layer has.
func (o *options) terrainStore(d *database) (*terrain.Store, error) {
	return terrain.NewStore(d.pool, filepath.Join(o.dataDir, "terrain"))
}

// openGround opens the elevation models once.
func (o *options) openGround(ctx context.Context, d *database) (*terrain.Watcher, error) {
	store, err := o.terrainStore(d)
	if err != nil {
		return nil, err
	}
	return terrain.NewWatcher(ctx, store, func(err error) { slog.Warn("elevation models", "error", err) })
}

// shaded puts the ground beneath a style, if there is any.
func (o *options) shaded(ctx context.Context, d *database, document []byte, palette, base string) ([]byte, error) {
	ground, err := o.openGround(ctx, d)
	if err != nil {
		return nil, err
	}
	v, ok := ground.Ground().Widest(ctx)
	if !ok {
		return document, nil
	}
	g := groundOf(v)
	g.TileJSON = strings.TrimSuffix(base, "/") + g.TileJSON
	return styles.OnGround(document, palette, g)
}

// followGround opens the elevation models and follows what is loaded and removed.
func (o *options) followGround(ctx context.Context, d *database) (*terrain.Watcher, error) {
	watcher, err := o.openGround(ctx, d)
	if err != nil {
		return nil, err
	}
	go watcher.Run(ctx)
	return watcher, nil
}

const demUsage = "mapserver dem load FILE --title TEXT [--source TEXT] [--date DATE] [--id ID] | list | inspect [ID] | remove ID | at LON LAT | profile FILE | tile ID Z X Y"

// demCommand loads elevation models and asks them.
func demCommand(ctx context.Context, c *console, args []string) error {
	commands := map[string]func(context.Context, *console, []string) error{
		"load": loadDEM, "list": listDEMs, "inspect": inspectDEM, "remove": removeDEM, "at": heightAt, "profile": profileOf, "tile": demTile,
	}
	if len(args) > 0 {
		if one, ok := commands[args[0]]; ok {
			return one(ctx, c, args[1:])
		}
		if args[0] == "--help" || args[0] == "-h" {
			fmt.Fprintln(c.err, demUsage)
		}
	}
	return fmt.Errorf("%w: %s", errUsage, demUsage)
}

// withTerrain does something with the store of elevation models.
func (o *options) withTerrain(ctx context.Context, do func(*database, *terrain.Store) error) error {
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	store, err := o.terrainStore(d)
	if err != nil {
		return err
	}
	return do(d, store)
}

// loadDEM reads a raster and puts its pyramid in the place of the one before.
func loadDEM(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem load", c)
	about := terrain.About{}
	o.StringVar(&about.ID, "id", "ground", "标识，相同则替换 / `id`; a model of the same id is replaced")
	o.StringVar(&about.Title, "title", "", "名称，默认取文件名 / `title`; without it the file's name")
	o.StringVar(&about.Source, "source", "", "来源 / where it comes `from`")
	date := o.String("date", "", "测绘日期，如 2019 或 2019-08-01 / `date` of the survey")
	o.BoolVar(&about.Synthetic, "synthetic", false, "演示数据，非实测 / generated, and not measured")
	var in dem.Options
	o.StringVar(&in.CRS, "crs", "", "坐标系，仅当文件未说明 / coordinate `system`, where the file has none")
	o.IntVar(&in.Band, "band", 0, "高程所在波段，仅当不止一个 / `number` of the band of heights, where there are several")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *date != "" {
		about.Date = date
	}
	if about.Title == "" {
		about.Title = filepath.Base(given[0])
	}
	if err := about.Check(); err != nil {
		return fmt.Errorf("%w: --%w", errUsage, err)
	}
	return o.withTerrain(ctx, func(_ *database, store *terrain.Store) error {
		r, err := loadTerrain(ctx, c, store, given[0], in, about)
		if err != nil {
			return err
		}
		return printModel(c.out, r)
	})
}

// loadTerrain reads a raster into the store.
func loadTerrain(ctx context.Context, c *console, store *terrain.Store, file string, in dem.Options, about terrain.About) (r terrain.Record, err error) {
	raster, err := dem.Open(file, in)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, raster.Close()) }()
	fmt.Fprintf(c.err, "高程模型 / elevation model %s: %s\n", filepath.Base(file), raster)
	told := time.Now()
	return store.Load(ctx, raster, about, func(done, total int) {
		if done == total || time.Since(told) > 2*time.Second {
			told = time.Now()
			fmt.Fprintf(c.err, "瓦片 / tiles %d/%d\n", done, total)
		}
	})
}

// loadShippedTerrain loads the elevation model of the demonstration city, unless
// there is one already.
func (o *options) loadShippedTerrain(ctx context.Context, c *console, d *database, dir string) error {
	file := filepath.Join(dir, demo.TerrainFile)
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return nil // made by a version before there were heights
	}
	store, err := o.terrainStore(d)
	if err != nil {
		return err
	}
	all, err := store.List(ctx)
	if err != nil || len(all) > 0 {
		return err
	}
	date := "2023"
	_, err = loadTerrain(ctx, c, store, file, dem.Options{}, terrain.About{ID: "ground", Title: "云浮市数字高程模型（演示数据）", Source: "程序生成，不是实测高程", Date: &date, Synthetic: true})
	return err
}

func printModel(to io.Writer, r terrain.Record) error {
	_, err := fmt.Fprintf(to, "%-12s %s  %.4g m  z%d–%d  %d 瓦片/tiles  %.1f MB  %.0f … %.0f m  %s\n", r.ID, r.Title, r.Resolution, r.MinZoom, r.MaxZoom, r.Tiles, float64(r.Bytes)/1e6, r.Low, r.High, r.File)
	return err
}

func listDEMs(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem list", c)
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	return o.withTerrain(ctx, func(_ *database, store *terrain.Store) error {
		all, err := store.List(ctx)
		if err != nil {
			return err
		}
		for _, r := range all {
			if err := printModel(c.out, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func inspectDEM(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem inspect", c)
	tileJSON := o.Bool("tilejson", false, "输出 TileJSON / write TileJSON")
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	id := "ground"
	if len(given) == 1 {
		id = given[0]
	}
	return o.withGround(ctx, func(g *terrain.Ground) error {
		v, err := g.View(ctx, id)
		if err != nil {
			return err
		}
		if *tileJSON {
			return printJSON(c.out, terrain.Describe(v, ""))
		}
		return printJSON(c.out, v.Record)
	})
}

func removeDEM(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem remove", c)
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	return o.withTerrain(ctx, func(_ *database, store *terrain.Store) error {
		if err := store.Remove(ctx, given[0]); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "已移除 / removed %s\n", given[0])
		return err
	})
}

// withGround does something with the open elevation models.
func (o *options) withGround(ctx context.Context, do func(*terrain.Ground) error) error {
	return o.withTerrain(ctx, func(d *database, _ *terrain.Store) error {
		watcher, err := o.openGround(ctx, d)
		if err != nil {
			return err
		}
		return do(watcher.Ground())
	})
}

func heightAt(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem at", c)
	system := o.String("crs", "", "坐标系，默认 EPSG:4490 / coordinate `system` of the place")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	at, err := placeOf(given, *system)
	if err != nil {
		return err
	}
	return o.withGround(ctx, func(g *terrain.Ground) error {
		answer, err := g.Answer(ctx, at)
		if err != nil {
			return err
		}
		return printJSON(c.out, answer)
	})
}

func profileOf(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem profile", c)
	samples := o.Int("samples", 0, "取样点数，默认按格网 / how many `places`; without it as the grid has them")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(given[0])
	if err != nil {
		return err
	}
	shape, err := geojson.UnmarshalGeometry(text)
	line, ok := orb.LineString(nil), false
	if err == nil {
		line, ok = shape.Geometry().(orb.LineString)
	}
	if !ok {
		return fmt.Errorf("%w: %s 应为 GeoJSON 线（LineString），EPSG:4490 / must be a GeoJSON LineString in EPSG:4490", errUsage, given[0])
	}
	return o.withGround(ctx, func(g *terrain.Ground) error {
		profile, err := elevation.Along(line, *samples, g.Along(ctx))
		if errors.Is(err, elevation.ErrLine) || errors.Is(err, elevation.ErrSamples) {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if err != nil {
			return err
		}
		return printJSON(c.out, profile)
	})
}

func demTile(ctx context.Context, c *console, args []string) error {
	o := newOptions("dem tile", c)
	a := &asked{}
	o.StringVar(&a.out, "out", "", "写入此文件，默认标准输出 / write to this `file` instead of standard output")
	given, err := o.parse(args, 4, 4)
	if err != nil {
		return err
	}
	n, err := numbersOf(given[1] + "," + given[2] + "," + given[3])
	if err != nil || n[0] < 0 || n[0] > 22 || n[1] < 0 || n[2] < 0 || n[1] > 1<<22 || n[2] > 1<<22 {
		return fmt.Errorf("%w: %s", errUsage, demUsage)
	}
	return o.withGround(ctx, func(g *terrain.Ground) error {
		v, err := g.View(ctx, given[0])
		if err != nil {
			return err
		}
		tile, err := v.Tile(maptile.New(uint32(n[1]), uint32(n[2]), maptile.Zoom(n[0])))
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error {
			_, err := to.Write(tile)
			return err
		})
	})
}
