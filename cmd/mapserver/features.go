package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"onemap/layers"
	"onemap/postgis"
)

// asked are the flags of commands that read the map.
type asked struct {
	datetime string
	out      string
}

func (o *options) asking() *asked {
	a := &asked{}
	o.StringVar(&a.datetime, "datetime", "", "查询时刻：RFC 3339 或日期（该日北京时间结束时） / as of this `time`: RFC 3339, or a date, which is its end in Beijing")
	o.StringVar(&a.out, "out", "", "写入此文件，默认标准输出 / write to this `file` instead of standard output")
	return a
}

// moment is the zero time for now.
func (a *asked) moment() (time.Time, error) {
	if a.datetime == "" {
		return time.Time{}, nil
	}
	at, err := layers.ParseMoment(a.datetime)
	if err != nil {
		err = fmt.Errorf("%w: --datetime: %w", errUsage, err)
	}
	return at, err
}

// write has do write to the file that was asked for, or to the terminal. A file
// that could not be written whole is removed.
func (a *asked) write(c *console, do func(io.Writer) error) error {
	if a.out == "" {
		to := bufio.NewWriter(c.out)
		return errors.Join(do(to), to.Flush())
	}
	file, err := os.OpenFile(a.out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	to := bufio.NewWriter(file)
	if err := errors.Join(do(to), to.Flush(), file.Close()); err != nil {
		_ = os.Remove(a.out) // the first error counts
		return err
	}
	return nil
}

// printJSON writes a value for people and programs.
func printJSON(to io.Writer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// readFeatures writes features of a layer as GeoJSON in EPSG:4490, one after
// another: memory stays flat however many there are.
func readFeatures(ctx context.Context, c *console, args []string) error {
	o := newOptions("features", c)
	a := o.asking()
	version := o.Int("version", 0, "读取此版本，默认已发布版本 / read this `version` instead of the published one")
	bbox := o.String("bbox", "", "范围：西,南,东,北（度） / only within `west,south,east,north`, degrees")
	limit := o.Int("limit", 0, "最多要素数，0 为不限 / most features, 0 is all")
	after := o.Int64("after", 0, "从此编号之后开始 / begin after this `fid`")
	sequence := o.Bool("seq", false, "每行一个要素（GeoJSONSeq，RFC 8142 的换行形式） / one feature a line")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	q := layers.FeatureQuery{After: *after}
	if *bbox != "" {
		if q.Bounds, err = layers.ParseBounds(*bbox); err != nil {
			return fmt.Errorf("%w: --bbox: %w", errUsage, err)
		}
	}
	name := given[0]
	if *version != 0 {
		name += "@" + strconv.Itoa(*version)
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		l, err := d.store.OpenNamed(ctx, catalogue, name, at)
		if err != nil {
			return err
		}
		if len(given) == 2 {
			return writeFeature(ctx, c, a, d.store, l, given[1])
		}
		page := func(after int64, most int) ([]layers.GeoFeature, int64, error) {
			q.After, q.Limit = after, most
			found, next, err := d.store.Features(ctx, l, q)
			return geoJSON(found), next, err
		}
		return a.write(c, func(to io.Writer) error { return writeCollection(to, *sequence, q.After, *limit, page) })
	})
}

// onMap opens the database and the catalogue for a command that only reads.
func (o *options) onMap(ctx context.Context, a *asked, do func(*database, *layers.Catalogue, time.Time) error) error {
	at, err := a.moment()
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	return do(d, catalogue, at)
}

func writeFeature(ctx context.Context, c *console, a *asked, store *layers.Store, l layers.Layer, text string) error {
	fid, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: 要素编号 %[2]q 不是整数 / fid %[2]q is not a number", errUsage, text)
	}
	f, err := store.Feature(ctx, l, fid)
	if err != nil {
		return err
	}
	return a.write(c, func(to io.Writer) error { return printJSON(to, f.GeoJSON()) })
}

// geoJSON shows features, or what else is shown as such.
func geoJSON[T interface{ GeoJSON() layers.GeoFeature }](found []T) []layers.GeoFeature {
	shown := make([]layers.GeoFeature, len(found))
	for i, f := range found {
		shown[i] = f.GeoJSON()
	}
	return shown
}

// pageSize is how many features are in memory at once.
const pageSize = 1000

// writeCollection writes pages of features until there are no more, or limit of
// them; 0 is no limit. It is a FeatureCollection, or lines of features.
func writeCollection(to io.Writer, lines bool, after int64, limit int, page func(after int64, most int) ([]layers.GeoFeature, int64, error)) error {
	encoder := json.NewEncoder(to) // ends each feature with a line feed
	encoder.SetEscapeHTML(false)
	if !lines {
		fmt.Fprint(to, "{\"type\": \"FeatureCollection\", \"features\": [\n") //nolint:errcheck // a buffer, whose Flush tells
	}
	written := 0
	for {
		most := pageSize
		if limit > 0 {
			most = min(most, limit-written)
		}
		found, next, err := page(after, most)
		if err != nil {
			return err
		}
		for _, f := range found {
			if written++; written > 1 && !lines {
				fmt.Fprint(to, ",") //nolint:errcheck // a buffer, whose Flush tells
			}
			if err := encoder.Encode(f); err != nil {
				return err
			}
		}
		if after = next; next == 0 || limit > 0 && written >= limit {
			break
		}
	}
	if !lines {
		fmt.Fprint(to, "]}\n") //nolint:errcheck // a buffer, whose Flush tells
	}
	return nil
}
