package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"onemap/data"
	"onemap/layers"
	"onemap/products"
	"onemap/styles/versions"
)

// shippedProducts is the folder of the demonstration's products in the data.
const shippedProducts = "products"

// followProducts makes the store of products and the counter of their calls, both
// kept current until ctx ends, which ended waits for.
func followProducts(ctx context.Context, d *database, watcher *layers.Watcher, looks *versions.Watcher) (store *products.Store, calls *products.Calls, ended func()) {
	store, calls = products.NewStore(d.pool), products.NewCalls(d.pool)
	store.DrawWith(looks)
	var running sync.WaitGroup
	running.Go(func() {
		store.Run(ctx, watcher, func(err error) {
			slog.Warn("products cannot follow their layers; they do when they are read", "error", err)
		})
	})
	running.Go(func() {
		calls.Run(ctx, func(err error) { slog.Warn("calls of products cannot be counted; trying again", "error", err) })
	})
	return store, calls, running.Wait
}

// productFlags are the flags of the commands about products.
type productFlags struct {
	*options
	*asked
	state, theme, department, tag, layer, text *string
	after, from, to, reason                    *string
	limit, revision, version, before           *int
}

// productsCommand lists, shows, makes, changes, deletes, moves, counts and loads products.
func productsCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("products", c)
	f := productFlags{
		options: o, asked: &asked{},
		state: o.String("state", "", "状态：draft、checked、approved、published、retired / `state`"), theme: o.String("theme", "", "专题编号 / `id` of a theme"),
		department: o.String("department", "", "部门 / `department`"), tag: o.String("tag", "", "标签 / `tag`"),
		layer: o.String("layer", "", "含有此图层 / products with this `layer`"), text: o.String("text", "", "标题或说明含有 / products with this `text`"),
		after: o.String("after", "", "从此编号之后开始 / begin after this `id`"), from: o.String("from", "", "自此日 / from this `day`"), to: o.String("to", "", "至此日 / to this `day`"),
		reason: o.String("reason", "", "流转原因 / the `reason` of a step"), limit: o.Int("limit", 200, "最多列出数 / most that are `listed`"),
		revision: o.Int("revision", 0, "所见的 revision，0 为最新 / the `revision` that you have seen, 0 is the newest"),
		version:  o.Int("version", 0, "版本，0 为最新 / the `version`, 0 is the newest"),
		before:   o.Int("before", 0, "早于此版本 / versions before this `number`"),
	}
	o.StringVar(&f.asked.out, "out", "", "写入此文件，默认标准输出 / write to this `file` instead of standard output")
	given, err := o.parse(args, 1, 3)
	if err != nil {
		return err
	}
	type action struct {
		least, most int
		do          func(context.Context, *console, *products.Store, *layers.Catalogue, []string) error
	}
	chosen, ok := map[string]action{
		"list": {0, 0, f.list}, "show": {1, 1, f.show}, "create": {1, 1, f.create}, "check": {1, 1, f.check}, "update": {2, 2, f.update}, "delete": {1, 1, f.delete}, "transition": {2, 2, f.transition},
		"versions": {1, 1, f.versions}, "style": {1, 1, f.style}, "indicator": {0, 0, f.indicator}, "statistics": {1, 1, f.statistics}, "load": {0, 1, f.load},
	}[given[0]]
	if !ok || len(given)-1 < chosen.least || len(given)-1 > chosen.most {
		return fmt.Errorf("%w: mapserver products list | show ID [--version N] | create FILE | check FILE | update ID FILE | delete ID | transition ID STATE [--reason TEXT] | versions ID | style ID [--version N] | indicator | statistics ID | load [FOLDER]", errUsage)
	}
	return o.onMap(ctx, f.asked, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		err := chosen.do(ctx, c, products.NewStore(d.pool), catalogue, given[1:])
		for _, mistake := range []error{products.ErrContent, products.ErrUnknown, products.ErrUnknownVersion, products.ErrTransition, products.ErrExists, products.ErrKept, products.ErrRetired} {
			if errors.Is(err, mistake) {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
		}
		return err
	})
}

func (f productFlags) list(ctx context.Context, c *console, store *products.Store, _ *layers.Catalogue, _ []string) error {
	found, err := store.List(ctx, products.Query{
		State: products.State(*f.state), Theme: *f.theme, Department: *f.department, Tag: *f.tag, Layer: *f.layer, Text: *f.text,
	}, *f.after, max(*f.limit, 1))
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error {
		for _, p := range found {
			if _, err := fmt.Fprintf(to, "%-32s %s\tv%d\t%s\t%s\n", p.ID, p.StateName, p.Number, p.Content.Title, p.Content.Department); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f productFlags) print(ctx context.Context, c *console, store *products.Store, id string) error {
	whole, err := store.Get(ctx, id)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, whole) })
}

