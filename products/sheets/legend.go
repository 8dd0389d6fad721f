package sheets

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"onemap/styles/render"
)

// class is a line of the legend.
type class struct {
	render.Class
	layer  string // id
	group  string // name of its layer, where that has several lines
	label  string
	kind   string        // Point, LineString or Polygon: what its sample is
	sample *render.Style // its layer alone, without names
	rank   int           // of a border, from 1; 0 is none
}

// styleLayer is what the legend reads of a style layer.
type styleLayer struct {
	Type        string         `json:"type"`
	Source      string         `json:"source"`
	SourceLayer string         `json:"source-layer"`
	Layout      map[string]any `json:"layout"`
	Metadata    struct {
		Layer  string `json:"onemap:layer"`
		Legend []struct {
			Label      string         `json:"label"`
			Properties map[string]any `json:"properties"`
		} `json:"onemap:legend"`
	} `json:"metadata"`
}

// mostClasses is how many lines of legends are looked at.
const mostClasses = 1000

// classesOf reads the legend out of a style document: points, then borders, then other lines, then
// areas; layers of one line first, then those of several under their name.
func classesOf(document []byte, names []LayerName) ([]class, error) {
	var d struct {
		Sources json.RawMessage   `json:"sources"`
		Layers  []json.RawMessage `json:"layers"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", render.ErrInvalidStyle, err)
	}
	parsed := make([]styleLayer, len(d.Layers))
	for i, text := range d.Layers {
		if err := json.Unmarshal(text, &parsed[i]); err != nil {
			return nil, fmt.Errorf("%w: layers[%d]: %w", render.ErrInvalidStyle, i, err)
		}
	}
	var all []class
	for _, l := range parsed {
		id := l.Metadata.Layer
		if len(l.Metadata.Legend) == 0 || l.Layout["visibility"] == "none" || len(all) > mostClasses {
			continue
		}
		sample, kind, err := sampleOf(d.Sources, d.Layers, parsed, id)
		if err != nil {
			return nil, err
		}
		if sample == nil {
			continue
		}
		group := ""
		i := slices.IndexFunc(names, func(n LayerName) bool { return n.ID == id })
		if len(l.Metadata.Legend) > 1 {
			group = id
			if i >= 0 {
				group = names[i].Name
			}
		}
		border := kind == "Polygon" && i >= 0 && names[i].Border
		rank := 0
		if i >= 0 && names[i].Border {
			rank = 1 + names[i].Rank
		}
		if border {
			kind = "LineString"
		}
		for _, line := range l.Metadata.Legend {
			all = append(all, class{
				Class: render.Class{Source: l.Source, SourceLayer: id, Border: border, Properties: line.Properties},
				layer: id, group: group, label: line.Label, kind: kind, sample: sample, rank: rank,
			})
		}
	}
	order := []string{"Point", "LineString", "Polygon"}
	slices.SortStableFunc(all, func(a, b class) int {
		several := func(c class) int { return min(len(c.group), 1) }
		other := func(c class) int { // borders stand together, before other lines
			if c.rank > 0 {
				return 0
			}
			return 1
		}
		return cmp.Or(several(a)-several(b), slices.Index(order, a.kind)-slices.Index(order, b.kind), other(a)-other(b), a.rank-b.rank)
	})
	return all, nil
}

// sampleOf is the style of a layer's samples: the layer alone, without names. It
// is nil where names are all that it has.
func sampleOf(sources json.RawMessage, texts []json.RawMessage, parsed []styleLayer, id string) (*render.Style, string, error) {
	kinds := map[string]bool{}
	var kept []any
	for i, l := range parsed {
		if l.Metadata.Layer != id || l.Layout["visibility"] == "none" {
			continue
		}
		if _, icon := l.Layout["icon-image"]; l.Type == "symbol" && !icon {
			continue
		}
		var one map[string]any
		if err := json.Unmarshal(texts[i], &one); err != nil {
			return nil, "", fmt.Errorf("%w: layers[%d]: %w", render.ErrInvalidStyle, i, err)
		}
		if layout, ok := one["layout"].(map[string]any); ok {
			delete(layout, "text-field")
		}
		kept, kinds[l.Type] = append(kept, one), true
	}
	if len(kept) == 0 {
		return nil, "", nil
	}
	document, err := json.Marshal(map[string]any{"version": 8, "sources": sources, "layers": kept})
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", render.ErrInvalidStyle, err)
	}
	style, err := render.ParseStyle(document)
	kind := "Point"
	switch {
	case kinds["fill"] || kinds["fill-extrusion"]:
		kind = "Polygon"
	case kinds["line"]:
		kind = "LineString"
	}
	return style, kind, err
}

// row is a line of the legend, or the name over some.
type row struct {
	*class
	title string
}

// rows are those of the classes that occur.
func (d *draft) rows() (out []row) {
	before := ""
	for i := range d.classes {
		c := &d.classes[i]
		if !c.Occurs {
			continue
		}
		if c.group != "" && c.layer != before {
			out = append(out, row{title: c.group})
		}
		before = c.layer
		out = append(out, row{class: c})
	}
	return out
}

// The legend at its usual size, in units of the layout.
const (
	legendRow    = 4.7
	legendTitle  = 5.4
	sampleWide   = 7.
	sampleHigh   = 3.4
	legendText   = 2.5
	legendColumn = 3. // between columns
	legendLeast  = 0.5
)

// columns puts rows into columns of a height; nil if there are more columns than
// have room. The lines under a name stay together where a column can hold them;
// where it can't, the name stands over each part.
func columns(rows []row, height float64, most int) (out [][]row) {
	used := math.Inf(1)
	next := func() bool {
		if len(out) == most {
			return false
		}
		out, used = append(out, nil), 0
		return true
	}
	put := func(r row) {
		out[len(out)-1] = append(out[len(out)-1], r)
		used += r.height()
	}
	for i := 0; i < len(rows); {
		n, all := 1, rows[i].height()
		if rows[i].class == nil {
			for i+n < len(rows) && rows[i+n].class != nil && rows[i+n].group == rows[i].title {
				all += rows[i+n].height()
				n++
			}
		}
		least := rows[i].height() + float64(min(n-1, 2))*legendRow // of a group that is broken
		if used+all > height && (all <= height || used+least > height) && !next() {
			return nil
		}
		for k, r := range rows[i : i+n] {
			if used+r.height() > height {
				if !next() {
					return nil
				}
				if k > 0 {
					put(row{title: rows[i].title + "（续）"})
				}
			}
			put(r)
		}
		i += n
	}
	return out
}

func (r row) height() float64 {
	if r.class == nil {
		return legendTitle
	}
	return legendRow
}

// legend fills a box with the classes that occur, as large as they fit. What has
// no room even at the smallest size is counted in a last line.
func (d *draft) legend(ctx context.Context, b orb.Bound) error {
	rows := d.rows()
	if len(rows) == 0 {
		return nil
	}
	widest := d.legendWidth(rows)
	size, set := d.unit*1.25, [][]row(nil)
	room := func() int { return max(1, int((wide(b)/size+legendColumn)/(widest+legendColumn))) }
	for ; size > d.unit*legendLeast; size *= 0.97 {
		if set = columns(rows, high(b)/size, room()); set != nil {
			break
		}
	}
	if set == nil {
		fits := len(rows)
		for fits > 1 && columns(rows[:fits], high(b)/size-legendRow, room()) == nil {
			fits--
		}
		set = columns(rows[:fits], high(b)/size-legendRow, room())
		d.Text(render.Text{
			Text: fmt.Sprintf("另有 %d 类未列出", len(rows)-fits), Size: legendText * size, Anchor: "bottom-left", Colour: grey, At: orb.Point{b.Min[0], b.Max[1]},
		})
		rows = rows[:fits]
	}
	for even := high(b) / size; len(set) > 1; even -= legendRow / 2 { // no column much longer than another
		better := columns(rows, even, len(set))
		if better == nil {
			break
		}
		set = better
	}
	step := (widest + legendColumn) * size
	if spare := wide(b) - step*float64(len(set)) + legendColumn*size; len(set) > 1 && spare > 0 {
		step += spare / float64(len(set))
	}
	for i, column := range set {
		y := b.Min[1]
		for _, r := range column {
			x := b.Min[0] + float64(i)*step
			if r.class == nil {
				d.Text(render.Text{Text: r.title, Size: legendText * size, Bold: 0.03, Anchor: "left", Colour: black, At: orb.Point{x, y + legendTitle*size*0.55}})
				y += legendTitle * size
				continue
			}
			if err := d.sample(ctx, r.class, orb.Point{x, y + (legendRow-sampleHigh)/2*size}, size); err != nil {
				return err
			}
			label := render.Text{Text: r.label, Size: legendText * size, Anchor: "left", Colour: black, At: orb.Point{x + (sampleWide+1.6)*size, y + legendRow/2*size}}
			d.fitted(label, math.Min(b.Max[0], x+step-legendColumn*size/2)-label.At[0])
			y += legendRow * size
		}
	}
	return nil
}

// legendWidth is the width of a column that most lines have room in, in units of
// the layout: a few long names are broken.
func (d *draft) legendWidth(rows []row) float64 {
	var widths []float64
	for _, r := range rows {
		text, before := r.title, 0.
		if r.class != nil {
			text, before = r.label, sampleWide+1.6
		}
		w, _ := d.TextSize(render.Text{Text: text, Size: legendText})
		widths = append(widths, before+w)
	}
	slices.Sort(widths)
	return math.Max(widths[len(widths)*85/100], widths[len(widths)-1]*0.66)
}

// fitted writes a text that may be no wider, smaller or in two lines.
func (d *draft) fitted(t render.Text, room float64) {
	if w, _ := d.TextSize(t); w > room {
		if t.Size *= math.Max(0.84, room/w); w*0.84 > room {
			t.Size *= 0.92
			t.Width, t.Leading, t.Justify = room, 1.02, "left"
			if w, _ := d.TextSize(t); w > room*1.02 {
				t.Size *= room / w
			}
		}
	}
	d.Text(t)
}

// sample draws a feature of a class as the map does, at its scale.
func (d *draft) sample(ctx context.Context, c *class, at orb.Point, size float64) error {
	w, h := sampleWide*size, sampleHigh*size
	if c.kind == "Point" {
		at[1] -= (legendRow - sampleHigh) / 2 * size
		h = legendRow * size
	}
	f, err := render.PaperFrame(d.System, d.Centre, w, h, d.Denominator, d.DPI)
	if err != nil {
		return err
	}
	err = d.Map(ctx, render.Map{
		Name: fmt.Sprintf("legend/%s/%.0f,%.0f", c.label, at[0], at[1]), Style: c.sample, Source: sampleSource{c, f.Extent, d.Denominator / 1000 * d.unit}, Frame: f, X: at[0], Y: at[1],
	})
	if c.kind == "Polygon" { // pale ones need an edge
		d.Line(render.Pen{Width: 0.07 * size, Colour: grey, Closed: true}, corners(inset(box(at[0], at[1], at[0]+w, at[1]+h), 0.1*size)))
	}
	return err
}

// sampleSource has one feature, as large as its frame.
type sampleSource struct {
	*class
	extent orb.Bound
	mm     float64 // metres to a unit of the layout
}

// Features implements [render.Source].
func (s sampleSource) Features(_ context.Context, q render.Query, take func(*render.Feature) error) error {
	if q.SourceLayer != s.layer {
		return nil
	}
	f := &render.Feature{ID: 1, System: q.System}
	e := s.extent
	middle := e.Center()
	switch s.kind {
	case "Point":
		f.Geometry = middle
	case "LineString":
		f.Geometry = orb.LineString{{e.Min[0] - s.mm, middle[1]}, {e.Max[0] + s.mm, middle[1]}}
	default:
		b := e.Pad(-0.2 * s.mm)
		f.Geometry = b.ToPolygon()
	}
	for _, name := range q.Fields {
		v := s.Properties[name]
		if several, ok := v.([]any); ok {
			v = nil
			if len(several) > 0 {
				v = several[0]
			}
		}
		f.Values = append(f.Values, v)
	}
	return take(f)
}
