package main

import (
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"

	"onemap/importers/redline"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/crs"
)

// exportRedline writes published features as a red-line exchange text.
func exportRedline(ctx context.Context, c *console, args []string) error {
	o := newOptions("redline", c)
	out := o.String("out", "", "写入此文件 / write to this `file`")
	gb := o.Bool("gbk", false, "写成 GBK（GB18030），供较旧的软件读取 / write GBK (GB18030), for older programs")
	zone := o.Int("zone", 37, "三度带带号 / 3-degree `zone`, with its number before the eastings")
	given, err := o.parse(args, 2, 10_000)
	if err != nil {
		return err
	}
	system, err := crs.NationalGrid("CGCS2000", 3, *zone, true)
	if err != nil {
		return err
	}
	if *out == "" {
		return fmt.Errorf("%w: 请用 --out 指定文件 / name the file with --out", errUsage)
	}
	fids := make([]int64, len(given)-1)
	for i, text := range given[1:] {
		if fids[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return fmt.Errorf("%w: FID %q", errUsage, text)
		}
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // only read
	def, err := d.store.Definition(ctx, given[0])
	if err != nil {
		return err
	}
	if def.Geometry != layers.Polygon {
		return fmt.Errorf("%w: %s 不是面图层 / %[2]s is no layer of polygons", errUsage, def.ID)
	}
	file, err := os.OpenFile(*out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	header := redline.Header{
		{Name: "格式版本号", Value: "1.01版本"},
		{Name: redline.AttributeDatum, Value: "2000国家大地坐标系"},
		{Name: redline.AttributeZoneWidth, Value: "3"},
		{Name: redline.AttributeProjection, Value: "高斯克吕格"},
		{Name: redline.AttributeUnit, Value: "米"},
		{Name: redline.AttributeZone, Value: strconv.Itoa(*zone)},
		{Name: redline.AttributePrecision, Value: "0.001"},
		{Name: redline.AttributeParameters, Value: ",,,,,,"},
	}
	if err := redline.Write(file, header, plotsOf(ctx, d, def, fids, system.Code()), *gb); err != nil {
		_ = file.Close() // the first error counts
		return err
	}
	return file.Close()
}

// plotsOf reads features of the published version as plots, in the order asked for.
func plotsOf(ctx context.Context, d *database, def layers.Definition, fids []int64, code int) iter.Seq2[redline.Plot, error] {
	return func(yield func(redline.Plot, error) bool) {
		for _, fid := range fids {
			p, err := plotOf(ctx, d, def, fid, code)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func plotOf(ctx context.Context, d *database, def layers.Definition, fid int64, code int) (redline.Plot, error) {
	number, name := "fid::text", "NULL"
	if len(def.Key) > 0 {
		number = pgx.Identifier{def.Key[0]}.Sanitize() + "::text"
	}
	if def.Label != "" {
		name = pgx.Identifier{def.Label}.Sanitize() + "::text"
	}
	var p redline.Plot
	var encoded []byte
	err := d.pool.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(%s, ''), coalesce(%s, ''), ST_AsBinary(ST_Transform(geom, $2::int)) FROM %s WHERE fid = $1",
		number, name, pgx.Identifier{"features", def.ID}.Sanitize()), fid, code).Scan(&p.Number, &p.Name, &encoded)
	if err != nil {
		return p, fmt.Errorf("%w: %s %d: %w", layers.ErrUnknownFeature, def.ID, fid, err)
	}
	g, err := wkb.Unmarshal(encoded)
	if err != nil {
		return p, fmt.Errorf("%s %d: %w", def.ID, fid, err)
	}
	shape, ok := g.(orb.MultiPolygon)
	if !ok {
		return p, fmt.Errorf("%s %d: %T", def.ID, fid, g)
	}
	p.FromGeometry(shape, 3)
	p.Area = strconv.FormatFloat(math.Abs(planar.Area(shape))/1e4, 'f', 4, 64) // hectares on the grid, as the form has it
	return p, nil
}
