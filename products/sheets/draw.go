package sheets

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
)

// The colours of what is round the map.
var (
	black  = render.Colour{A: 1}
	white  = render.Colour{R: 1, G: 1, B: 1, A: 1}
	grey   = render.Colour{R: 0.35, G: 0.35, B: 0.35, A: 1}
	focus  = render.Colour{R: 0.62, G: 0.12, B: 0.35, A: 1}
	onGrid = render.Colour{R: 0.12, G: 0.2, B: 0.32, A: 0.55}
	pale   = render.Colour{R: 0.93, G: 0.94, B: 0.95, A: 1}
)

// Studio composes sheets. Many goroutines may use it at once.
type Studio struct{ renderer *render.Renderer }

// NewStudio composes with a renderer.
func NewStudio(r *render.Renderer) *Studio { return &Studio{r} }

// Write writes one sheet as PDF, PNG or SVG. Its errors are those of
// [Sheet.Check] and of [render.Renderer.Draw].
func (t *Studio) Write(ctx context.Context, w io.Writer, format render.Format, s *Sheet) error {
	paper, err := t.Compose(ctx, s)
	if err != nil {
		return err
	}
	if format != render.PDF {
		return paper.Write(ctx, w, format)
	}
	var whole bytes.Buffer // nothing is written of one that fails
	book := t.renderer.NewBook(&whole, s.Title)
	if err := book.Add(paper, ""); err != nil {
		return err
	}
	if err := book.Close(); err != nil {
		return err
	}
	_, err = whole.WriteTo(w)
	return err
}

// draft is a sheet on its paper.
type draft struct {
	*Sheet
	layout
	*render.Paper
	zone      zone
	projector *crs.Projector   // from EPSG:4490
	undo      *crs.Transformer // to it
	style     *render.Style
	classes   []class
	corner    orb.Point // of the map in the system: west and north
}

// Compose puts a sheet on a page.
func (t *Studio) Compose(ctx context.Context, s *Sheet) (*render.Paper, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	d := &draft{Sheet: s, layout: s.layout()}
	var err error
	if d.zone, err = zoneOf(s.System); err != nil {
		return nil, err
	}
	if d.projector, err = crs.NewProjector(s.System); err != nil {
		return nil, err
	}
	if d.undo, err = crs.NewTransformer(s.System); err != nil {
		return nil, err
	}
	if d.Locator != nil && d.showsAll(d.Locator.Outline) {
		whole := *s
		whole.Locator = nil
		d.Sheet = &whole
	}
	if d.style, err = render.ParseStyle(s.Document); err != nil {
		return nil, err
	}
	if d.classes, err = classesOf(s.Document, s.Layers); err != nil {
		return nil, err
	}
	w, h := s.size()
	if d.Paper, err = t.renderer.NewPaper(w, h, s.DPI); err != nil {
		return nil, err
	}
	if err := d.drawMap(ctx); err != nil {
		return nil, err
	}
	d.watermark()
	d.border()
	d.heading()
	d.notes()
	if err := d.fillPanel(ctx); err != nil {
		return nil, err
	}
	return d.Paper, d.Err()
}

// drawMap puts the map into its frame, the focus and the grid beneath its names.
func (d *draft) drawMap(ctx context.Context) error {
	f, err := render.PaperFrame(d.System, d.Centre, wide(d.frame), high(d.frame), d.Denominator, d.DPI)
	if err != nil {
		return err
	}
	d.corner = orb.Point{f.Extent.Min[0], f.Extent.Max[1]}
	if _, err := d.degrees(d.Centre); err != nil {
		return invalid("centre", "中心 %.0f, %.0f 不在 %v 的投影范围内", "%.0f, %.0f is out of reach of %v", d.Centre[0], d.Centre[1], d.System)
	}
	var awaited []*render.Class
	for i := range d.classes {
		awaited = append(awaited, &d.classes[i].Class)
	}
	err = d.Map(ctx, render.Map{
		Name: "map", Style: d.style, Source: d.Source, Frame: f, X: d.frame.Min[0], Y: d.frame.Min[1], Classes: awaited,
		Beneath: func() {
			d.Within(d.frame, func() {
				d.focus()
				d.drawUnits()
				d.grid()
			})
		},
	})
	return err
}

// showsAll tells whether a shape in EPSG:4490 lies within the map: then there is
// no need to say where the map is.
func (d *draft) showsAll(g orb.Geometry) bool {
	if g == nil {
		return true
	}
	w, h := wide(d.frame)*d.Denominator/1000, high(d.frame)*d.Denominator/1000
	frame := orb.Bound{Min: orb.Point{d.Centre[0] - w/2, d.Centre[1] - h/2}, Max: orb.Point{d.Centre[0] + w/2, d.Centre[1] + h/2}}
	inside := true
	for _, ring := range rings(g, func(at orb.Point) (orb.Point, bool) {
		p, err := d.projector.Point(at)
		return p, err == nil
	}) {
		for _, p := range ring {
			inside = inside && frame.Contains(p)
		}
	}
	return inside
}

// place is where a position of the system lies on the page.
func (d *draft) place(p orb.Point) orb.Point {
	scale := 1000 / d.Denominator
	return orb.Point{d.frame.Min[0] + (p[0]-d.corner[0])*scale, d.frame.Min[1] + (d.corner[1]-p[1])*scale}
}

