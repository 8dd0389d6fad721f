package sheets

import (
	"math"

	"github.com/paulmach/orb"

	"onemap/styles/render"
)

// step is the least of some steps that is so long on paper.
func (s *Sheet) step(steps []float64, metres, least float64) float64 {
	for _, one := range steps {
		if one*metres/s.Denominator*1000 >= least {
			return one
		}
	}
	return steps[len(steps)-1]
}

// kilometres is how far the lines of the grid are from each other, in metres.
func (d *draft) kilometres() float64 {
	return d.step([]float64{10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000}, 1, 19*d.unit)
}

// The lengths of a minute of arc in metres, about: of a meridian, and of a parallel
// in the south of China. They only choose a step.
const (
	minuteNorth = 1850.
	minuteEast  = 1700.
)

// seconds is how far labelled meridians and parallels are from each other, in
// seconds of arc, and how long a minute of the frame is.
func (d *draft) seconds() (labelled, fine float64) {
	steps := []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000}
	labelled = d.step(steps, minuteEast/60, 52*d.unit)
	fine = d.step(steps, minuteEast/60, 9*d.unit)
	for math.Mod(labelled, fine) != 0 {
		fine = d.step(steps, minuteEast/60, (fine+1)*minuteEast/60/d.Denominator*1000)
	}
	return labelled, fine
}

// grid draws the lines of the plane and the crosses of the graticule.
func (d *draft) grid() {
	south := d.corner[1] - high(d.frame)*d.Denominator/1000
	east := d.corner[0] + wide(d.frame)*d.Denominator/1000
	if d.Grid.Kilometres {
		pen := render.Pen{Width: 0.11 * d.unit, Colour: onGrid}
		step := d.kilometres()
		var lines [][]orb.Point
		for x := math.Ceil(d.corner[0]/step) * step; x <= east; x += step {
			at := d.place(orb.Point{x, 0})[0]
			lines = append(lines, []orb.Point{{at, d.frame.Min[1]}, {at, d.frame.Max[1]}})
		}
		for y := math.Ceil(south/step) * step; y <= d.corner[1]; y += step {
			at := d.place(orb.Point{0, y})[1]
			lines = append(lines, []orb.Point{{d.frame.Min[0], at}, {d.frame.Max[0], at}})
		}
		if len(lines) > 0 {
			d.Line(pen, lines...)
		}
	}
	if d.Grid.Graticule {
		d.crosses()
	}
}

// crosses marks where labelled meridians and parallels meet.
func (d *draft) crosses() {
	step, _ := d.seconds()
	step /= 3600
	var b orb.Bound
	for i, corner := range []orb.Point{d.frame.Min, d.frame.Max, {d.frame.Min[0], d.frame.Max[1]}, {d.frame.Max[0], d.frame.Min[1]}} {
		p, err := d.degrees(d.ground(corner))
		if err != nil {
			return
		}
		if i == 0 {
			b = p.Bound()
		}
		b = b.Extend(p)
	}
	arm := 2.2 * d.unit * d.Denominator / 1000 / 60 / 3600 * 60 // degrees, about
	var lines [][]orb.Point
	for lon := math.Ceil(b.Min[0]/step) * step; lon <= b.Max[0]; lon += step {
		for lat := math.Ceil(b.Min[1]/step) * step; lat <= b.Max[1]; lat += step {
			for _, dir := range []orb.Point{{arm / minuteEast * 60, 0}, {0, arm / minuteNorth * 60}} {
				p, ok := d.onPage(orb.Point{lon - dir[0], lat - dir[1]})
				q, also := d.onPage(orb.Point{lon + dir[0], lat + dir[1]})
				if ok && also {
					lines = append(lines, []orb.Point{p, q})
				}
			}
		}
	}
	if len(lines) > 0 {
		d.Line(render.Pen{Width: 0.5 * d.unit, Colour: render.Colour{R: 1, G: 1, B: 1, A: 0.8}}, lines...)
		d.Line(render.Pen{Width: 0.18 * d.unit, Colour: black}, lines...)
	}
}

// side is one side of the frame, on which coordinates are marked.
type side struct {
	from, to orb.Point // on the page: of the map's corner, left to right or bottom to top
	out      orb.Point // a millimetre outward
	across   bool      // top or bottom
}

func (d *draft) sides() [4]side {
	f := d.frame
	sw, se, nw, ne := orb.Point{f.Min[0], f.Max[1]}, f.Max, f.Min, orb.Point{f.Max[0], f.Min[1]}
	return [4]side{
		{nw, ne, orb.Point{0, -1}, true},
		{sw, se, orb.Point{0, 1}, true},
		{sw, nw, orb.Point{-1, 0}, false},
		{se, ne, orb.Point{1, 0}, false},
	}
}

// at is a place on the side, t from 0 to 1, and so far outward.
func (s side) at(t, out float64) orb.Point {
	return orb.Point{
		s.from[0] + (s.to[0]-s.from[0])*t + s.out[0]*out, s.from[1] + (s.to[1]-s.from[1])*t + s.out[1]*out,
	}
}

func (s side) length() float64 { return math.Hypot(s.to[0]-s.from[0], s.to[1]-s.from[1]) }

// degreesAt is the longitude, of top and bottom, or the latitude at a part of a side.
func (d *draft) degreesAt(s side, t float64) float64 {
	p, err := d.degrees(d.ground(s.at(t, 0)))
	if err != nil {
		return math.NaN()
	}
	if s.across {
		return p[0]
	}
	return p[1]
}

// crossing is where on a side, beyond its ends too, a meridian or parallel comes out.
func (d *draft) crossing(s side, value float64) float64 {
	low, high := -0.2, 1.2
	for range 50 {
		middle := (low + high) / 2
		if d.degreesAt(s, middle) < value {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
