package quality

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// outline is the city's border, in strips from south to north, so that a
// border of many points costs no more than one of few.
type outline struct {
	bound  orb.Bound
	strips [][]segment
	height float64 // of a strip, degrees
	grid   []cell  // gridSide × gridSide
	metres float64 // how far outside is still inside
}

type segment struct{ a, b orb.Point }

// cell says how a part of the bound lies.
type cell byte

const (
	atBorder cell = iota
	inside
	outsideCity
)

const (
	strips   = 512
	gridSide = 256
)

// newOutline reads the border from WKB, polygons in EPSG:4490 degrees.
func newOutline(encoded []byte, metres float64) (*outline, error) {
	g, err := wkb.Unmarshal(encoded)
	if err != nil {
		return nil, fmt.Errorf("quality: the city's outline: %w", err)
	}
	o := &outline{bound: g.Bound(), metres: metres, strips: make([][]segment, strips)}
	o.height = (o.bound.Max[1] - o.bound.Min[1]) / strips
	if !(o.height > 0) {
		return nil, fmt.Errorf("quality: the city's outline is empty")
	}
	eachRing(g, func(ring orb.Ring, _ bool) {
		for i := 1; i < len(ring); i++ {
			s := segment{ring[i-1], ring[i]}
			for j := o.strip(min(s.a[1], s.b[1])); j <= o.strip(max(s.a[1], s.b[1])); j++ {
				o.strips[j] = append(o.strips[j], s)
			}
		}
	})
	o.paint()
	return o, nil
}

func (o *outline) strip(lat float64) int {
	return min(strips-1, max(0, int((lat-o.bound.Min[1])/o.height)))
}

// paint finds the cells that the border doesn't come near.
func (o *outline) paint() {
	o.grid = make([]cell, gridSide*gridSide)
	w, h := (o.bound.Max[0]-o.bound.Min[0])/gridSide, (o.bound.Max[1]-o.bound.Min[1])/gridSide
	near := make([]bool, gridSide*gridSide)
	for _, all := range o.strips {
		for _, s := range all {
			steps := 1 + int(2*math.Max(math.Abs(s.b[0]-s.a[0])/w, math.Abs(s.b[1]-s.a[1])/h))
			for i := 0; i <= steps; i++ {
				f := float64(i) / float64(steps)
				x, y := int((s.a[0]+f*(s.b[0]-s.a[0])-o.bound.Min[0])/w), int((s.a[1]+f*(s.b[1]-s.a[1])-o.bound.Min[1])/h)
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						if cx, cy := x+dx, y+dy; cx >= 0 && cy >= 0 && cx < gridSide && cy < gridSide {
							near[cy*gridSide+cx] = true
						}
					}
				}
			}
		}
	}
	for i := range o.grid {
		if near[i] {
			continue
		}
		centre := orb.Point{o.bound.Min[0] + (float64(i%gridSide)+0.5)*w, o.bound.Min[1] + (float64(i/gridSide)+0.5)*h}
		o.grid[i] = outsideCity
		if o.covers(centre) {
			o.grid[i] = inside
		}
	}
}

// covers tells whether a point is inside the border.
func (o *outline) covers(p orb.Point) bool {
	if !o.bound.Contains(p) {
		return false
	}
	in := false
	for _, s := range o.strips[o.strip(p[1])] {
		if (s.a[1] > p[1]) != (s.b[1] > p[1]) && p[0] < s.a[0]+(p[1]-s.a[1])/(s.b[1]-s.a[1])*(s.b[0]-s.a[0]) {
			in = !in
		}
	}
	return in
}

// has tells whether a point is inside, or outside by no more than the tolerance.
func (o *outline) has(p orb.Point) bool {
	if o.bound.Contains(p) {
		if x, y := o.cell(p); o.grid[y*gridSide+x] == inside || o.covers(p) {
			return true
		}
	}
	reach := o.metres / (axis * radian) // degrees of latitude
	scale := math.Cos(p[1] * radian)
	for j := o.strip(p[1] - reach); j <= o.strip(p[1]+reach); j++ {
		for _, s := range o.strips[j] {
			if distance2(p, s, scale) <= reach*reach {
				return true
			}
		}
	}
	return false
}

// holds tells whether a geometry is plainly inside: the border comes near no cell
// that its box touches. false says nothing. Most geometries are small, so a look at
// a few cells spares one at each point.
func (o *outline) holds(g orb.Geometry) bool {
	const most = 16 // cells
	box := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	everyPoint(g, func(p orb.Point) bool {
		box.Min[0], box.Min[1] = min(box.Min[0], p[0]), min(box.Min[1], p[1])
		box.Max[0], box.Max[1] = max(box.Max[0], p[0]), max(box.Max[1], p[1])
		return true
	})
	if !o.bound.Contains(box.Min) || !o.bound.Contains(box.Max) {
		return false
	}
	west, south := o.cell(box.Min)
	east, north := o.cell(box.Max)
	if (east-west+1)*(north-south+1) > most {
		return false
	}
	for y := south; y <= north; y++ {
		for x := west; x <= east; x++ {
			if o.grid[y*gridSide+x] != inside {
				return false
			}
		}
	}
	return true
}

// cell is the column and row of the cell that a point of the bound lies in.
func (o *outline) cell(p orb.Point) (x, y int) {
	x = min(gridSide-1, int((p[0]-o.bound.Min[0])/(o.bound.Max[0]-o.bound.Min[0])*gridSide))
	y = min(gridSide-1, int((p[1]-o.bound.Min[1])/(o.bound.Max[1]-o.bound.Min[1])*gridSide))
	return x, y
}

// distance2 is the square of a point's distance from a segment, in degrees of latitude.
func distance2(p orb.Point, s segment, scale float64) float64 {
	ax, ay := (s.a[0]-p[0])*scale, s.a[1]-p[1]
	dx, dy := (s.b[0]-s.a[0])*scale, s.b[1]-s.a[1]
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = min(1, max(0, -(ax*dx+ay*dy)/length))
	}
	x, y := ax+t*dx, ay+t*dy
	return x*x + y*y
}
