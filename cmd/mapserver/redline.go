package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

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
	published, err := publishedVersion(ctx, d.store, def.ID)
	if err != nil {
		return err
	}
	header := redline.Header{
		{Name: "格式版本号", Value: "1.01版本"},
		{Name: "数据产生单位", Value: def.Department},
		{Name: "数据产生日期", Value: published.PublishedAt.Format("2006-1-2")},
		{Name: redline.AttributeDatum, Value: "2000国家大地坐标系"},
		{Name: redline.AttributeZoneWidth, Value: "3"},
		{Name: redline.AttributeProjection, Value: "高斯克吕格"},
		{Name: redline.AttributeUnit, Value: "米"},
		{Name: redline.AttributeZone, Value: strconv.Itoa(*zone)},
		{Name: redline.AttributePrecision, Value: "0.001"},
		{Name: redline.AttributeParameters, Value: ",,,,,,"},
	}
	if err := redline.Write(file, header, plotsOf(ctx, d, def, published.Number, fids, system.Code()), *gb); err != nil {
		_ = file.Close() // the first error counts
		return err
	}
	return file.Close()
}

// publishedVersion is the layer's, of which the features are.
func publishedVersion(ctx context.Context, store *layers.Store, layer string) (layers.Version, error) {
	versions, err := store.Versions(ctx, layer)
	if err != nil {
		return layers.Version{}, err
	}
	for _, v := range versions {
		if v.State == layers.Published && v.PublishedAt != nil {
			return v, nil
		}
	}
	return layers.Version{}, fmt.Errorf("图层 %s 尚未发布 / layer %[1]s is not published: %w", layer, layers.ErrUnknownFeature)
}

// plotsOf reads features of the published version as plots, in the order asked for.
func plotsOf(ctx context.Context, d *database, def layers.Definition, version int, fids []int64, code int) iter.Seq2[redline.Plot, error] {
	return func(yield func(redline.Plot, error) bool) {
		for _, fid := range fids {
			p, err := plotOf(ctx, d, def, version, fid, code)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// plotWords are what layers, or deliveries that were kept whole, call the places
// of a plot's first line.
var plotWords = []struct {
	words []string
	place func(*redline.Plot) *string
}{
	{[]string{"图幅号", "tfh"}, func(p *redline.Plot) *string { return &p.Sheet }},
	{[]string{"地块用途", "土地用途", "规划用途", "用途", "tdyt", "ghyt"}, func(p *redline.Plot) *string { return &p.Use }},
	{[]string{"地类编码", "地类代码", "dlbm"}, func(p *redline.Plot) *string { return &p.Class }},
}

// plotOf reads a feature as a plot: number and name from the layer's key and
// label, the rest from fields that are called like the form's, also of those
// that an import kept beside the layer's own.
func plotOf(ctx context.Context, d *database, def layers.Definition, version int, fid int64, code int) (redline.Plot, error) {
	var p redline.Plot
	var encoded, fields []byte
	err := d.pool.QueryRow(ctx, fmt.Sprintf("SELECT to_jsonb(f) - 'geom' - 'geom_3857', ST_AsBinary(ST_Transform(geom, $2::int)) FROM %s f WHERE fid = $1",
		layers.Table(def.ID, version).Sanitize()), fid, code).Scan(&fields, &encoded)
	if err != nil {
		return p, fmt.Errorf("%w: %s %d: %w", layers.ErrUnknownFeature, def.ID, fid, err)
	}
	row := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(fields))
	decoder.UseNumber() // a code of many figures stays one
	if err := decoder.Decode(&row); err != nil {
		return p, fmt.Errorf("%s %d: %w", def.ID, fid, err)
	}
	describe(&p, def, fid, row)
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

// describe fills a plot's texts from a feature's fields.
func describe(p *redline.Plot, def layers.Definition, fid int64, row map[string]any) {
	text := func(values map[string]any, name string) string {
		if v := values[name]; v != nil && name != "" {
			return fmt.Sprint(v)
		}
		return ""
	}
	p.Number, p.Name = strconv.FormatInt(fid, 10), text(row, def.Label)
	if len(def.Key) > 0 {
		p.Number = text(row, def.Key[0])
	}
	extra, _ := row[layers.ExtraColumn].(map[string]any)
	for _, one := range plotWords {
		to := one.place(p)
		for _, f := range def.Fields {
			isCalled := func(name string) bool { return slices.Contains(one.words, strings.ToLower(name)) }
			if *to == "" && (isCalled(f.Name) || isCalled(f.Label) || slices.ContainsFunc(f.Aliases, isCalled)) {
				*to = text(row, f.Name)
			}
		}
		for _, word := range one.words {
			if *to == "" {
				*to = text(extra, word)
			}
		}
	}
}
