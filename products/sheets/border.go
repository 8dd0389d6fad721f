package sheets

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"onemap/styles/render"
)

// border draws the inner line, the labels of the grid and of the graticule, the
// minutes and the outer line.
func (d *draft) border() {
	k := d.unit
	hair := render.Pen{Width: 0.14 * k, Colour: black, Closed: true}
	d.Line(hair, corners(d.frame))
	d.Line(render.Pen{Width: thick * k, Colour: black, Closed: true}, corners(inset(d.outer, thick*k/2)))
	inner := inset(d.frame, -(rowGrid+rowDegrees)*k)
	if d.Grid.Graticule {
		d.Line(hair, corners(inner), corners(inset(inner, -ladder*k)))
		d.minutes(inner)
		d.degreeLabels()
	}
	if d.Grid.Kilometres {
		d.gridLabels()
	}
}

func corners(b orb.Bound) []orb.Point {
	return []orb.Point{b.Min, {b.Max[0], b.Min[1]}, b.Max, {b.Min[0], b.Max[1]}}
}

// minutes fills every other step of the ladder, where the meridians and parallels
// come out of the map.
func (d *draft) minutes(inner orb.Bound) {
	_, fine := d.seconds()
	fine /= 3600
	k := d.unit
	for _, s := range d.sides() {
		beyond := (rowGrid + rowDegrees) * k / s.length() // the ladder is longer than the map
		low, high := d.degreesAt(s, -beyond), d.degreesAt(s, 1+beyond)
		if math.IsNaN(low) || math.IsNaN(high) {
			continue
		}
		for i := math.Floor(low / fine); i*fine < high; i++ {
			from, to := d.crossing(s, i*fine), d.crossing(s, (i+1)*fine)
			from, to = math.Max(from, -beyond), math.Min(to, 1+beyond)
			if from >= to {
				continue
			}
			near, far := (rowGrid+rowDegrees)*k, (rowGrid+rowDegrees+ladder)*k
			if int64(i)%2 == 0 {
				d.Area(render.Ink{Colour: black}, []orb.Point{s.at(from, near), s.at(to, near), s.at(to, far), s.at(from, far)})
			}
		}
	}
}

// degreeLabels writes meridians and parallels beside the ladder.
func (d *draft) degreeLabels() {
	step, _ := d.seconds()
	k := d.unit
	for _, s := range d.sides() {
		low, high := d.degreesAt(s, 0), d.degreesAt(s, 1)
		if math.IsNaN(low) || math.IsNaN(high) {
			continue
		}
		for i := math.Ceil(low * 3600 / step); i*step < high*3600; i++ {
			t := d.crossing(s, i*step/3600)
			angle := 0.
			if !s.across {
				angle = -90
			}
			d.Line(render.Pen{Width: 0.14 * k, Colour: black}, []orb.Point{s.at(t, (rowGrid+rowDegrees)*k), s.at(t, (rowGrid+rowDegrees-0.5)*k)})
			label := render.Text{Text: degreesText(i*step/3600, step < 60), Size: 2.05 * k, Colour: black, Angle: angle, At: s.at(t, (rowGrid+rowDegrees/2+0.05)*k)}
			if w, _ := d.TextSize(label); t*s.length() < w/2-2*k || (1-t)*s.length() < w/2-2*k {
				continue
			}
			d.Text(label)
		}
	}
}

// gridLabels writes the kilometres of the grid's lines: the last two figures large,
// those before small, and these only on the first and the last line and where they change.
func (d *draft) gridLabels() {
	step := d.kilometres()
	for _, s := range d.sides() {
		from, to := d.ground(s.from), d.ground(s.to)
		axis := 1
		if s.across {
			axis = 0
		}
		low, high := from[axis], to[axis]
		first := math.Ceil(low/step) * step
		last := math.Floor(high/step) * step
		for v, before := first, -1.; v <= last+step/2; v += step {
			lead, main := d.kilometreText(v, s.across, step)
			hundred := math.Floor(v / 100_000)
			if v != first && math.Abs(v-last) > step/2 && hundred == before {
				lead = ""
			}
			before = hundred
			d.gridLabel(s, (v-low)/(high-low), lead, main)
		}
	}
}

// kilometreText is a coordinate in kilometres: its leading and its last two figures.
// Eastings have the zone's number in front, as on the national maps.
func (d *draft) kilometreText(v float64, easting bool, step float64) (lead, main string) {
	metres := int64(math.Round(v))
	if easting && !d.zone.numbered {
		metres += int64(d.zone.number) * 1_000_000
	}
	km := metres / 1000
	main = fmt.Sprintf("%02d", km%100)
	if step < 1000 {
		main += fmt.Sprintf(".%d", metres%1000/100)
		if step < 100 {
			main += fmt.Sprint(metres % 100 / 10)
		}
	}
	return fmt.Sprint(km / 100), main
}

func (d *draft) gridLabel(s side, t float64, lead, main string) {
	k := d.unit
	small := render.Text{Text: lead, Size: 1.75 * k, Anchor: "left", Colour: black}
	large := render.Text{Text: main, Size: 2.7 * k, Anchor: "left", Colour: black}
	w1, _ := d.TextSize(small)
	w2, _ := d.TextSize(large)
	all := w1 + w2
	at := s.at(t, rowGrid/2*k)
	if s.across {
		if edge := t * s.length(); edge < all/2-1.5*k || s.length()-edge < all/2-1.5*k {
			return
		}
	}
	small.At, large.At = orb.Point{at[0] - all/2, at[1] - 0.45*k}, orb.Point{at[0] - all/2 + w1, at[1]}
	if lead != "" {
		d.Text(small)
	}
	d.Text(large)
}
