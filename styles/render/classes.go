package render

import (
	"maps"
	"slices"
)

// Class is a kind of features of a source-layer, as a line of a legend has it.
type Class struct {
	Source      string
	SourceLayer string
	Border      bool           // of areas whose border alone counts: one that holds the whole frame doesn't occur
	Properties  map[string]any // what its features have; a list stands for any of its values. Without any all are meant

	// Occurs says, once a map was put on a paper, that one of the features was drawn,
	// by more than its name, and reaches into the frame.
	Occurs bool
}

// awaited is a class of which no feature was seen yet.
type awaited struct {
	*Class
	from []int // where a feature's values have the properties, in the order of their names
}

// met tells whether a feature is one of the class and reaches into the frame.
func (a awaited) met(f *Feature, s shape, frame Frame) bool {
	for i, name := range slices.Sorted(maps.Keys(a.Properties)) {
		if a.from[i] >= len(f.Values) || !hasValue(a.Properties[name], f.Values[a.from[i]]) {
			return false
		}
	}
	w, h := frame.size()
	if a.Border {
		s.kind = "LineString" // rings are lines but for their last edge
	}
	if !s.reaches(rect{0, 0, w, h}) {
		return false
	}
	a.Occurs = true
	return true
}

// hasValue tells whether a value is the wanted one, or one of those wanted.
func hasValue(wanted, value any) bool {
	if several, ok := wanted.([]any); ok {
		return slices.ContainsFunc(several, func(one any) bool { return one == value })
	}
	return wanted == value
}

// reaches tells whether any of a shape lies in a box.
func (s shape) reaches(b rect) bool {
	middle := point{(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2}
	turns := 0 // of the rings round the middle
	for _, part := range s.parts {
		if !boxOfLine(part).grown(1e-9).meets(b) {
			continue
		}
		for i, p := range part {
			if b.x0 <= p.x && p.x <= b.x1 && b.y0 <= p.y && p.y <= b.y1 {
				return true
			}
			if i == 0 && s.kind != "Polygon" {
				continue
			}
			q := part[(i+len(part)-1)%len(part)]
			if b.crossedBy(q, p) {
				return true
			}
			if (q.y <= middle.y) != (p.y <= middle.y) && q.x+(middle.y-q.y)/(p.y-q.y)*(p.x-q.x) > middle.x {
				turns++
			}
		}
	}
	return s.kind == "Polygon" && turns%2 == 1 // it has no edge in the box, and holds it
}

// crossedBy tells whether a line from p to q goes through the box.
func (b rect) crossedBy(p, q point) bool {
	from, to := 0., 1.
	cut := func(start, step, low, high float64) bool {
		if step == 0 {
			return low <= start && start <= high
		}
		t0, t1 := (low-start)/step, (high-start)/step
		from, to = max(from, min(t0, t1)), min(to, max(t0, t1))
		return from <= to
	}
	return cut(p.x, q.x-p.x, b.x0, b.x1) && cut(p.y, q.y-p.y, b.y0, b.y1)
}
