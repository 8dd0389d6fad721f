package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"onemap/layers"
	"onemap/postgis"
	"onemap/tiles"
)

// errUnwell reports that doctor found something wrong.
var errUnwell = errors.New("发现问题，见上 / something is wrong, see above")

// doctor checks the installation and its data, and says what to do about what it finds.
func doctor(ctx context.Context, c *console, args []string) error {
	o := newOptions("doctor", c)
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	var versions string
	if err := d.pool.QueryRow(ctx, "SELECT 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' || postgis_lib_version() || ', GEOS ' || postgis_geos_version() || ', PROJ ' || postgis_proj_version()").Scan(&versions); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "✓", versions)
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	n, features := catalogue.Totals()
	fmt.Fprintf(c.out, "✓ %d 个图层已定义 / layers defined, %d 个已发布 / published, %d 个要素 / features\n", len(catalogue.Layers), n, features)
	findings, err := d.store.Check(ctx)
	if err != nil {
		return err
	}
	archived, err := o.examineArchives(ctx, c, d, catalogue)
	if err != nil {
		return err
	}
	findings = append(findings, archived...)
	for _, f := range findings {
		fmt.Fprintln(c.out, "✗", strings.TrimSpace(f))
	}
	if len(findings) > 0 {
		return errUnwell
	}
	return nil
}

// examineArchives tells which layers have their archive. One that cannot be read
// is a finding; one that is not built yet is not.
func (o *options) examineArchives(ctx context.Context, c *console, d *database, catalogue *layers.Catalogue) (findings []string, err error) {
	archives, err := tiles.NewArchives(d.pool, o.archiveFolder())
	if err != nil {
		return nil, err
	}
	if err := archives.Reload(ctx); err != nil {
		if !errors.Is(err, tiles.ErrLost) {
			return nil, err
		}
		findings = append(findings, fmt.Sprintf("切片包不可读，运行 mapserver tiles build --all 重建 / tile archives cannot be read, build them again with mapserver tiles build --all: %v", err))
	}
	published, _ := catalogue.Totals()
	fmt.Fprintf(c.out, "✓ %d 个图层有切片包，%d 个实时绘制 / layers have a tile archive, and so many are live\n", published-len(archives.Missing(catalogue)), len(archives.Missing(catalogue)))
	return findings, nil
}
