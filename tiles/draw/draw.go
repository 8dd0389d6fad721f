package draw

import (
	"fmt"
	"math"
	"slices"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
	"onemap/tiles/wkb"
)

// Method names the way tiles are drawn; it changes with their bytes, so that what
// was kept of another way is not taken for this one's.
const Method = "1"

// Field is an attribute that a layer's features carry.
type Field struct {
	Name string
	// Value reads what the store gives of it, never NULL; "" is no value.
	Value func(stored []byte) mvt.Value
}

// Layer says what is drawn.
type Layer struct {
	Name   string
	Fields []Field

	Label     string  // name of the layer of label points, "" for none; of polygons only
	LabelArea float64 // least area in the tile, in square units, that is worth one
}

// Drawer draws one tile after another; it keeps its memory from one to the next.
// Its zero value is ready for Begin. It is not safe for use by several goroutines at once.
type Drawer struct {
	layer  Layer
	frame  Frame
	words  *mvt.Dictionary
	keys   []uint32
	known  []map[string]uint32 // by field: the number of what the store gave
	shapes *mvt.Layer
	labels *mvt.Layer

	reader     wkb.Reader
	simplifier simplifier
	clipper    clipper
	prover     coverage.Prover
	attributes []mvt.Attribute
	points     []coverage.Point
	ends       []int // of each part in points
	outer      []int // numbers of parts that are outer rings
	parts      [][]coverage.Point
	fine       [][]coverage.Point
	finePoints []coverage.Point
	tile       []byte
}

// Begin begins a tile.
func (d *Drawer) Begin(l Layer, f Frame) {
	if d.words == nil {
		d.words = mvt.NewDictionary()
		d.shapes, d.labels = mvt.NewLayer("", d.words), mvt.NewLayer("", d.words)
	}
	d.layer, d.frame = l, f
	d.words.Reset()
	d.shapes.Rename(l.Name)
	d.labels.Rename(l.Label)
	d.keys = d.keys[:0]
	for i, field := range l.Fields {
		d.keys = append(d.keys, d.words.Key(field.Name))
		if i < len(d.known) {
			clear(d.known[i])
		} else {
			d.known = append(d.known, map[string]uint32{})
		}
	}
}

// Add draws a feature: its shape as well-known binary, and its fields as the store
// gives them, nil for NULL. What doesn't reach into the tile, or has closed to nothing in its
// units, is left out. A shape that is none is an error of package wkb.
func (d *Drawer) Add(id uint64, shape []byte, stored [][]byte) error {
	s, err := d.reader.Read(shape)
	if err != nil {
		return fmt.Errorf("draw: feature %d: %w", id, err)
	}
	of := d.frame.local(s.Points)
	if len(s.Points) > 0 && !plane.holds(of) {
		return fmt.Errorf("draw: feature %d: %w: at %g, %g to %g, %g of the tile", id, wkb.ErrMalformed, of.minX, of.minY, of.maxX, of.maxY)
	}
	if !of.meets(reach) {
		return nil
	}
	d.points, d.ends, d.outer, d.parts = d.points[:0], d.ends[:0], d.outer[:0], d.parts[:0]
	switch s.Kind {
	case wkb.Points:
		if d.places(s); len(d.points) > 0 {
			d.shapes.Points(id, d.attributesOf(stored), d.points)
		}
	case wkb.Lines:
		if d.lines(s, of); len(d.parts) > 0 {
			d.shapes.Lines(id, d.attributesOf(stored), d.parts)
		}
	case wkb.Polygons:
		if rings := d.polygons(s, of); len(rings) > 0 {
			d.shapes.Polygons(id, d.attributesOf(stored), rings)
			d.name(id, s, of)
		}
	}
	return nil
}

// Count is the number of features that were drawn.
func (d *Drawer) Count() int { return d.shapes.Count() }

// Tile returns the tile, which is valid until the next one begins.
func (d *Drawer) Tile() []byte {
	d.tile = d.labels.AppendTo(d.shapes.AppendTo(d.tile[:0]))
	return d.tile
}

func (d *Drawer) attributesOf(stored [][]byte) []mvt.Attribute {
	d.attributes = d.attributes[:0]
	for i, b := range stored {
		if b == nil {
			continue
		}
		n, ok := d.known[i][string(b)]
		if !ok {
			v := d.layer.Fields[i].Value(b)
			if v == "" {
				continue
			}
			n = d.words.Value(v)
			d.known[i][string(b)] = n
		}
		d.attributes = append(d.attributes, mvt.Attribute{Key: d.keys[i], Value: n})
	}
	return d.attributes
}

// places rounds the points that lie in the tile or its buffer.
func (d *Drawer) places(s *wkb.Shape) {
	for _, p := range s.Points {
		if reach.holds(box{p.X, p.Y, p.X, p.Y}) {
			if at := round(p); len(d.points) == 0 || d.points[len(d.points)-1] != at {
				d.points = append(d.points, at)
			}
		}
	}
}

func (d *Drawer) lines(s *wkb.Shape, of box) {
	whole := reach.holds(of)
	for i := range s.Ends {
		line := s.Part(i)
		if d.frame.Tolerance > 0 {
			line = d.simplifier.line(line, d.frame.Tolerance, 2)
		}
		if whole {
			d.line(line)
			continue
		}
		for _, piece := range d.clipper.line(line, reach) {
			d.line(piece)
		}
	}
	d.parts = d.cut(d.parts)
}

