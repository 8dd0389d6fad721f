package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"onemap/data"
	"onemap/incidents"
	files "onemap/incidents/export"
	"onemap/incidents/photos"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/cells"
)

// followIncidents makes the store of incidents and hears of their steps until ctx ends.
func followIncidents(ctx context.Context, d *database) (*incidents.Store, *postgis.Bell, error) {
	rules, err := incidents.ReadRules(data.Files)
	if err != nil {
		return nil, nil, err
	}
	bell := postgis.NewBell(d.pool, incidents.Channel, func(err error) {
		slog.Warn("incidents cannot be followed; trying again", "error", err)
	})
	go bell.Run(ctx)
	return incidents.NewStore(d.pool, rules), bell, nil
}

// incidentFlags are the flags of the commands about incidents.
type incidentFlags struct {
	*options
	*asked
	cell, state, kind, text, from, to, bbox *string
	format, level, why, department, role    *string
	system, photo                           *string
	size                                    *string
	limit, version                          *int
	after                                   *int64
}

// incidentsCommand reports, shows, moves, counts and writes incidents.
func incidentsCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("incidents", c)
	f := incidentFlags{
		options: o, asked: o.asking(),
		cell: o.String("cell", "", "网格或行政区编码 / `code` of a cell or division"), state: o.String("state", "", "状态，逗号分隔 / `states`, comma-separated"),
		kind: o.String("kind", "", "类别代码 / `code` of a kind or class"), text: o.String("text", "", "内容含有 / reports with this `text`"),
		from: o.String("from", "", "自（日期或 RFC 3339） / reported from this `time`"), to: o.String("to", "", "至 / reported to this `time`"),
		bbox:   o.String("bbox", "", "范围：西,南,东,北（度） / within `west,south,east,north`, degrees"),
		format: o.String("format", "csv", "导出格式：csv、xlsx、geojson / `format` of the file"), level: o.String("level", "village", "热度层级：micro、small、village、town、county、city、beidou5 / `level` of the cells"),
		why: o.String("why", "", "流转原因 / the `reason` of a step"), department: o.String("department", "", "派遣部门 / `department` of a dispatch"), role: o.String("role", "", "派遣角色 / `role` of a dispatch"),
		system: o.systemFlag("crs", "4490"), photo: o.String("photo", "", "随上报附上的照片，逗号分隔 / picture `files` of a report, comma-separated"),
		size:    o.String("size", "whole", "照片大小：whole、thumbnail / `size` of a photo"),
		limit:   o.Int("limit", 100, "最多列出数 / most incidents `listed`"),
		version: o.Int("version", 0, "所见版本，0 为最新 / the `version` that you have seen, 0 is the newest"),
		after:   o.Int64("after", -1, "从此编号之后开始，-1 为从现在开始 / begin after this `seq`, -1 is now"),
	}
	given, err := o.parse(args, 1, 3)
	if err != nil {
		return err
	}
	type action struct {
		least, most int
		do          func(context.Context, *console, *database, *incidents.Store, []string) error
	}
	chosen, ok := map[string]action{
		"list": {0, 0, f.list}, "show": {1, 1, f.show}, "report": {1, 1, f.report}, "move": {2, 2, f.move}, "photo": {2, 2, f.photograph},
		"picture": {2, 2, f.picture}, "export": {0, 0, f.export}, "heat": {0, 0, f.heat}, "counts": {0, 0, f.counts}, "watch": {0, 0, f.watch},
	}[given[0]]
	if !ok || len(given)-1 < chosen.least || len(given)-1 > chosen.most {
		return fmt.Errorf("%w: mapserver incidents list | show ID | report FILE | move ID STATE | photo ID FILE | picture ID PHOTO --out FILE | export | heat | counts | watch", errUsage)
	}
	rules, err := incidents.ReadRules(data.Files)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done
	err = chosen.do(ctx, c, d, incidents.NewStore(d.pool, rules), given[1:])
	for _, mistake := range []error{incidents.ErrContent, incidents.ErrUnknown, incidents.ErrTransition, photos.ErrKind, photos.ErrBroken, photos.ErrLarge, photos.ErrPixels, files.ErrFormat, incidents.ErrLevel} {
		if errors.Is(err, mistake) {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	return err
}

func incidentNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: 编号 %[2]q 不是整数 / %[2]q is no number", errUsage, text)
	}
	return id, nil
}