// ground is the position of the system at a place of the page.
func (d *draft) ground(p orb.Point) orb.Point {
	scale := d.Denominator / 1000
	return orb.Point{d.corner[0] + (p[0]-d.frame.Min[0])*scale, d.corner[1] - (p[1]-d.frame.Min[1])*scale}
}

// degrees is a position of the system in EPSG:4490.
func (d *draft) degrees(p orb.Point) (orb.Point, error) {
	g, err := d.undo.Transform(p)
	if err != nil {
		return orb.Point{}, err
	}
	return g.(orb.Point), nil
}

// rings brings polygons of EPSG:4490 to the page, shells clockwise as one sees
// them and holes the other way. What can't be projected is left out.
func rings(g orb.Geometry, project func(orb.Point) (orb.Point, bool)) (out [][]orb.Point) {
	polygon := func(p orb.Polygon) {
		for i, r := range p {
			line := make([]orb.Point, 0, len(r))
			for _, at := range r {
				if q, ok := project(at); ok {
					line = append(line, q)
				}
			}
			if len(line) > 1 && line[0] == line[len(line)-1] {
				line = line[:len(line)-1]
			}
			if len(line) < 3 {
				continue
			}
			if (turned(line) < 0) != (i > 0) {
				for a, b := 0, len(line)-1; a < b; a, b = a+1, b-1 {
					line[a], line[b] = line[b], line[a]
				}
			}
			out = append(out, line)
		}
	}
	switch g := g.(type) {
	case orb.Polygon:
		polygon(g)
	case orb.MultiPolygon:
		for _, p := range g {
			polygon(p)
		}
	}
	return out
}

// turned is above 0 for a ring that goes clockwise as one sees it on a page.
func turned(ring []orb.Point) (twice float64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		twice += p[0]*q[1] - q[0]*p[1]
	}
	return twice
}

func (d *draft) onPage(at orb.Point) (orb.Point, bool) {
	p, err := d.projector.Point(at)
	if err != nil {
		return p, false
	}
	return d.place(p), true
}

// focus fades what is outside of what the sheet is about, and draws its border.
func (d *draft) focus() {
	if d.Focus == nil {
		return
	}
	inside := rings(d.Focus, d.onPage)
	if len(inside) == 0 {
		return
	}
	if !d.Plain {
		f := inset(d.frame, -1)
		around := [][]orb.Point{{f.Min, {f.Max[0], f.Min[1]}, f.Max, {f.Min[0], f.Max[1]}}}
		for _, ring := range inside { // the other way round: what was a shell is a hole now
			back := make([]orb.Point, len(ring))
			for i, p := range ring {
				back[len(ring)-1-i] = p
			}
			around = append(around, back)
		}
		d.Area(render.Ink{Colour: render.Colour{R: 1, G: 1, B: 1, A: 0.6}}, around...)
	}
	band := focus
	band.A = 0.22
	d.Line(render.Pen{Width: 2 * d.unit, Colour: band, Closed: true, Join: "round"}, inside...)
	d.Line(render.Pen{Width: 0.45 * d.unit, Colour: focus, Closed: true, Join: "round"}, inside...)
}

// heading writes what stands over the map.
func (d *draft) heading() {
	k, w := d.unit, 0.
	w, _ = d.size()
	middle := w / 2
	if d.Without.Title {
		d.marks(d.margin + 4*k)
		return
	}
	title := render.Text{Text: d.Title, Size: 8.4 * k, Spacing: 0.18, Bold: 0.03, Colour: black, At: orb.Point{middle, d.margin + 6.2*k}}
	room := w - 2*d.margin - 2*46*k
	if wide, _ := d.TextSize(title); wide > room {
		title.Size *= math.Max(0.45, room/wide)
		if wide, _ := d.TextSize(title); wide > room {
			title.Width, title.Leading = room, 1.1
		}
	}
	_, tall := d.Text(title)
	if d.TitleEN != "" && tall < 12*k {
		en := render.Text{Text: d.TitleEN, Size: 2.7 * k, Colour: grey, Spacing: 0.04, At: orb.Point{middle, d.margin + 13.4*k}}
		if wide, _ := d.TextSize(en); wide > room+60*k {
			en.Size *= (room + 60*k) / wide
		}
		d.Text(en)
	}
	d.marks(d.margin + 9*k)
}

// marks writes the number of the sheet and its secrecy above its right corner,
// the lower of them at a height.
func (d *draft) marks(height float64) {
	k := d.unit
	w, _ := d.size()
	right := orb.Point{w - d.margin, height}
	for _, line := range []string{d.Number, d.Secrecy} {
		if line != "" {
			d.Text(render.Text{Text: line, Size: 3.3 * k, Anchor: "right", Colour: black, At: right})
			right[1] -= 5 * k
		}
	}
}

// degreesText writes degrees, minutes and, where they count, seconds.
func degreesText(v float64, seconds bool) string {
	total := int(math.Round(v * 3600))
	if !seconds {
		return fmt.Sprintf("%d°%02d′", total/3600, total/60%60)
	}
	return fmt.Sprintf("%d°%02d′%02d″", total/3600, total/60%60, total%60)
}

// NewBook begins a PDF of sheets with a title.
func (t *Studio) NewBook(w io.Writer, title string) *render.Book {
	return t.renderer.NewBook(w, title)
}
