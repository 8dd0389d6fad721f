package orders

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/products/sheets"
	"onemap/spatial/crs"
	"onemap/styles/render"
)

// Plan is an order whose sheets are known, and not yet drawn.
type Plan struct {
	desk    *Desk
	request Request
	sheets  []*sheets.Sheet
	units   []sheets.Unit // of a series
	title   string        // likewise
	index   *sheets.Sheet
}

// Count is how many pages there will be.
func (p *Plan) Count() int {
	if p.index != nil {
		return len(p.sheets) + 1
	}
	return len(p.sheets)
}

// all are the sheets, the index of a series first.
func (p *Plan) all() []*sheets.Sheet {
	if p.index != nil {
		return append([]*sheets.Sheet{p.index}, p.sheets...)
	}
	return p.sheets
}

// Page is a page of a plan.
type Page struct {
	Title       string
	Index       bool // of the series
	Denominator float64
	System      crs.System
	sheets.Measures
}

// Pages tells of each page where its map lies.
func (p *Plan) Pages() ([]Page, error) {
	all := p.all()
	pages := make([]Page, len(all))
	for i, s := range all {
		measures, err := s.Measure()
		if err != nil {
			return nil, err
		}
		pages[i] = Page{s.Title, s == p.index, s.Denominator, s.System, measures}
	}
	return pages, nil
}

// Preview draws one page, 0 the first, as a PNG of so many dpi: the page that
// [Plan.Write] would write. A page that there is not is an error of
// [sheets.ErrInvalid].
func (p *Plan) Preview(ctx context.Context, w io.Writer, page int, dpi float64) error {
	all := p.all()
	if page < 0 || page >= len(all) {
		return wrong("page", "没有第 %d 页，共 %d 页", "there is no page %d of %d", page+1, len(all))
	}
	one := *all[page]
	one.DPI, one.Rough = dpi, true
	return p.desk.Studio.Write(ctx, w, render.PNG, &one)
}

// Title is the title of the sheet or the series.
func (p *Plan) Title() string {
	if p.index != nil {
		return p.title
	}
	return p.sheets[0].Title
}

// Extension is the ending of the file's name.
func (p *Plan) Extension() string { return p.request.Extension() }

// Plan opens what is asked for, for the context's principal, and finds the sheets.
// What can't be drawn is refused here, as far as it can be known.
func (d *Desk) Plan(ctx context.Context, catalogue *layers.Catalogue, r Request) (*Plan, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	c, err := d.content(ctx, catalogue, &r)
	if err != nil {
		return nil, err
	}
	locator, city, err := d.locator(ctx, catalogue)
	if err != nil {
		return nil, err
	}
	common, err := d.words(&r, c, city)
	if err != nil {
		return nil, err
	}
	if err := d.shade(ctx, &common, c); err != nil {
		return nil, err
	}
	common.Locator = locator
	p := &Plan{desk: d, request: r}
	if r.Series != nil {
		if err := p.series(ctx, catalogue, common, c, city); err != nil {
			return nil, err
		}
	} else if err := p.single(ctx, catalogue, common, c, city); err != nil {
		return nil, err
	}
	for _, s := range p.sheets {
		if err := s.Check(); err != nil {
			return nil, err
		}
		if c.Coarsest > 0 && s.Denominator > c.Coarsest*1.0001 {
			return nil, wrong("scale", "1:%.0f 小于产品的最小比例尺 1:%.0f，图上将没有内容；请用更大的纸、更大的比例尺，或给出 division",
				"1:%.0f is smaller than the product's smallest scale 1:%.0f, and would show nothing; take larger paper, a larger scale or a division", s.Denominator, c.Coarsest)
		}
	}
	return p, nil
}

// single plans one sheet: of a division, about a centre, of a box, or of all that
// the layers have.
func (p *Plan) single(ctx context.Context, catalogue *layers.Catalogue, s sheets.Sheet, c Content, city string) error {
	r := &p.request
	p.sheets = []*sheets.Sheet{&s}
	switch {
	case r.Centre != nil:
		return fitPoint(&s, r, orb.Point{r.Centre[0], r.Centre[1]})
	case r.Division != "":
		one, err := p.desk.division(ctx, catalogue, r.Division)
		if err != nil {
			return err
		}
		s.Focus = one.shape
		if r.Title == "" {
			s.Title, s.TitleEN = one.name+strings.TrimPrefix(s.Title, city), "" // 云城区土地利用图, not 云城区云浮市土地利用图
		}
		return fit(&s, r, one.shape)
	}
	b, err := boundsOf(r, s, c)
	if err != nil {
		return err
	}
	return fit(&s, r, b.ToPolygon())
}

// boundsOf is the box of a request, else that of the city, else that of the layers.
func boundsOf(r *Request, s sheets.Sheet, c Content) (orb.Bound, error) {
	switch {
	case r.BBox != nil:
		return orb.Bound{Min: orb.Point{r.BBox[0], r.BBox[1]}, Max: orb.Point{r.BBox[2], r.BBox[3]}}, nil
	case s.Locator != nil:
		return s.Locator.Outline.Bound(), nil
	}
	var b orb.Bound
	found := false
	for _, l := range c.Layers {
		if v := l.Published.Bounds; len(v) == 4 {
			one := orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}
			if found {
				one = one.Union(b)
			}
			b, found = one, true
		}
	}
	if !found {
		return b, wrong("bbox", "图层没有要素，须给出范围 bbox", "must be given: the layers have no features")
	}
	return b.Pad(1e-4), nil
}

