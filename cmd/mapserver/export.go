package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
	"onemap/tiles/mbtiles"
	"onemap/tiles/pyramid"
)

func exportArchive(ctx context.Context, c *console, args []string) error {
	o := newOptions("tiles export", c)
	out := o.String("out", "", "输出文件，.pmtiles 或 .mbtiles / `file` to write")
	division := o.String("division", "", "只含该行政区或网格的瓦片 / only tiles of the division or grid cell with this `code`")
	low := o.Int("min-zoom", 0, "最低级别 / lowest `zoom`")
	high := o.Int("max-zoom", pyramid.HighestZoom, "最高级别 / highest `zoom`")
	id := o.String("grid", grid.WebMercatorQuad().ID, "网格 / `grid` whose archive it is")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	in, err := grid.Named(*id)
	if err != nil {
		return err
	}
	extension := filepath.Ext(*out)
	if extension != ".pmtiles" && extension != ".mbtiles" {
		return fmt.Errorf("%w: --out 应为 .pmtiles 或 .mbtiles 文件 / --out must be a .pmtiles or .mbtiles file", errUsage)
	}
	if extension == ".mbtiles" && in.Square != grid.Mercator {
		return fmt.Errorf("%w: MBTiles 只有墨卡托网格，网格 %s 请用 .pmtiles / MBTiles knows Web Mercator alone: name a .pmtiles file for grid %[2]s", errUsage, in.ID)
	}
	if _, err := os.Stat(*out); err == nil {
		return fmt.Errorf("%w: %s 已存在，请换一个名字或先移走 / %[2]s is there already: choose another name, or move it away", errUsage, *out)
	}
	return o.withArchives(ctx, func(d *database, catalogue *layers.Catalogue, archives *tiles.Archives) error {
		l, err := catalogue.Open(ctx, given[0])
		if err != nil {
			return err
		}
		a, err := archives.OpenIn(in.Square, l)
		if err != nil {
			return noArchive(given[0], err)
		}
		m, err := a.Metadata()
		if err != nil {
			return err
		}
		e := export{archive: a, metadata: m, low: *low, high: *high, out: *out}
		copy(e.bounds[:], l.Published.Bounds)
		if *division != "" {
			region, err := tiles.Division(ctx, d.pool, catalogue, in.Square, *division)
			if errors.Is(err, tiles.ErrUnknownDivision) {
				return fmt.Errorf("没有代码为 %.40[1]s 的行政区或网格；代码见 mapserver features division_town 等 / there is no division or grid cell %.40[1]s; mapserver features division_town and the like list the codes: %[2]w", *division, err)
			}
			if err != nil {
				return err
			}
			e.region, e.bounds = &region, region.Bounds()
		}
		write := e.pmtiles
		if extension == ".mbtiles" {
			write = e.mbtiles
		}
		n, err := write()
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s  %d 瓦片 tiles\n", *out, n)
		if in.Square != grid.Mercator {
			fmt.Fprintf(c.err, mercatorReaders, in.ID)
		}
		return nil
	})
}

// mercatorReaders is said of a file in another grid than Mercator's: PMTiles can't say
// which grid it is in but in its metadata, where readers don't look.
const mercatorReaders = "注意：该文件的瓦片按经纬度网格 %[1]s 切分，元数据中以 tile_matrix_set 注明。GDAL（3.8 起的 PMTiles 驱动）、QGIS 等一概按墨卡托网格读取，位置会错；" +
	"本服务与能读该注明的程序可用。给 GDAL 或 QGIS，请改用 --grid WebMercatorQuad，或导出要素：mapserver export run --format gpkg --crs EPSG:4490\n" +
	"Note: the tiles of this file are cut in longitude and latitude, grid %[1]s, which its metadata say as tile_matrix_set. GDAL (the PMTiles driver, 3.8 on), QGIS and others take every such file " +
	"for Web Mercator and draw it in the wrong place; this service and programs that read the metadata can use it. For GDAL or QGIS name --grid WebMercatorQuad, " +
	"or export features: mapserver export run --format gpkg --crs EPSG:4490\n"

// export is a cut of an archive into a file.
type export struct {
	archive   *archive.Archive
	metadata  archive.Metadata
	region    *tiles.Region
	bounds    [4]float64
	low, high int
	out       string
}

func (e export) pmtiles() (n int, err error) {
	w, err := archive.NewWriter(filepath.Dir(e.out))
	if err != nil {
		return 0, err
	}
	defer w.Close() //nolint:errcheck // Finish has said what there was to say
	err = tiles.Cut(e.archive, e.region, e.low, e.high, func(t maptile.Tile, packed []byte) error { n++; return w.Add(t, packed) })
	if err != nil {
		return 0, err
	}
	path, err := w.Finish(".export", e.bounds, e.metadata)
	if err != nil {
		return 0, err
	}
	return n, os.Rename(path, e.out)
}

func (e export) mbtiles() (n int, err error) {
	low, high := e.archive.Zooms()
	described, err := json.Marshal(map[string]any{"vector_layers": e.metadata.VectorLayers})
	if err != nil {
		return 0, err
	}
	w, err := mbtiles.Create(e.out, map[string]string{
		"name": e.metadata.Name, "description": e.metadata.Description, "attribution": e.metadata.Attribution, "version": e.metadata.Version,
		"type": "overlay", "format": "pbf", "minzoom": fmt.Sprint(max(low, e.low)), "maxzoom": fmt.Sprint(min(high, e.high)),
		"bounds": fmt.Sprintf("%.6f,%.6f,%.6f,%.6f", e.bounds[0], e.bounds[1], e.bounds[2], e.bounds[3]), "json": string(described),
	})
	if err != nil {
		return 0, err
	}
	err = tiles.Cut(e.archive, e.region, e.low, e.high, func(t maptile.Tile, packed []byte) error { n++; return w.Add(t, packed) })
	if err != nil {
		return 0, errors.Join(err, w.Abandon())
	}
	return n, w.Finish()
}
