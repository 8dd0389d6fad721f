package sheets

import (
	"fmt"
	"math"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"onemap/styles/render"
)

// Unit is what a sheet of a series is about, as its index shows it.
type Unit struct {
	Number      int
	Name        string
	Denominator float64
	Shape       orb.Geometry // polygons in EPSG:4490
}

// Index is the index of a series: the units on a map, numbered, and a table of
// them. It takes words, paper, system and background from a sheet of the series,
// whose document and source draw what is behind the units.
func Index(of Sheet, units []Unit) *Sheet {
	of.Number, of.Neighbours, of.Focus, of.Locator = "", nil, nil, nil
	of.units = units
	return &of
}

// unitInks are the colours of units, so that most lie beside others.
var unitInks = []render.Colour{
	{R: 0.98, G: 0.91, B: 0.80, A: 0.85},
	{R: 0.86, G: 0.93, B: 0.83, A: 0.85},
	{R: 0.84, G: 0.90, B: 0.96, A: 0.85},
	{R: 0.96, G: 0.86, B: 0.87, A: 0.85},
	{R: 0.92, G: 0.88, B: 0.96, A: 0.85},
	{R: 0.97, G: 0.96, B: 0.80, A: 0.85},
}

// drawUnits draws the units of an index: areas, borders, then numbers and names,
// those that have room.
func (d *draft) drawUnits() {
	k := d.unit
	shapes := make([][][]orb.Point, len(d.units))
	for i, u := range d.units {
		shapes[i] = rings(u.Shape, d.onPage)
		d.Area(render.Ink{Colour: unitInks[i*5%len(unitInks)]}, shapes[i]...)
	}
	for i := range d.units {
		d.Line(render.Pen{Width: 0.3 * k, Colour: grey, Closed: true, Join: "round"}, shapes[i]...)
	}
	for i, u := range d.units {
		at, area := middleOf(shapes[i])
		if area == 0 {
			continue
		}
		side := math.Sqrt(area)
		number := render.Text{
			Text: strconv.Itoa(u.Number), Size: math.Max(2.2*k, math.Min(5*k, side*0.3)), Bold: 0.03, Colour: focus, Halo: white, HaloWidth: 0.5 * k,
			At: orb.Point{at[0], at[1] - 1.2*k},
		}
		name := render.Text{Text: u.Name, Size: math.Min(2.9*k, side*0.2), Colour: black, Halo: white, HaloWidth: 0.4 * k, Anchor: "top", At: orb.Point{at[0], at[1] + 0.9*k}}
		if name.Size < 1.5*k {
			number.At = at
			d.Text(number)
			continue
		}
		d.Text(number)
		d.Text(name)
	}
}

// middleOf is the middle of the largest ring, and its area in mm².
func middleOf(shape [][]orb.Point) (orb.Point, float64) {
	var best orb.Point
	most := 0.
	for _, line := range shape {
		ring := append(orb.Ring(line[:len(line):len(line)]), line[0])
		if at, area := planar.CentroidArea(ring); math.Abs(area) > most {
			best, most = at, math.Abs(area)
		}
	}
	return best, most
}

// table lists the units in columns.
func (d *draft) table(b orb.Bound) {
	k := d.unit
	const line, text = 4.1, 2.35
	size, columns, rows := k, 1, 1
	for ; ; size *= 0.95 {
		rows = max(1, int(high(b)/(line*size)))
		columns = (len(d.units) + rows - 1) / rows
		if float64(columns)*26*size <= wide(b) || size < 0.4*k {
			break
		}
	}
	step := wide(b) / float64(columns)
	for i, u := range d.units {
		x, y := b.Min[0]+float64(i/rows)*step, b.Min[1]+(float64(i%rows)+0.5)*line*size
		d.Text(render.Text{Text: fmt.Sprint(u.Number), Size: text * size, Anchor: "right", Colour: focus, At: orb.Point{x + 4.4*size, y}})
		name := render.Text{Text: u.Name, Size: text * size, Anchor: "left", Colour: black, At: orb.Point{x + 5.6*size, y}}
		scale := render.Text{Text: "1:" + groups(u.Denominator), Size: text * 0.88 * size, Anchor: "right", Colour: grey, At: orb.Point{x + step - 1.2*size, y}}
		room := step - 7*size
		sw, _ := d.TextSize(scale)
		nw, _ := d.TextSize(name)
		if u.Denominator > 0 && nw+sw+1.5*size <= room {
			d.Text(scale)
		} else if nw > room {
			name.Size *= room / nw
		}
		d.Text(name)
	}
}
