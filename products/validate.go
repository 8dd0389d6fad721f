package products

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"onemap/access"
	"onemap/layers"
	"onemap/styles/render"
)

// prepare brings what somebody sent into its usual form and tells the first thing
// that is wrong with it.
func (s *Store) prepare(ctx context.Context, catalogue *layers.Catalogue, id string, in *Input) error {
	content, err := in.Content.clone() // what the caller has stays as it is
	if err != nil {
		return &ContentError{"content", "", "不能写成 JSON", err.Error()}
	}
	content.tidy()
	in.Content, in.Why = content, strings.TrimSpace(in.Why)
	if err := checkText("why", in.Why, 0, mostWhy); err != nil {
		return err
	}
	if err := in.Content.check(time.Now()); err != nil {
		return err
	}
	if err := in.Content.pin(catalogue); err != nil {
		return err
	}
	return s.checkLayers(ctx, catalogue, id, in.Content)
}

// pin gives layers of a product of fixed versions the published ones where none is named.
func (c *Content) pin(catalogue *layers.Catalogue) error {
	if c.Update.Rule != Fixed {
		if len(c.Update.Versions) > 0 {
			return &ContentError{"update.versions", fmt.Sprint(len(c.Update.Versions)), "只有 rule 为 fixed 时才能给出", "can only be given where rule is fixed"}
		}
		return nil
	}
	versions := maps.Clone(c.Update.Versions)
	if versions == nil {
		versions = map[string]int{}
	}
	for id, number := range versions {
		if _, ok := c.Layer(id); !ok || number < 1 {
			return &ContentError{"update.versions", fmt.Sprintf("%s@%d", id, number), "不是产品图层的版本", "is no version of a layer of the product"}
		}
	}
	for _, l := range c.Layers {
		if published, err := catalogue.PublishedLayer(l.ID); err == nil && versions[l.ID] == 0 {
			versions[l.ID] = published.Published.Number
		}
	}
	c.Update.Versions = versions
	return nil
}

// checkLayers holds what a content says of themes and layers to the catalogue, for
// who asks: they can be had, filters name their fields, and the style can be drawn.
func (s *Store) checkLayers(ctx context.Context, catalogue *layers.Catalogue, id string, c Content) error {
	if !slices.ContainsFunc(catalogue.Themes, func(t layers.Theme) bool { return t.ID == c.Theme }) {
		var known []string
		for _, t := range catalogue.Themes {
			known = append(known, t.ID)
		}
		return &ContentError{"theme", c.Theme, "没有这个专题；有：" + strings.Join(known, "、"), "is no theme; there are " + strings.Join(known, ", ")}
	}
	if n := len(c.Layers); n < 1 || n > mostLayers {
		return &ContentError{"layers", fmt.Sprint(n), fmt.Sprintf("应有 1 至 %d 个图层", mostLayers), fmt.Sprintf("must be 1 to %d layers", mostLayers)}
	}
	if err := c.checkUpdate(time.Now()); err != nil {
		return err
	}
	for i, l := range c.Layers {
		if err := l.check(ctx, catalogue, c, i); err != nil {
			return err
		}
	}
	p := Product{ID: id, Version: Version{Content: c}}
	shown, _, err := s.openLayers(ctx, catalogue, p)
	var missing *LayerError
	if errors.As(err, &missing) && (errors.Is(err, layers.ErrNotPublished) || errors.Is(err, layers.ErrUnknownVersion)) {
		return &ContentError{"update", missing.Layer, "该图层没有这个版本，或当时尚未发布", "the layer has no such version, or was not published then: " + missing.Err.Error()}
	}
	if err != nil {
		return err
	}
	if e := c.Extent; e != nil {
		if b, ok := extentOf(shown); ok && (e[0] > b[2] || e[2] < b[0] || e[1] > b[3] || e[3] < b[1]) {
			return &ContentError{
				"extent", fmt.Sprint(*e), fmt.Sprintf("在图层数据范围 %v 之外，产品将是空白", b),
				fmt.Sprintf("lies outside the features of its layers, %v: the map would be empty", b),
			}
		}
	}
	from, _ := s.material(catalogue)
	made, err := compose(c, shown, from, Opened{Product: p, current: true}.tileJSON)
	if err != nil {
		return err
	}
	return checkStyle(made.style)
}

