package coverage

// Line is the course of one line of a map made by [Segments.AddLine]: in several
// pieces where it branches or was cut.
type Line struct {
	Number int32
	Pieces [][]Point
}

// Lines traces every line of the map, in the order of their numbers, in the
// direction they were given. A line that has shrunk to a point is left out. n is
// the number of lines.
func (m *Map) Lines(n int) []Line {
	t := tracer{m: m}
	t.sort(n)
	lines := make([]Line, 0, n)
	for i := range n {
		if halves := t.halves[t.start[i]:t.start[i+1]]; len(halves) > 0 {
			lines = append(lines, Line{int32(i), t.pieces(halves)})
		}
	}
	return lines
}

// pieces follows the halves of one line from end to end and from fork to fork.
func (t *tracer) pieces(halves []half) [][]Point {
	sortHalves(halves)
	in, out := map[int32]int{}, map[int32]int{}
	for _, h := range halves {
		out[h.from]++
		in[h.to]++
	}
	passes := func(p int32) bool { return in[p] == 1 && out[p] == 1 }
	var pieces [][]Point
	walk := func(h *half) {
		piece := []Point{t.m.points[h.from]}
		for h != nil {
			h.used = true
			piece = append(piece, t.m.points[h.to])
			if !passes(h.to) {
				break
			}
			h = t.follow(halves, h)
		}
		pieces = append(pieces, piece)
	}
	for i := range halves {
		if !halves[i].used && !passes(halves[i].from) {
			walk(&halves[i])
		}
	}
	for i := range halves { // closed ones
		if !halves[i].used {
			walk(&halves[i])
		}
	}
	return pieces
}