func (f incidentFlags) query() (q incidents.Query, err error) {
	q = incidents.Query{Cell: *f.cell, Kind: *f.kind, Text: *f.text}
	if *f.state != "" {
		for one := range strings.SplitSeq(*f.state, ",") {
			q.States = append(q.States, incidents.State(one))
		}
	}
	if *f.bbox != "" {
		box, err := layers.ParseBounds(*f.bbox)
		if err != nil {
			return q, fmt.Errorf("%w: --bbox: %w", errUsage, err)
		}
		q.Bounds = &orb.Bound{Min: orb.Point{box[0], box[1]}, Max: orb.Point{box[2], box[3]}}
	}
	for text, into := range map[*string]*time.Time{f.from: &q.From, f.to: &q.To} {
		if *text == "" {
			continue
		}
		if *into, err = layers.ParseMoment(*text); err != nil {
			return q, fmt.Errorf("%w: --from, --to: %w", errUsage, err)
		}
		if _, day := time.Parse(time.DateOnly, *text); day == nil && text == f.from {
			*into = into.AddDate(0, 0, -1) // a date is its end; reports from its beginning are asked for
		}
	}
	return q, nil
}

func (f incidentFlags) list(ctx context.Context, c *console, _ *database, store *incidents.Store, _ []string) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	found, err := store.List(ctx, q, 0, max(*f.limit, 1))
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, map[string]any{"incidents": found}) })
}

func (f incidentFlags) print(ctx context.Context, c *console, store *incidents.Store, id int64) error {
	whole, err := store.Get(ctx, id)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, whole) })
}

func (f incidentFlags) show(ctx context.Context, c *console, _ *database, store *incidents.Store, given []string) error {
	id, err := incidentNumber(given[0])
	if err != nil {
		return err
	}
	return f.print(ctx, c, store, id)
}

// report reads a report as POST /api/v1/incidents takes it.
func (f incidentFlags) report(ctx context.Context, c *console, d *database, store *incidents.Store, given []string) error {
	text, err := os.ReadFile(given[0])
	if err != nil {
		return err
	}
	draft, err := incidents.ReadDraft(text)
	if err != nil {
		return err
	}
	if draft.CRS == "" {
		draft.CRS = *f.system
	}
	system, place, err := toMap(draft.CRS)
	if err != nil {
		return err
	}
	draft.CRS = system.String()
	p, err := place(orb.Point{*draft.Lon, *draft.Lat})
	if err != nil {
		return err
	}
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	x, err := cells.Load(ctx, d.pool, catalogue, nil)
	if err != nil {
		return err
	}
	accuracy := 0.0
	if draft.AccuracyM != nil {
		accuracy = *draft.AccuracyM
	}
	where, err := x.Locate(ctx, p, accuracy)
	if err != nil {
		return err
	}
	id, _, err := store.Report(ctx, draft, where, nil)
	if err != nil {
		return err
	}
	if *f.photo != "" {
		for file := range strings.SplitSeq(*f.photo, ",") {
			if _, err := addPicture(ctx, store, id, file); err != nil {
				return err
			}
		}
	}
	return f.print(ctx, c, store, id)
}

func addPicture(ctx context.Context, store *incidents.Store, id int64, file string) (incidents.PhotoInfo, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return incidents.PhotoInfo{}, err
	}
	p, err := photos.NewDarkroom().Prepare(ctx, content)
	if err != nil {
		return incidents.PhotoInfo{}, fmt.Errorf("%s: %w", file, err)
	}
	info, _, err := store.AddPhoto(ctx, id, p)
	return info, err
}

func (f incidentFlags) move(ctx context.Context, c *console, _ *database, store *incidents.Store, given []string) error {
	id, err := incidentNumber(given[0])
	if err != nil {
		return err
	}
	m := incidents.Move{To: incidents.State(given[1]), Why: *f.why, Version: *f.version, Department: *f.department, Role: *f.role}
	if m.Version == 0 {
		now, err := store.Get(ctx, id)
		if err != nil {
			return err
		}
		m.Version = now.Version
	}
	if err := store.Move(ctx, id, m); err != nil {
		return err
	}
	return f.print(ctx, c, store, id)
}