// checkStyle refuses a style that the server can't draw.
func checkStyle(document []byte) error {
	_, err := render.ParseStyle(document)
	var unsupported *render.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return &ContentError{"layers.style", unsupported.Layer, "样式不受支持：" + unsupported.Property + "：" + unsupported.What, err.Error()}
	case errors.Is(err, render.ErrInvalidStyle):
		return &ContentError{"layers.style", "", "样式有误：" + err.Error(), err.Error()}
	}
	return err
}

func (c Content) checkUpdate(now time.Time) error {
	switch c.Update.Rule {
	case Follow, Fixed:
		if c.Update.Date != "" {
			return &ContentError{"update.date", c.Update.Date, "只有 rule 为 date 时才能给出", "can only be given where rule is date"}
		}
		return nil
	case OnDate:
		at, err := time.Parse(time.DateOnly, c.Update.Date)
		if err != nil || at.After(now) {
			return &ContentError{"update.date", c.Update.Date, "应为日期，如 2026-05-01，不晚于今天", "must be a day, as 2026-05-01, not in the future"}
		}
		return nil
	}
	return &ContentError{"update.rule", string(c.Update.Rule), "应为 follow（随图层更新）、fixed（固定版本）或 date（按日期）", "must be follow, fixed or date"}
}

// levels order secrecy.
var levels = []layers.Sensitivity{layers.Public, layers.Internal, layers.Sensitive}

// check tells what is wrong with one layer of a content.
func (l Layer) check(ctx context.Context, catalogue *layers.Catalogue, c Content, i int) error {
	member := fmt.Sprintf("layers[%d]", i)
	for _, before := range c.Layers[:i] {
		if before.ID == l.ID {
			return &ContentError{member + ".id", l.ID, "图层重复", "is given twice"}
		}
	}
	found, err := catalogue.Layer(l.ID)
	if err != nil {
		return &ContentError{member + ".id", l.ID, "没有这个图层；mapserver layers 列出全部", "is no layer; `mapserver layers` lists them"}
	}
	if err := access.Require(ctx, found.Definition.ReadRight()); err != nil {
		return fmt.Errorf("products: %s: layer %s is not open: %w", member, l.ID, err)
	}
	if found.Published == nil {
		return &ContentError{member + ".id", l.ID, "该图层尚未发布或已停用，不能用于产品", "is not published, or is retired: a product can't show it"}
	}
	if slices.Index(levels, c.Secrecy) < slices.Index(levels, found.Definition.Sensitivity) {
		return &ContentError{
			"secrecy", string(c.Secrecy), fmt.Sprintf("低于图层 %s 的密级 %s", l.ID, found.Definition.Sensitivity),
			fmt.Sprintf("is below that of layer %s, %s", l.ID, found.Definition.Sensitivity),
		}
	}
	if err := checkText(member+".title", l.Title, 0, mostTitle); err != nil {
		return err
	}
	if l.Opacity != nil && !(*l.Opacity >= 0 && *l.Opacity <= 1) {
		return &ContentError{member + ".opacity", fmt.Sprint(*l.Opacity), "应为 0 至 1", "must be from 0 to 1"}
	}
	return l.Style.check(member, found.Definition)
}

func (look *Look) check(member string, definition layers.Definition) error {
	if look == nil {
		return nil
	}
	if len(look.Legend) > mostLegend {
		return &ContentError{member + ".style.legend", fmt.Sprint(len(look.Legend)), fmt.Sprintf("至多 %d 行", mostLegend), fmt.Sprintf("must be at most %d lines", mostLegend)}
	}
	for i, line := range look.Legend {
		at := fmt.Sprintf("%s.style.legend[%d]", member, i)
		if err := checkText(at+".label", line.Label, 1, mostTitle); err != nil {
			return err
		}
		if err := checkText(at+".label_en", line.LabelEN, 1, 2*mostTitle); err != nil {
			return err
		}
		for name := range line.Properties {
			if f, ok := definition.Field(name); !ok || !f.InTiles {
				return &ContentError{at + ".properties", name, "不是瓦片中的字段", "is no field that the tiles of " + definition.ID + " carry"}
			}
		}
	}
	return nil
}
