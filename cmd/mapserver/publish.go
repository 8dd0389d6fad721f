package main

import (
	"context"
	"fmt"
	"strconv"

	"onemap/layers"
	"onemap/postgis"
)

// publish makes a version the one that everybody sees.
func publish(ctx context.Context, c *console, args []string) error {
	o := newOptions("publish", c)
	accept := o.Bool("accept-errors", false, "有错误级规则未通过也发布，留有记录 / publish although rules of level error object; this is recorded")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(given[1])
	if err != nil {
		return fmt.Errorf("%w: 版本号 %q 不是整数 / version %q is not a number", errUsage, given[1], given[1])
	}
	return o.show(ctx, c, func(store *layers.Store) (layers.Version, error) {
		if *accept {
			return store.PublishUnchecked(ctx, given[0], number)
		}
		return store.Publish(ctx, given[0], number)
	})
}

// rollback publishes the version before the published one again.
func rollback(ctx context.Context, c *console, args []string) error {
	o := newOptions("rollback", c)
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	return o.show(ctx, c, func(store *layers.Store) (layers.Version, error) { return store.Rollback(ctx, given[0]) })
}

func (o *options) show(ctx context.Context, c *console, do func(*layers.Store) (layers.Version, error)) error {
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	v, err := do(d.store)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "已发布 / published: %s v%d, %d 个要素 / features\n", v.Layer, v.Number, v.FeatureCount)
	return nil
}

// listLayers lists the layers, or the versions of one.
func listLayers(ctx context.Context, c *console, args []string) error {
	o := newOptions("layers", c)
	asJSON := o.Bool("json", false, "以 JSON 输出定义与版本 / definitions and versions, as JSON")
	rules := o.Bool("rules", false, "列出图层的质检规则，哪些可以省略 / the quality rules of the layer, and which may be left out")
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	if *rules && len(given) == 0 {
		return fmt.Errorf("%w: mapserver layers LAYER --rules", errUsage)
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	if *rules {
		return listRules(ctx, c, d.store, given[0], *asJSON)
	}
	if *asJSON {
		return layersAsJSON(ctx, c, d, given)
	}
	if len(given) == 1 {
		return listVersions(ctx, c, d.store, given[0])
	}
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	for _, l := range catalogue.Layers {
		state := "未发布 / not published"
		if v := l.Published; v != nil {
			state = fmt.Sprintf("v%d, %d", v.Number, v.FeatureCount)
		}
		fmt.Fprintf(c.out, "%-24s %-20s %-10s %s\n", l.Definition.ID, l.Definition.Theme, l.Definition.Name, state)
	}
	return nil
}

// layersAsJSON writes all themes and layers, or one layer with its versions.
func layersAsJSON(ctx context.Context, c *console, d *database, given []string) error {
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	if len(given) == 0 {
		definitions := make([]layers.Definition, len(catalogue.Layers))
		for i, l := range catalogue.Layers {
			definitions[i] = l.Definition
		}
		return printJSON(c.out, map[string]any{"themes": catalogue.Themes, "layers": definitions})
	}
	l, err := catalogue.Layer(given[0])
	if err != nil {
		return err
	}
	versions, err := d.store.Versions(ctx, l.Definition.ID)
	if err != nil {
		return err
	}
	return printJSON(c.out, map[string]any{"layer": l.Definition, "published": l.Published, "versions": versions})
}

func listVersions(ctx context.Context, c *console, store *layers.Store, layer string) error {
	if _, err := store.Definition(ctx, layer); err != nil {
		return err
	}
	versions, err := store.Versions(ctx, layer)
	if err != nil {
		return err
	}
	for _, v := range versions {
		fmt.Fprintf(c.out, "v%-4d %-10s %9d  %s  %s  %s\n", v.Number, v.State, v.FeatureCount, v.ImportedAt.Local().Format("2006-01-02 15:04"), v.SourceCRS, v.SourceFile)
	}
	return nil
}
