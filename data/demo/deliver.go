package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// bundle is one file to deliver.
type bundle struct {
	file   string
	format string
	crs    string // "EPSG:4525", "EPSG:4546" or "EPSG:4490"
	silent bool   // the file does not carry its system
	cpg    string // content of the .cpg of a Shapefile; "" is none
	labels bool   // columns bear the Chinese labels of the fields
	tables []table
}

// The formats of deliveries.
const (
	shapefile  = "Shapefile"
	geoPackage = "GeoPackage"
	fileGDB    = "FileGDB"
	geoJSON    = "GeoJSON"
	csvPoints  = "CSV"
)

// bundles packs the layers as departments deliver them.
func (c *city) bundles() []bundle {
	return []bundle{
		{file: "行政区划.gpkg", format: geoPackage, crs: "EPSG:4490", labels: true, tables: c.divisions()},
		{file: "四级网格.gpkg", format: geoPackage, crs: "EPSG:4490", tables: c.gridTables()},
		{file: "道路_CGCS2000_GK_CM111E.zip", format: shapefile, crs: "EPSG:4546", tables: []table{c.roadTable()}},
		{file: "地名.geojson", format: geoJSON, crs: "EPSG:4490", tables: []table{c.placeTable()}},
		{file: "DLTB_CGCS2000_GK_Zone37.zip", format: shapefile, crs: "EPSG:4525", tables: []table{c.landTable()}},
		{file: "YJJBNTTB_CGCS2000_GK_Zone37.zip", format: shapefile, crs: "EPSG:4525", cpg: "GBK", tables: []table{c.farmlandTable()}},
		{file: "STBHHX_CGCS2000_GK_CM111E.zip", format: shapefile, crs: "EPSG:4546", tables: []table{c.redlineTable()}},
		{file: "CZKFBJ_CGCS2000_GK_Zone37.zip", format: shapefile, crs: "EPSG:4525", tables: []table{c.growthTable()}},
		{file: "违法地块.geojson", format: geoJSON, crs: "EPSG:4490", silent: true, tables: []table{c.violationTable()}},
		{file: "矿产.csv", format: csvPoints, crs: "EPSG:4490", silent: true, labels: true, tables: []table{c.mineTable()}},
		{file: "LDXB_CGCS2000_GK_Zone37.zip", format: shapefile, crs: "EPSG:4525", tables: []table{c.forestTable()}},
		{file: "林业专题.gpkg", format: geoPackage, crs: "EPSG:4490", tables: []table{c.welfareTable(), c.pestTable()}},
		{file: "古树名木.csv", format: csvPoints, crs: "EPSG:4490", silent: true, labels: true, tables: []table{c.treeTable()}},
		{file: "森林火点.geojson", format: geoJSON, crs: "EPSG:4490", tables: []table{c.fireTable()}},
		{file: "林长制.gpkg", format: geoPackage, crs: "EPSG:4490", tables: []table{c.forestChiefTable(), c.fireDangerTable()}},
		{file: "水利一张图.gdb.zip", format: fileGDB, crs: "EPSG:4546", labels: true, tables: c.waterTables()},
		{file: "测站.csv", format: csvPoints, crs: "EPSG:4490", silent: true, tables: []table{c.stationTable()}},
		{file: "FWJZ_CGCS2000_GK_Zone37.zip", format: shapefile, crs: "EPSG:4525", tables: []table{c.buildingTable()}},
		{file: "公共住房.csv", format: csvPoints, crs: "EPSG:4490", silent: true, labels: true, tables: []table{c.publicHousingTable()}},
		{file: "农村危房.csv", format: csvPoints, crs: "EPSG:4490", silent: true, tables: []table{c.dilapidatedTable()}},
		{file: "地质与灾害.gpkg", format: geoPackage, crs: "EPSG:4490", tables: c.hazardTables()},
	}
}

// deliver writes all bundles and returns what they hold.
func (c *city) deliver(ctx context.Context, dir string, progress func(string, int, int)) ([]Delivery, error) {
	work, err := os.MkdirTemp(dir, ".work-*")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	all := c.bundles()
	for i := range all {
		// a small town may have no water works of a kind
		all[i].tables = slices.DeleteFunc(all[i].tables, func(t table) bool { return t.count == 0 })
	}
	all = slices.DeleteFunc(all, func(b bundle) bool { return len(b.tables) == 0 })
	if err := c.writeAll(ctx, all, dir, work, progress); err != nil {
		return nil, err
	}
	var deliveries []Delivery
	for _, b := range all {
		for _, t := range b.tables {
			deliveries = append(deliveries, b.delivery(t))
		}
	}
	return deliveries, nil
}

// writeAll writes bundles side by side, one a processor.
func (c *city) writeAll(ctx context.Context, all []bundle, dir, work string, progress func(string, int, int)) error {
	c.drawShared()
	var done sync.Mutex
	written := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range all {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			path := filepath.Join(dir, b.file)
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("demo: %w", err)
			}
			if err := c.write(b, path, work); err != nil {
				return fmt.Errorf("demo: %s: %w", b.file, err)
			}
			done.Lock()
			defer done.Unlock()
			written++
			progress(b.file, written, len(all))
			return nil
		})
	}
	return group.Wait()
}

// drawShared draws the shapes that more than one bundle writes, which are kept
// in their units and so must stand before bundles are written side by side.
func (c *city) drawShared() {
	towns, villages := c.coveredUnits()
	c.cityShape(c.whole())
	for _, county := range c.counties {
		c.countyShape(county)
	}
	for _, t := range towns {
		c.townShape(t)
	}
	for _, v := range villages {
		c.villageShape(v)
	}
}

func (c *city) write(b bundle, path, work string) error {
	switch b.format {
	case shapefile:
		return c.writeShapefile(b, path)
	case geoJSON:
		return c.writeGeoJSON(b, path)
	case csvPoints:
		return c.writeCSV(b, path)
	default:
		return c.writeDatabase(b, path, work)
	}
}

// sourceLayer is the name of a table within its file.
func (b bundle) sourceLayer(t table) string {
	switch b.format {
	case geoPackage, fileGDB:
		return t.layer.Name
	case shapefile:
		return t.shapefileName()
	}
	return ""
}

func (b bundle) delivery(t table) Delivery {
	d := Delivery{File: b.file, Layer: t.layer.ID, SourceLayer: b.sourceLayer(t), Format: b.format, Rows: t.count}
	if b.silent {
		d.CRS = b.crs
	}
	if b.format == shapefile && b.cpg == "" {
		d.Encoding = "GBK"
	}
	if b.format == csvPoints {
		d.Encoding, d.LonColumn, d.LatColumn = "UTF-8", lonColumn, latColumn
	}
	return d
}