func (f incidentFlags) photograph(ctx context.Context, c *console, _ *database, store *incidents.Store, given []string) error {
	id, err := incidentNumber(given[0])
	if err != nil {
		return err
	}
	info, err := addPicture(ctx, store, id, given[1])
	if err != nil {
		return err
	}
	return printJSON(c.out, info)
}

func (f incidentFlags) picture(ctx context.Context, c *console, _ *database, store *incidents.Store, given []string) error {
	id, err := incidentNumber(given[0])
	if err != nil {
		return err
	}
	photo, err := incidentNumber(given[1])
	if err != nil {
		return err
	}
	jpeg, err := store.Photo(ctx, id, photo, *f.size == "thumbnail")
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { _, err := to.Write(jpeg); return err })
}

func (f incidentFlags) export(ctx context.Context, c *console, _ *database, store *incidents.Store, _ []string) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	if !slices.Contains(files.Formats(), files.Format(*f.format)) {
		return fmt.Errorf("%w: --format: csv, xlsx, geojson", errUsage)
	}
	return f.write(c, func(to io.Writer) error {
		return files.Write(to, files.Format(*f.format), func(take func(incidents.Incident) error) error {
			return store.Each(ctx, q, files.Most, take)
		})
	})
}

func (f incidentFlags) heat(ctx context.Context, c *console, _ *database, store *incidents.Store, _ []string) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	counts, err := store.Heat(ctx, q, *f.level)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, map[string]any{"level": *f.level, "cells": counts}) })
}

// watch prints steps as they come, one a line, until interrupted.
func (f incidentFlags) watch(ctx context.Context, c *console, d *database, store *incidents.Store, _ []string) error {
	known := *f.after
	if known < 0 {
		var err error
		if known, err = store.Head(ctx); err != nil {
			return err
		}
	}
	err := postgis.Listen(ctx, d.pool, incidents.Channel, func(string) error {
		for {
			news, err := store.Since(ctx, known, pageSize)
			if err != nil || len(news) == 0 {
				return err
			}
			for _, n := range news {
				if _, err := fmt.Fprintf(c.out, "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", n.Seq, n.At.Local().Format("2006-01-02 15:04:05"), n.Incident, n.To, n.Kind, n.Cell, n.By); err != nil {
					return err
				}
				known = n.Seq
			}
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// loadIncidents loads the incidents of the demonstration city where there are
// none. A folder of deliveries without them has none.
func loadIncidents(ctx context.Context, c *console, d *database, file string) error {
	rules, err := incidents.ReadRules(data.Files)
	if err != nil {
		return err
	}
	store := incidents.NewStore(d.pool, rules)
	if empty, err := store.Empty(ctx); err != nil || !empty {
		return err
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var all []incidents.Past
	decoder := json.NewDecoder(bytes.NewReader(text))
	for decoder.More() {
		var one incidents.Past
		if err := decoder.Decode(&one); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, one)
	}
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	x, err := cells.Load(ctx, d.pool, catalogue, nil)
	if err != nil {
		return err
	}
	outside := 0
	err = store.Load(ctx, all, func(draft incidents.Draft) (*cells.Place, error) {
		_, place, err := toMap(draft.CRS)
		if err != nil {
			return nil, err
		}
		p, err := place(orb.Point{*draft.Lon, *draft.Lat})
		if err != nil {
			return nil, err
		}
		where, err := x.Locate(ctx, p, 0)
		if errors.Is(err, cells.ErrOutside) { // the grid was published anew since the file was made
			outside++
			return nil, nil
		}
		return where, err
	})
	if errors.Is(err, incidents.ErrNotEmpty) {
		return nil
	}
	if err == nil {
		fmt.Fprintf(c.err, "%-24s %8d  %s\n", "incidents", len(all)-outside, filepath.Base(file))
		if outside > 0 {
			fmt.Fprintf(c.err, "注意 / note: %d 个事件在网格之外，未导入 / %[1]d incidents lie outside the grid and are left out\n", outside)
		}
	}
	return err
}

// counts prints how many incidents there are by state and by class.
func (f incidentFlags) counts(ctx context.Context, c *console, _ *database, s *incidents.Store, _ []string) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	tally, err := s.Tally(ctx, q)
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { return printJSON(to, tally) })
}
