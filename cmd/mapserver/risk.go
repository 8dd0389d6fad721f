package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"onemap/data"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/spatial/crs"
	"onemap/spatial/risk"
	"onemap/spatial/warnings"
)

// followRisks keeps the dangers in memory as the catalogue publishes them;
// following is closed when ctx has ended it.
func followRisks(ctx context.Context, d *database, watcher *layers.Watcher) (set *risk.Set, rain risk.RainRules, following chan struct{}, err error) {
	rules, rain, err := risk.ReadRules(data.Files)
	if err != nil {
		return nil, rain, nil, err
	}
	set = risk.NewSet(d.pool, rules, watcher, func(_ follow.Status, err error) {
		if err != nil {
			slog.Warn("dangers could not be read; trying again", "error", err)
		}
	})
	_ = set.Refresh(ctx) // before anybody asks; a failure is logged and tried again
	following = make(chan struct{})
	go func() { set.Run(ctx); close(following) }()
	return set, rain, following, nil
}

// position reads a place from the command line and brings it to EPSG:4490.
func position(given []string, system string) (orb.Point, error) {
	var p orb.Point
	for i, text := range given {
		var err error
		if p[i], err = strconv.ParseFloat(text, 64); err != nil {
			return p, fmt.Errorf("%w: 坐标 %[2]q 不是十进制数 / %[2]q is no decimal number", errUsage, text)
		}
	}
	from, err := crs.Parse(system)
	if err == nil {
		err = from.Check(p)
	}
	if err != nil {
		return p, fmt.Errorf("%w: %w", errUsage, err)
	}
	t, err := crs.NewTransformer(from)
	if err != nil {
		return p, fmt.Errorf("%w: %w", errUsage, err)
	}
	g, err := t.Transform(p)
	if err != nil {
		return p, fmt.Errorf("%w: %w", errUsage, err)
	}
	return g.(orb.Point), nil
}

// askRisk tells the dangers near a place.
func askRisk(ctx context.Context, c *console, args []string) error {
	o := newOptions("risk", c)
	a := o.asking()
	radius := o.Float64("radius", 500, "半径（米），至 10000 / `metres` round the place, up to 10,000")
	system := o.String("crs", "EPSG:4490", "坐标系 / coordinate `system` of the place")
	limit := o.Int("limit", 200, "最多列出数 / most dangers `listed`")
	shelters := o.Int("shelters", 3, "最近避险点数 / how many of the nearest `shelters`")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	at, err := position(given, *system)
	if err != nil {
		return err
	}
	if *limit < 1 || *limit > risk.MaxListed || *shelters < 0 || *shelters > risk.MaxShelters {
		return fmt.Errorf("%w: --limit 1–%d, --shelters 0–%d", errUsage, risk.MaxListed, risk.MaxShelters)
	}
	rules, _, err := risk.ReadRules(data.Files)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, moment time.Time) error {
		open := func(ctx context.Context, layer string) (layers.Layer, error) {
			return d.store.OpenNamed(ctx, catalogue, layer, moment)
		}
		q := risk.Question{At: at, RadiusMetres: *radius, Limit: *limit, Shelters: *shelters}
		answer, err := risk.AskAt(ctx, d.pool, rules, q, open, catalogue.Dictionaries)
		if errors.Is(err, risk.ErrRadius) {
			err = fmt.Errorf("%w: %w", errUsage, err)
		}
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, answer) })
	})
}

// expose tells what is exposed in an area.
func expose(ctx context.Context, c *console, args []string) error {
	o := newOptions("exposure", c)
	a := o.asking()
	layer := o.String("layer", "", "区域为此图层的一个要素 / the area is a feature of this `layer`")
	key := o.String("key", "", "该要素的业务主键 / the feature's `key`")
	by := o.String("by", "micro", "统计网格：micro、small、village / cells to sum up by: `tier`")
	system := o.String("crs", "EPSG:4490", "文件的坐标系 / coordinate `system` of the file")
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	if (len(given) == 1) == (*layer != "") {
		return fmt.Errorf("%w: 应给出 GeoJSON 文件，或 --layer 与 --key / give a GeoJSON file, or --layer and --key", errUsage)
	}
	rules, _, err := risk.ReadRules(data.Files)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, moment time.Time) error {
		open := func(ctx context.Context, layer string) (layers.Layer, error) {
			return d.store.OpenNamed(ctx, catalogue, layer, moment)
		}
		area, err := readExposed(ctx, d, given, risk.Zone{Layer: *layer, Key: *key}, *system, open)
		if err != nil {
			return err
		}
		found, err := risk.Expose(ctx, d.pool, rules, area, *by, open)
		if errors.Is(err, risk.ErrTier) || errors.Is(err, risk.ErrArea) {
			err = fmt.Errorf("%w: %w", errUsage, err)
		}
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, found) })
	})
}

// readExposed reads the area from a file, or finds a zone's.
func readExposed(ctx context.Context, d *database, given []string, zone risk.Zone, system string, open risk.Opener) (orb.MultiPolygon, error) {
	if len(given) == 0 {
		return risk.ZoneShape(ctx, d.pool, zone, open)
	}
	text, err := os.ReadFile(given[0])
	if err != nil {
		return nil, err
	}
	area, named, err := risk.ReadArea(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if named != nil {
		return risk.ZoneShape(ctx, d.pool, *named, open)
	}
	from, err := crs.Parse(system)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	t, err := crs.NewTransformer(from)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	for _, polygon := range area {
		for _, ring := range polygon {
			for _, p := range ring {
				if err := from.Check(p); err != nil {
					return nil, fmt.Errorf("%w: %w", errUsage, err)
				}
			}
		}
	}
	g, err := t.Transform(area)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	return g.(orb.MultiPolygon), nil
}

// askRain tells which zones' thresholds measured rain passes.
func askRain(ctx context.Context, c *console, args []string) error {
	o := newOptions("rain", c)
	a := o.asking()
	draft := o.Bool("draft", false, "附上可发布的预警草稿 / with the warnings that follow, to be looked over")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(given[0])
	if err != nil {
		return err
	}
	q, err := risk.ReadRain(text)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	rules, rain, err := risk.ReadRules(data.Files)
	if err != nil {
		return err
	}
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		watcher, err := layers.NewWatcher(ctx, d.pool, nil)
		if err != nil {
			return err
		}
		set := risk.NewSet(d.pool, rules, watcher, nil)
		if err := set.Refresh(ctx); err != nil {
			return err
		}
		answer, err := set.Rain(ctx, rain, q, catalogue.Open)
		if errors.Is(err, risk.ErrRain) {
			err = fmt.Errorf("%w: %w", errUsage, err)
		}
		if err != nil {
			return err
		}
		shown := struct {
			risk.RainAnswer
			Drafts []risk.DraftWarning `json:"draft_warnings,omitempty"`
		}{answer, nil}
		if *draft {
			shown.Drafts = answer.Drafts(rain, func(id string) string { colour, _ := register.Colour(id); return colour.Name }, time.Now())
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, shown) })
	})
}
