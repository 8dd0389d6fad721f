package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"onemap/layers"
	"onemap/styles"
	"onemap/styles/versions"
)

// followStyles keeps the looks that are in force in memory until ctx ends.
func followStyles(ctx context.Context, d *database, watcher *layers.Watcher) (*versions.Store, *versions.Watcher, error) {
	store := versions.NewStore(d.pool)
	looks, err := versions.NewWatcher(ctx, store, watcher, func(err error) { slog.Warn("styles", "error", err) })
	if err != nil {
		return nil, nil, err
	}
	go looks.Run(ctx)
	return store, looks, nil
}

// looksInForce tells which looks are in force.
type looksInForce interface{ Current() *versions.Current }

// looksOnce are the looks of one moment.
type looksOnce struct{ now *versions.Current }

func (l looksOnce) Current() *versions.Current { return l.now }

// loadLooks reads once which looks are in force. Those that can't be used are told.
func loadLooks(ctx context.Context, d *database) (looksInForce, error) {
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return nil, err
	}
	current, unusable, err := versions.NewStore(d.pool).Load(ctx, catalogue)
	if err != nil {
		return nil, err
	}
	if unusable != nil {
		slog.Warn("styles", "error", unusable)
	}
	return looksOnce{current}, nil
}

// lookFlags say how a map looks.
type lookFlags struct{ palette, theme *string }

// look adds the flags of a look.
func (o *options) look() lookFlags {
	return lookFlags{
		palette: o.String("palette", styles.Screen, "配色："+strings.Join(styles.PaletteIDs(), "、")+" / `palette` of colours"),
		theme:   o.String("theme", "", "专题，默认为整张图 / `theme`, the whole map without it"),
	}
}

// on is the look with the edits that are in force. Looks that can't be used are told.
func (f lookFlags) on(ctx context.Context, d *database, catalogue *layers.Catalogue) (styles.Look, error) {
	current, unusable, err := versions.NewStore(d.pool).Load(ctx, catalogue)
	if err != nil {
		return styles.Look{}, err
	}
	if unusable != nil {
		slog.Warn("styles", "error", unusable)
	}
	return styles.Look{Palette: *f.palette, Theme: *f.theme, Fragments: current.Fragments()}, nil
}

// asUsage marks the mistakes of whoever typed the command.
func asUsage(err error) error {
	for _, mistake := range []error{
		styles.ErrUnknownPalette, styles.ErrUnknownTheme, styles.ErrLayerList, styles.ErrRules, styles.ErrControl, styles.ErrInvalidFragment,
		versions.ErrUnknown, versions.ErrChanged, versions.ErrNote,
	} {
		if errors.Is(err, mistake) {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	return err
}

// styleFlags are the flags of the commands about looks.
type styleFlags struct {
	*options
	*asked
	file, note, set *string
	version, based  *int
	check, asJSON   *bool
}

// stylesCommand shows and changes how layers look.
func stylesCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("styles", c)
	f := styleFlags{
		options: o, asked: o.asking(),
		file:    o.String("file", "", "样式（JSON）的文件 / `file` with a look, JSON"),
		set:     o.String("controls", "", `控件的新值（JSON），如 {"number:line/line-width": 2} / new values of controls, JSON`),
		note:    o.String("note", "", "修改说明 / why, kept with the version"),
		version: o.Int("version", -1, "第几个版本，默认当前 / which `version`, the one in force without it"),
		based:   o.Int("based-on", -1, "据以修改的版本；已有更新的版本则拒绝 / refuse if this `version` is no longer the newest"),
		check:   o.Bool("check", false, "只检查，不保存 / only check it"),
		asJSON:  o.Bool("json", false, "输出 JSON / write JSON"),
	}
	given, err := o.parse(args, 1, 3)
	if err != nil {
		return err
	}
	type action struct {
		operands int
		do       func(context.Context, *console, styleDesk, []string) error
	}
	chosen, ok := map[string]action{
		"list": {0, f.list}, "show": {1, f.show}, "set": {1, f.change}, "versions": {1, f.versions}, "restore": {2, f.restore},
	}[given[0]]
	if !ok || len(given)-1 != chosen.operands {
		return fmt.Errorf("%w: mapserver styles list | show LAYER | set LAYER --file FILE|--controls JSON | versions LAYER | restore LAYER VERSION", errUsage)
	}
	return o.onMap(ctx, f.asked, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		store := versions.NewStore(d.pool)
		current, unusable, err := store.Load(ctx, catalogue)
		if err != nil {
			return err
		}
		if unusable != nil {
			slog.Warn("styles", "error", unusable)
		}
		return asUsage(chosen.do(ctx, c, styleDesk{store, current, catalogue, styles.DictionariesOf(catalogue)}, given[1:]))
	})
}

// styleDesk is what the commands about looks work with.
type styleDesk struct {
	store        *versions.Store
	current      *versions.Current
	catalogue    *layers.Catalogue
	dictionaries []layers.Dictionary
}

// styleShown is a look as the command line writes it.
type styleShown struct {
	versions.Version
	Fragment styles.Fragment  `json:"fragment"`
	Controls []styles.Control `json:"controls"`
}