// system is the one that is asked for, else that of the zone of a place.
func system(r *Request, at orb.Point) (crs.System, error) {
	if r.CRS == "" {
		return sheets.SystemFor(at[0])
	}
	s, err := crs.Parse(r.CRS)
	if err != nil {
		return s, wrong("crs", "坐标系 %.40q 不可用；如 EPSG:4546、EPSG:4547", "%.40q is no system of a sheet; as EPSG:4546, EPSG:4547", r.CRS)
	}
	return s, nil
}

func fitPoint(s *sheets.Sheet, r *Request, at orb.Point) error {
	var err error
	if s.System, err = system(r, at); err != nil {
		return err
	}
	s.Denominator, s.Landscape = r.Scale, r.Orientation != "portrait"
	projector, err := crs.NewProjector(s.System)
	if err != nil {
		return err
	}
	if s.Centre, err = projector.Point(at); err != nil {
		return wrong("centre", "中心 %v 不在 %v 的投影范围内", "%v is out of reach of %v", at, s.System)
	}
	return nil
}

// fit puts a shape in EPSG:4490 into the middle of a sheet, at the scale that is
// asked for or at the largest usual one at which it has room.
func fit(s *sheets.Sheet, r *Request, shape orb.Geometry) error {
	var err error
	if s.System, err = system(r, shape.Bound().Center()); err != nil {
		return err
	}
	extent, err := extentIn(s.System, shape)
	if err != nil {
		return err
	}
	s.Centre = extent.Center()
	s.Landscape = r.Orientation == "landscape" || r.Orientation == "" && s.Better(extent)
	s.Denominator = r.Scale
	if s.Denominator == 0 {
		s.Denominator = s.FitScale(extent)
	}
	return nil
}

// extentIn is the box of a shape in EPSG:4490 in another system.
func extentIn(system crs.System, shape orb.Geometry) (orb.Bound, error) {
	projector, err := crs.NewProjector(system)
	if err != nil {
		return orb.Bound{}, err
	}
	projected, err := projector.Project(shape)
	if err != nil {
		return orb.Bound{}, wrong("crs", "范围不在 %v 的投影范围内", "the extent is out of reach of %v", system)
	}
	return projected.Bound(), nil
}

// series plans the sheets of a series and its index.
func (p *Plan) series(ctx context.Context, catalogue *layers.Catalogue, common sheets.Sheet, c Content, city string) error {
	var err error
	if p.request.Series.By == "grid" {
		err = p.overGrid(ctx, catalogue, common, c)
	} else {
		err = p.overDivisions(ctx, catalogue, common, city)
	}
	if err != nil {
		return err
	}
	for i, s := range p.sheets {
		s.Number = fmt.Sprintf("第 %d 幅　共 %d 幅", i+1, len(p.sheets))
		p.units[i].Number, p.units[i].Denominator = i+1, s.Denominator
	}
	index := sheets.Index(common, p.units)
	index.Title, index.TitleEN = common.Title+"图幅索引", ""
	var all orb.Collection
	for _, u := range p.units {
		all = append(all, u.Shape.Bound().ToPolygon())
	}
	whole := p.request
	whole.Scale, whole.Grid, whole.Orientation = 0, "graticule", ""
	index.Grid, index.Without.Legend = sheets.Grid{Graticule: common.Grid.Graticule}, false
	index.Document = []byte(`{"version":8,"sources":{},"layers":[{"id":"background","type":"background","paint":{"background-color":"#ffffff"}}]}`)
	if err := fit(index, &whole, all.Bound().ToPolygon()); err != nil {
		return err
	}
	p.index, p.title = index, common.Title
	return nil
}

func (p *Plan) overDivisions(ctx context.Context, catalogue *layers.Catalogue, common sheets.Sheet, city string) error {
	r := &p.request
	below, title := "", strings.TrimPrefix(common.Title, city)
	if r.Series.Within != "" {
		within, err := p.desk.division(ctx, catalogue, r.Series.Within)
		if err != nil {
			return err
		}
		_, below, _ = level(within.code)
		title = strings.TrimPrefix(title, within.name) // the sheets have the names of their parts
	}
	if strings.HasSuffix(title, "图集") {
		title = strings.TrimSuffix(title, "集")
	}
	l, err := catalogue.Open(ctx, "division_"+r.Series.By)
	if err != nil {
		return err
	}
	all, err := p.desk.divisions(ctx, l, below, 0, MostSheets+1)
	if err != nil {
		return err
	}
	if err := countOf(len(all)); err != nil {
		return err
	}
	beside, err := p.desk.neighbours(ctx, l, all)
	if err != nil {
		return err
	}
	for _, one := range all {
		s := common
		s.Focus, s.Title, s.TitleEN = one.shape, one.name+title, ""
		s.Neighbours = append([]sheets.Neighbour{}, beside[one.code]...)
		if err := fit(&s, r, one.shape); err != nil {
			return err
		}
		p.sheets = append(p.sheets, &s)
		p.units = append(p.units, sheets.Unit{Name: one.name, Shape: one.shape})
	}
	return nil
}

func countOf(n int) error {
	switch {
	case n == 0:
		return wrong("series", "范围内没有图幅", "there is no sheet in it")
	case n > MostSheets:
		return wrong("series", "图幅超过 %d 幅；请缩小范围或比例尺", "has more than %d sheets; take a smaller part or scale", MostSheets)
	}
	return nil
}