func (f productFlags) show(ctx context.Context, c *console, store *products.Store, _ *layers.Catalogue, given []string) error {
	if *f.version == 0 {
		return f.print(ctx, c, store, given[0])
	}
	found, err := store.Version(ctx, given[0], *f.version)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, found.Version) })
}

func readProduct(file string) (in products.Input, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return in, err
	}
	return products.ReadInput(text)
}

// create reads a product as POST /api/v1/products takes it.
func (f productFlags) create(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, given []string) error {
	in, err := readProduct(given[0])
	if err != nil {
		return err
	}
	if err := store.Create(ctx, catalogue, in); err != nil {
		return err
	}
	return f.print(ctx, c, store, in.ID)
}

// check tells whether a product could be made, and writes the style that it would have.
func (f productFlags) check(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, given []string) error {
	in, err := readProduct(given[0])
	if err != nil {
		return err
	}
	tried, err := store.Try(ctx, catalogue, in)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { _, err := to.Write(tried.Style); return err })
}

// seen is the revision that is said to be seen, or the newest.
func (f productFlags) seen(ctx context.Context, store *products.Store, id string) (int, error) {
	if *f.revision != 0 {
		return *f.revision, nil
	}
	now, err := store.Get(ctx, id)
	return now.Revision, err
}

func (f productFlags) update(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, given []string) error {
	revision, err := f.seen(ctx, store, given[0])
	if err != nil {
		return err
	}
	in, err := readProduct(given[1])
	if err != nil {
		return err
	}
	if in.Revision == 0 {
		in.Revision = revision
	}
	if err := store.Update(ctx, catalogue, given[0], in); err != nil {
		return err
	}
	return f.print(ctx, c, store, given[0])
}

// delete removes a draft that was never published.
func (f productFlags) delete(ctx context.Context, _ *console, store *products.Store, _ *layers.Catalogue, given []string) error {
	revision, err := f.seen(ctx, store, given[0])
	if err != nil {
		return err
	}
	return store.Delete(ctx, given[0], revision)
}

func (f productFlags) transition(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, given []string) error {
	revision, err := f.seen(ctx, store, given[0])
	if err != nil {
		return err
	}
	if err := store.Move(ctx, catalogue, given[0], products.Move{To: products.State(given[1]), Why: *f.reason, Revision: revision}); err != nil {
		return err
	}
	return f.print(ctx, c, store, given[0])
}

func (f productFlags) versions(ctx context.Context, c *console, store *products.Store, _ *layers.Catalogue, given []string) error {
	found, err := store.Versions(ctx, given[0], *f.before, max(*f.limit, 1))
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, map[string]any{"versions": found}) })
}

// style writes the style document of a product, as `mapserver render --style` reads it.
func (f productFlags) style(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, given []string) error {
	opened, err := store.Open(ctx, catalogue, given[0], *f.version)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { _, err := to.Write(opened.Style); return err })
}

func (f productFlags) indicator(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, _ []string) error {
	found, err := store.Indicator(ctx, catalogue)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, found) })
}

func (f productFlags) statistics(ctx context.Context, c *console, store *products.Store, _ *layers.Catalogue, given []string) error {
	found, err := store.Statistics(ctx, given[0], *f.from, *f.to)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, found) })
}

// load publishes the products of a folder, or those of the demonstration.
func (f productFlags) load(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue, given []string) error {
	if len(given) == 0 {
		return loadProducts(ctx, c, store, catalogue)
	}
	all, err := products.ReadFolder(os.DirFS(given[0]), ".")
	if err != nil {
		return err
	}
	n, err := store.Load(ctx, catalogue, all, false)
	if err == nil {
		fmt.Fprintf(c.err, "已发布 %d 个产品，%d 个原已存在 / published %[1]d products, %[2]d were there\n", n, len(all)-n)
	}
	return err
}

// loadShipped publishes the products of the demonstration that aren't there yet.
func loadShipped(ctx context.Context, c *console, d *database) error {
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	return loadProducts(ctx, c, products.NewStore(d.pool), catalogue)
}

func loadProducts(ctx context.Context, c *console, store *products.Store, catalogue *layers.Catalogue) error {
	all, err := products.ReadFolder(data.Files, shippedProducts)
	if err != nil {
		return err
	}
	var without []string
	all = slices.DeleteFunc(all, func(in products.Input) bool {
		missing := slices.ContainsFunc(in.Content.Layers, func(l products.Layer) bool {
			_, err := catalogue.PublishedLayer(l.ID)
			return err != nil
		})
		if missing {
			without = append(without, in.ID)
		}
		return missing
	})
	n, err := store.Load(ctx, catalogue, all, true)
	if err != nil {
		return err
	}
	if n > 0 {
		fmt.Fprintf(c.err, "%-24s %8d\n", "products", n)
	}
	if len(without) > 0 {
		fmt.Fprintf(c.err, "注意 / note: 以下产品的图层尚未发布，未载入 / left out, for their layers are not published: %s\n", strings.Join(without, ", "))
	}
	return nil
}