func (f styleFlags) list(_ context.Context, c *console, d styleDesk, _ []string) error {
	palettes, err := styles.Palettes()
	if err != nil {
		return err
	}
	themes, err := styles.Themes()
	if err != nil {
		return err
	}
	newest := make([]versions.Version, len(d.catalogue.Layers))
	for i, l := range d.catalogue.Layers {
		newest[i] = d.current.Version(l.Definition.ID)
	}
	return f.write(c, func(to io.Writer) error {
		if *f.asJSON {
			return printJSON(to, map[string]any{"palettes": palettes, "themes": themes, "styles": newest})
		}
		for _, p := range palettes {
			fmt.Fprintf(to, "配色 / palette  %-10s %s / %s\n", p.ID, p.Purpose, p.PurposeEN) //nolint:errcheck // a buffer, whose Flush tells
		}
		for i, l := range d.catalogue.Layers {
			fmt.Fprintf(to, "%-24s v%-4d %-20s %s\n", l.Definition.ID, newest[i].Number, l.Definition.Name, newest[i].Note) //nolint:errcheck // likewise
		}
		return nil
	})
}

// look is the version that is asked for, of a layer.
func (f styleFlags) look(ctx context.Context, d styleDesk, layer layers.Definition) (versions.Version, styles.Fragment, error) {
	if *f.version < 0 {
		fragment, err := d.current.Look(layer)
		return d.current.Version(layer.ID), fragment, err
	}
	v, err := d.store.Version(ctx, layer.ID, *f.version)
	if err != nil {
		return v, styles.Fragment{}, err
	}
	fragment, err := v.Look(layer)
	return v, fragment, err
}

func (f styleFlags) show(ctx context.Context, c *console, d styleDesk, given []string) error {
	l, err := d.catalogue.Layer(given[0])
	if err != nil {
		return err
	}
	v, fragment, err := f.look(ctx, d, l.Definition)
	if err != nil {
		return err
	}
	controls, err := styles.Controls(l.Definition, d.dictionaries, fragment)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, styleShown{v, fragment, controls}) })
}

// changeOf is how the flags say that a version comes about.
func (f styleFlags) changeOf() versions.Change {
	change := versions.Change{Note: *f.note}
	if *f.based >= 0 {
		change.BasedOn = f.based
	}
	return change
}

func (f styleFlags) change(ctx context.Context, c *console, d styleDesk, given []string) error {
	l, err := d.catalogue.Layer(given[0])
	if err != nil {
		return err
	}
	var fragment styles.Fragment
	switch {
	case (*f.file == "") == (*f.set == ""):
		return fmt.Errorf("%w: 须给出 --file 或 --controls，且只给其一 / give either --file or --controls", errUsage)
	case *f.file != "":
		text, err := os.ReadFile(*f.file)
		if err != nil {
			return err
		}
		if fragment, err = styles.ReadFragment(l.Definition, text); err != nil {
			return err
		}
	default:
		var values map[string]json.RawMessage
		if err := json.Unmarshal([]byte(*f.set), &values); err != nil {
			return fmt.Errorf("%w: --controls 应为 JSON 对象 / must be a JSON object: %w", errUsage, err)
		}
		_, now, err := f.look(ctx, d, l.Definition)
		if err != nil {
			return err
		}
		if fragment, err = styles.Adjust(l.Definition, d.dictionaries, now, values); err != nil {
			return err
		}
	}
	if *f.check {
		if err := styles.Check(l.Definition, d.dictionaries, fragment); err != nil {
			return f.faults(c, err)
		}
		fmt.Fprintln(c.out, "样式符合规则 / the look keeps the rules")
		return nil
	}
	v, err := d.store.Save(ctx, l.Definition, d.dictionaries, fragment, f.changeOf())
	if err != nil {
		return f.faults(c, err)
	}
	fmt.Fprintf(c.out, "%s：样式已存为版本 %d / the look is kept as version %[2]d\n", l.Definition.ID, v.Number)
	return nil
}

// faults writes all that is wrong with a look, and returns the error.
func (f styleFlags) faults(c *console, err error) error {
	var rules *styles.RuleError
	if errors.As(err, &rules) {
		for _, one := range rules.Faults {
			fmt.Fprintf(c.err, "%s %s = %s\n    %s\n    %s\n", one.Palette, one.Where, one.Value, one.ZH, one.EN)
		}
	}
	return err
}

func (f styleFlags) versions(ctx context.Context, c *console, d styleDesk, given []string) error {
	l, err := d.catalogue.Layer(given[0])
	if err != nil {
		return err
	}
	all, err := d.store.Versions(ctx, l.Definition.ID)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error {
		if *f.asJSON {
			return printJSON(to, all)
		}
		for _, v := range all {
			when, from := "随图层提供 / comes with the layer", ""
			if v.MadeAt != nil {
				when = v.MadeAt.Format(time.DateTime) + "  " + v.MadeBy
			}
			if v.Restored != nil {
				from = fmt.Sprintf("（恢复自 v%d / restored from v%[1]d）", *v.Restored)
			}
			fmt.Fprintf(to, "v%-4d %s %s%s\n", v.Number, when, v.Note, from) //nolint:errcheck // a buffer, whose Flush tells
		}
		return nil
	})
}

func (f styleFlags) restore(ctx context.Context, c *console, d styleDesk, given []string) error {
	l, err := d.catalogue.Layer(given[0])
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(given[1])
	if err != nil || number < 0 {
		return fmt.Errorf("%w: 版本 %[2]q 不是整数 / version %[2]q is no number", errUsage, given[1])
	}
	v, err := d.store.Restore(ctx, l.Definition, d.dictionaries, number, f.changeOf())
	if err != nil {
		return f.faults(c, err)
	}
	fmt.Fprintf(c.out, "%s：版本 %d 已恢复为版本 %d / version %[2]d is restored as version %[3]d\n", l.Definition.ID, number, v.Number)
	return nil
}
