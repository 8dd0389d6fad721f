package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onemap/data/demo"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
)

// demonstrationSeed is the city that `serve --demo` makes: the same one everywhere.
const demonstrationSeed = 2026

// manifestFile lists the files of a generated city, beside them.
const manifestFile = "deliveries.json"

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
		return loadDeliveries(ctx, c, d, given[1], *missing)
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
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); errors.Is(err, os.ErrNotExist) {
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
	return loadDeliveries(ctx, c, d, dir, true)
}

// loadDeliveries imports and publishes every file that the manifest of dir
// names; with onlyEmpty those of layers without any version.
func loadDeliveries(ctx context.Context, c *console, d *database, dir string, onlyEmpty bool) error {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return fmt.Errorf("%s 中没有交付清单 / there is no manifest in %s: %w", dir, dir, err)
	}
	var manifest demo.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("%s: %w", manifestFile, err)
	}
	for _, delivery := range manifest.Deliveries {
		if onlyEmpty {
			versions, err := d.store.Versions(ctx, delivery.Layer)
			if err != nil {
				return err
			}
			if len(versions) > 0 {
				continue
			}
		}
		result, err := importers.Run(ctx, importers.Into(d.store), importers.Options{
			File: filepath.Join(dir, delivery.File), Layer: delivery.Layer, SourceLayer: delivery.SourceLayer,
			CRS: delivery.CRS, Encoding: delivery.Encoding, Publish: true,
		})
		if errors.Is(err, layers.ErrUnknownLayer) {
			return fmt.Errorf("%s: %w", delivery.File, err)
		}
		if err != nil {
			return fmt.Errorf("%s → %s: %w", delivery.File, delivery.Layer, err)
		}
		fmt.Fprintf(c.err, "%-24s %8d  %s\n", delivery.Layer, result.Accepted, delivery.File)
	}
	return nil
}
