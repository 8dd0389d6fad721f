package orders

import (
	"context"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"onemap/layers"
	"onemap/products/sheets"
	"onemap/spatial/crs"
)

// overGrid cuts a division, a box or all there is into sheets of one size, whose
// names are a letter for the row, from the north, and a number for the column.
func (p *Plan) overGrid(ctx context.Context, catalogue *layers.Catalogue, common sheets.Sheet, c Content) error {
	r := &p.request
	if r.Series.block() {
		return p.block(common)
	}
	var shape orb.Geometry
	if r.Series.Within != "" {
		within, err := p.desk.division(ctx, catalogue, r.Series.Within)
		if err != nil {
			return err
		}
		shape = within.shape
	} else {
		b, err := boundsOf(r, common, c)
		if err != nil {
			return err
		}
		if shape = b.ToPolygon(); r.BBox == nil && common.Locator != nil {
			shape = common.Locator.Outline
		}
	}
	var err error
	if common.System, err = system(r, shape.Bound().Center()); err != nil {
		return err
	}
	extent, err := extentIn(common.System, shape)
	if err != nil {
		return err
	}
	common.Denominator, common.Landscape = r.Scale, r.Orientation != "portrait"
	if err := p.cells(common, shape, extent); err != nil {
		return err
	}
	return countOf(len(p.sheets))
}

func (p *Plan) cells(common sheets.Sheet, shape orb.Geometry, extent orb.Bound) error {
	projector, err := crs.NewProjector(common.System)
	if err != nil {
		return err
	}
	ground, err := projector.Project(shape)
	if err != nil {
		return err
	}
	w, h := common.Ground()
	columns, rows := int(math.Ceil((extent.Max[0]-extent.Min[0])/w)), int(math.Ceil((extent.Max[1]-extent.Min[1])/h))
	if columns*rows > 20*MostSheets || columns > 999 || rows > 26*26 {
		return countOf(MostSheets + 1)
	}
	return p.lay(common, extent.Center(), columns, rows, func(cell orb.Bound) bool { return overlaps(ground, cell) })
}

// block plans so many columns and rows of sheets about a centre.
func (p *Plan) block(common sheets.Sheet) error {
	r := &p.request
	if err := fitPoint(&common, r, orb.Point{r.Centre[0], r.Centre[1]}); err != nil {
		return err
	}
	if err := countOf(r.Series.Columns * r.Series.Rows); err != nil {
		return err
	}
	return p.lay(common, common.Centre, r.Series.Columns, r.Series.Rows, func(orb.Bound) bool { return true })
}

// lay lays columns and rows of sheets about the middle, in metres of the system,
// and keeps some of them.
func (p *Plan) lay(common sheets.Sheet, middle orb.Point, columns, rows int, keep func(orb.Bound) bool) error {
	undo, err := crs.NewTransformer(common.System)
	if err != nil {
		return err
	}
	w, h := common.Ground()
	west, north := middle[0]-w*float64(columns)/2, middle[1]+h*float64(rows)/2
	at := map[[2]int]int{}
	for row := range rows {
		for column := range columns {
			cell := orb.Bound{
				Min: orb.Point{west + w*float64(column), north - h*float64(row+1)}, Max: orb.Point{west + w*float64(column+1), north - h*float64(row)},
			}
			if !keep(cell) {
				continue
			}
			s := common
			s.Centre = cell.Center()
			name := rowName(row) + fmt.Sprint(column+1)
			s.Title = common.Title + " " + name
			outline, err := undo.Transform(cell.ToPolygon())
			if err != nil {
				return err
			}
			at[[2]int{column, row}] = len(p.sheets)
			p.sheets = append(p.sheets, &s)
			p.units = append(p.units, sheets.Unit{Name: name, Shape: outline})
		}
	}
	p.beside(at)
	return nil
}

// beside tells sheets which others lie beside them, by the columns and rows of all.
func (p *Plan) beside(at map[[2]int]int) {
	steps := [8][2]int{{0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}}
	for place, i := range at {
		p.sheets[i].Neighbours = []sheets.Neighbour{}
		for direction, step := range steps {
			if k, ok := at[[2]int{place[0] + step[0], place[1] + step[1]}]; ok {
				p.sheets[i].Neighbours = append(p.sheets[i].Neighbours, sheets.Neighbour{Name: p.units[k].Name, Number: fmt.Sprint(k + 1), Direction: direction})
			}
		}
	}
}

func rowName(row int) string {
	if row < 26 {
		return string(rune('A' + row))
	}
	return string(rune('A'+row/26-1)) + string(rune('A'+row%26))
}

// overlaps tells whether polygons and a box have places in common.
func overlaps(g orb.Geometry, b orb.Bound) bool {
	several, ok := g.(orb.MultiPolygon)
	if one, is := g.(orb.Polygon); is {
		several, ok = orb.MultiPolygon{one}, true
	}
	if !ok {
		return g.Bound().Intersects(b)
	}
	const steps = 12 // places of the box that are tried, to a side
	for i := range steps {
		for k := range steps {
			at := orb.Point{
				b.Min[0] + (b.Max[0]-b.Min[0])*(float64(i)+0.5)/steps, b.Min[1] + (b.Max[1]-b.Min[1])*(float64(k)+0.5)/steps,
			}
			if planar.MultiPolygonContains(several, at) {
				return true
			}
		}
	}
	for _, p := range several { // a tip that lies between those places
		for _, ring := range p {
			for _, at := range ring {
				if b.Contains(at) {
					return true
				}
			}
		}
	}
	return false
}
