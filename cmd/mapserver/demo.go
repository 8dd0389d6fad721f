package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onemap/data/demo"
	"onemap/importers"
	"onemap/postgis"
)

// demonstrationSeed is the city that `serve --demo` makes: the same one everywhere.
const demonstrationSeed = 2026

// demonstration makes the files of the demonstration city, or loads them.
func demonstration(ctx context.Context, c *console, args []string) error {
	o := newOptions("demo", c)
	scale := o.String("scale", "demo", "规模 / `scale`: tiny, demo, bench")
	seed := o.Uint64("seed", demonstrationSeed, "随机种子，相同则文件相同 / the same `seed` gives the same files")
	missing := o.Bool("missing", false, "只导入还没有任何版本的图层 / load only layers that have no version yet")
	out := o.String("out", "", "输出目录 / `directory` for the files")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	switch {
	case given[0] == "generate" && len(given) == 1 && *out != "":
		return generate(ctx, c, *scale, *seed, *out)
	case given[0] == "load" && len(given) == 2:
		d, err := o.open(ctx, postgis.Options{})
		if err != nil {
			return err
		}
		defer d.close(ctx) //nolint:errcheck // each import is finished or has left nothing
		if err := loadDeliveries(ctx, c, d, given[1], importers.Options{Publish: true}, *missing); err != nil {
			return err
		}
		if err := o.loadShippedTerrain(ctx, c, d, given[1]); err != nil {
			return err
		}
		if err := loadIncidents(ctx, c, d, filepath.Join(given[1], demo.IncidentsFile)); err != nil {
			return err
		}
		if err := loadWarnings(ctx, c, d); err != nil {
			return err
		}
		return loadShipped(ctx, c, d)
	}
	return fmt.Errorf("%w: mapserver demo generate --scale S --seed N --out DIR | load [--missing] DIR", errUsage)
}

func generate(ctx context.Context, c *console, scale string, seed uint64, dir string) error {
	manifest, err := demo.Generate(ctx, demo.Options{Scale: demo.Scale(scale), Seed: seed, Dir: dir, Progress: func(stage string, done, total int) {
		fmt.Fprintf(c.err, "生成演示城市 / generating the demonstration city: %s (%d/%d)\n", stage, done, total)
	}})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "已生成 %d 个图层的文件 / files of %d layers are in %s\n", len(manifest.Deliveries), len(manifest.Deliveries), dir)
	return nil
}

// loadDemonstration makes the demonstration city where it is not there yet and
// imports what no layer has. A start that was cut off is taken up again.
func (o *options) loadDemonstration(ctx context.Context, c *console, d *database, scale string) error {
	dir := filepath.Join(o.dataDir, "demonstration-"+scale)
	if _, err := os.Stat(filepath.Join(dir, importers.ManifestFile)); errors.Is(err, os.ErrNotExist) {
		// Made beside and then renamed: a stop half-way leaves nothing that looks whole.
		half := dir + ".unfinished"
		if err := os.RemoveAll(half); err != nil {
			return err
		}
		if err := generate(ctx, c, scale, demonstrationSeed, half); err != nil {
			return err
		}
		if err := os.Rename(half, dir); err != nil {
			return err
		}
	}
	if err := loadDeliveries(ctx, c, d, dir, importers.Options{Publish: true}, true); err != nil {
		return err
	}
	if err := o.loadShippedTerrain(ctx, c, d, dir); err != nil {
		return err
	}
	if err := loadIncidents(ctx, c, d, filepath.Join(dir, demo.IncidentsFile)); err != nil {
		return err
	}
	if err := loadWarnings(ctx, c, d); err != nil {
		return err
	}
	return loadShipped(ctx, c, d)
}