// line rounds a line; one of less than a unit is left out.
func (d *Drawer) line(line []wkb.Point) {
	begin := len(d.points)
	for _, p := range line {
		if at := round(p); len(d.points) == begin || d.points[len(d.points)-1] != at {
			d.points = append(d.points, at)
		}
	}
	if len(d.points)-begin < 2 {
		d.points = d.points[:begin]
		return
	}
	d.ends = append(d.ends, len(d.points))
}

// cut appends the parts that were collected, one behind the other.
func (d *Drawer) cut(parts [][]coverage.Point) [][]coverage.Point {
	begin := 0
	for _, end := range d.ends {
		parts = append(parts, d.points[begin:end:end])
		begin = end
	}
	return parts
}

// polygons returns the rings that are drawn of polygons: valid, each outer one with a
// positive area and followed by its holes.
func (d *Drawer) polygons(s *wkb.Shape, of box) [][]coverage.Point {
	whole := reach.holds(of)
	for i, first := range s.Outer {
		next := len(s.Ends)
		if i+1 < len(s.Outer) {
			next = s.Outer[i+1]
		}
		number := len(d.ends)
		// Where simplifying makes it vanish, it is drawn as it is.
		if !d.ring(s.Part(first), whole, d.frame.Tolerance) && (d.frame.Tolerance == 0 || !d.ring(s.Part(first), whole, 0)) {
			continue
		}
		d.outer = append(d.outer, number)
		for hole := first + 1; hole < next; hole++ {
			d.ring(s.Part(hole), whole, d.frame.Tolerance)
		}
	}
	d.parts = d.cut(d.parts)
	if len(d.parts) == 0 {
		return nil
	}
	if !d.prover.Valid(d.parts, d.outer) {
		return enclosed(d.parts)
	}
	outer := d.outer
	for i, ring := range d.parts {
		isOuter := len(outer) > 0 && outer[0] == i
		if isOuter {
			outer = outer[1:]
		}
		if isOuter != (coverage.DoubleArea(ring) > 0) {
			slices.Reverse(ring)
		}
	}
	return d.parts
}

// mostPairs bounds the time that one feature may take in one tile, to some tenths of a second.
const mostPairs = 10_000_000

// enclosed makes valid polygons of what rings enclose. Rings with so many sides that
// cross one another that it would take too long, as no border on a map has, lose every second point first.
func enclosed(rings [][]coverage.Point) [][]coverage.Point {
	for {
		if made, ok := coverage.EvenOdd(rings, mostPairs); ok {
			return made
		}
		for i, r := range rings {
			half := r[:0]
			for k := 0; k < len(r); k += 2 {
				half = append(half, r[k])
			}
			rings[i] = half
		}
	}
}

// ring simplifies, cuts and rounds a ring, and reports whether anything is left of it.
func (d *Drawer) ring(ring []wkb.Point, whole bool, tolerance float64) bool {
	if tolerance > 0 {
		ring = d.simplifier.line(ring, tolerance, 4)
	}
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		ring = ring[:n-1]
	}
	if !whole {
		of := boxOf(ring)
		if !of.meets(reach) {
			return false
		}
		if !reach.holds(of) {
			ring = d.clipper.ring(ring, of, reach)
		}
	}
	begin := len(d.points)
	if d.points = appendRing(d.points, ring); len(d.points) == begin {
		return false
	}
	d.ends = append(d.ends, len(d.points))
	return true
}

func boxOf(points []wkb.Point) box {
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		b.minX, b.maxX = min(b.minX, p.X), max(b.maxX, p.X)
		b.minY, b.maxY = min(b.minY, p.Y), max(b.maxY, p.Y)
	}
	return b
}

// visible is the tile without its buffer.
var visible = box{0, 0, mvt.Extent, mvt.Extent}

// name writes the feature's label point if it is large enough and the point lies
// in the tile. It is found of the whole feature, so all tiles of a zoom find the same, and
// so does a pyramid.
func (d *Drawer) name(id uint64, s *wkb.Shape, of box) {
	if d.layer.Label == "" || !of.meets(visible) || (of.maxX-of.minX)*(of.maxY-of.minY) < d.layer.LabelArea || area(s) < d.layer.LabelArea {
		return
	}
	d.finePoints, d.fine = d.finePoints[:0], d.fine[:0]
	for _, p := range s.Points {
		d.finePoints = append(d.finePoints, d.frame.finest(p))
	}
	begin, outer := 0, s.Outer
	for i, end := range s.Ends {
		ring := d.finePoints[begin:end:end]
		begin = end
		isOuter := len(outer) > 0 && outer[0] == i
		if isOuter {
			outer = outer[1:]
		}
		if isOuter != (coverage.DoubleArea(ring) > 0) {
			slices.Reverse(ring)
		}
		d.fine = append(d.fine, ring)
	}
	at, ok := coverage.Inside(d.fine)
	if !ok {
		return
	}
	if p := d.frame.ofFinest(at); p.X >= 0 && p.Y >= 0 && p.X < mvt.Extent && p.Y < mvt.Extent {
		d.points = append(d.points[:0], p)
		d.labels.Points(id, d.attributes, d.points)
	}
}

// area is that of polygons, in square units of the tile.
func area(s *wkb.Shape) float64 {
	sum, outer := 0.0, s.Outer
	for i := range s.Ends {
		ring := s.Part(i)
		twice := 0.0
		for k := 1; k+1 < len(ring); k++ {
			twice += (ring[k].X-ring[0].X)*(ring[k+1].Y-ring[0].Y) - (ring[k].Y-ring[0].Y)*(ring[k+1].X-ring[0].X)
		}
		if len(outer) > 0 && outer[0] == i {
			outer, sum = outer[1:], sum+math.Abs(twice)/2
		} else {
			sum -= math.Abs(twice) / 2
		}
	}
	return sum
}
