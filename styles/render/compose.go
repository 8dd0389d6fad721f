package render

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Margins round the frame, in CSS pixels, from which features are read: lines and
// circles reach over an edge, and so do labels, whose neighbours count too.
const (
	shapeMargin = 24
	labelMargin = 256
)

// composer makes the drawing list of one frame.
type composer struct {
	*Renderer
	frame   Frame
	classes []*Class
	ratio   float64 // pixels to a CSS pixel
	zoom    float64 // of the style
	picture *picture
}

// compose makes the drawing list. The source is asked once for each source-layer,
// for several at the same time.
func (r *Renderer) compose(ctx context.Context, s *Style, source Source, f Frame, classes ...*Class) (*picture, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	zoom := f.Zoom()
	layers, err := s.at(zoom)
	if err != nil {
		return nil, err
	}
	c := &composer{Renderer: r, frame: f, classes: classes, ratio: f.ratio(), zoom: zoom, picture: &picture{frame: f, layers: make([]drawing, len(layers))}}
	var readings []*reading
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i, l := range layers {
		d := &c.picture.layers[i]
		d.id, d.opacity, d.names = l.id, 1, l.kind == "symbol"
		switch l.kind {
		case "background":
			c.background(d, l)
		case "raster", "hillshade":
			group.Go(func() error { return c.relief(inGroup, d, l, source) })
		default:
			k := slices.IndexFunc(readings, func(r *reading) bool { return r.query.Source == l.source && r.query.SourceLayer == l.sourceLayer })
			if k < 0 {
				k = len(readings)
				readings = append(readings, c.newReading(l))
			}
			readings[k].join(i, l)
		}
	}
	for _, one := range readings {
		group.Go(func() error { return one.read(inGroup, source) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var wanting []candidate
	for _, one := range readings {
		wanting = append(wanting, one.labels...)
	}
	return c.picture, c.place(ctx, wanting)
}

// readers is how many source-layers are read at the same time.
const readers = 4

func (c *composer) background(d *drawing, l *layer) {
	s := &subject{}
	colour := l.colour(s, "background-color")
	pattern := l.text(s, "background-pattern")
	if pattern != "" {
		colour = black
	}
	colour.A *= l.number(s, "background-opacity")
	w, h := c.frame.size()
	d.marks = append(d.marks, mark{
		box: rect{0, 0, w, h}, colour: colour, pattern: pattern,
		lines: [][]point{{{0, 0}, {w, 0}, {w, h}, {0, h}}},
	})
}

// reading is the features of one source-layer and the style layers that draw them.
type reading struct {
	*composer
	query   Query
	users   []user
	margin  float64 // CSS pixels
	mapping *mapping
	labels  []candidate
	named   map[string][]point // texts along lines, and where
	classes []awaited
}

// shape is a feature's geometry in the picture. All style layers draw the same
// places: none changes them.
type shape struct {
	parts [][]point
	kind  string // Point, LineString, Polygon
}

// user is a style layer that draws a reading's features.
type user struct {
	*layer
	draw    func(*subject, shape) error
	from    []int // where the reading's values have those of the layer
	subject subject
	drawing *drawing
	words   bool // it draws names alone
}

func (c *composer) newReading(l *layer) *reading {
	r := &reading{composer: c, named: map[string][]point{}, query: Query{
		Source: l.source, SourceLayer: l.sourceLayer, System: c.frame.System, Zoom: c.zoom + math.Log2(c.ratio),
	}}
	for _, one := range c.classes {
		if one.Source == l.source && one.SourceLayer == l.sourceLayer {
			r.classes = append(r.classes, awaited{one, r.columns(slices.Sorted(maps.Keys(one.Properties)))})
		}
	}
	return r
}

// columns are where the query's values have fields; those that it lacks are added.
func (r *reading) columns(fields []string) (at []int) {
	for _, name := range fields {
		k := slices.Index(r.query.Fields, name)
		if k < 0 {
			k = len(r.query.Fields)
			r.query.Fields = append(r.query.Fields, name)
		}
		at = append(at, k)
	}
	return at
}

// join lets a style layer draw the features too.
func (r *reading) join(i int, l *layer) {
	u := user{layer: l, drawing: &r.picture.layers[i]}
	margin := float64(shapeMargin)
	switch l.kind {
	case "fill":
		u.draw = r.fills(u.drawing, l, "fill-")
	case "fill-extrusion":
		u.draw = r.fills(u.drawing, l, "fill-extrusion-")
	case "line":
		u.draw = r.strokes(u.drawing, l)
	case "circle":
		u.draw = r.circles(u.drawing, l)
	case "symbol":
		u.draw = r.symbols(i, l)
		icon := l.properties["icon-image"]
		u.words = icon.constant() && icon.fix == value("")
		margin, r.query.Whole = labelMargin, true
	}
	r.margin = max(r.margin, margin)
	u.from = r.columns(l.fields)
	u.subject.values = make([]any, len(u.from))
	r.users = append(r.users, u)
}

// read asks the source and has every style layer draw every feature.
func (r *reading) read(ctx context.Context, source Source) (err error) {
	if r.query.Box, err = r.box(r.margin * r.ratio); err != nil {
		return err
	}
	if r.mapping, err = newMapping(r.frame, shapeMargin*r.ratio); err != nil {
		return err
	}
	seen := 0
	err = source.Features(ctx, r.query, func(f *Feature) error {
		if seen++; seen > MaxFeatures {
			return fmt.Errorf("%w: more than %d", ErrTooMuch, MaxFeatures)
		}
		if seen%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return r.feature(f)
	})
	if err != nil {
		return fmt.Errorf("render: %s: %w", r.query.SourceLayer, err)
	}
	for _, u := range r.users {
		if u.drawing.sorted {
			slices.SortStableFunc(u.drawing.marks, func(a, b mark) int { return cmp.Compare(a.key, b.key) })
		}
	}
	return nil
}

func (r *reading) feature(f *Feature) error {
	kind := geometryKind(f.Geometry)
	var seen shape
	placed, drawn := false, false
	for i := range r.users {
		u := &r.users[i]
		s := &u.subject
		s.id, s.geometry = f.ID, kind
		for k, from := range u.from {
			s.values[k] = nil
			if from < len(f.Values) {
				s.values[k] = f.Values[from]
			}
		}
		if u.filter.eval(s) != value(true) {
			continue
		}
		if !placed {
			g, projected, err := r.mapping.plane(f)
			if err != nil {
				return err
			}
			seen.parts, seen.kind = r.mapping.parts(g, projected, r.margin*r.ratio)
			placed = true
		}
		if len(seen.parts) == 0 {
			return nil
		}
		if err := u.draw(s, seen); err != nil {
			return err
		}
		drawn = drawn || !u.words
	}
	if drawn {
		r.classes = slices.DeleteFunc(r.classes, func(a awaited) bool { return a.met(f, seen, r.frame) })
	}
	return nil
}
