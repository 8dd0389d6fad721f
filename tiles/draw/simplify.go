package draw

import "onemap/tiles/wkb"

// simplifier leaves out points of lines and rings (Douglas and Peucker, 1973), as
// ST_Simplify does. What it keeps follows from the distances between the points alone, so all
// tiles of a zoom keep the same.
type simplifier struct {
	keep  []bool
	todo  [][2]int
	kept  []wkb.Point
	moved float64 // how far a point may be from what is drawn, squared
}

// line returns the points that a line needs, with its ends and at least so many
// where it has them. They are valid until the next call.
func (s *simplifier) line(points []wkb.Point, tolerance float64, least int) []wkb.Point {
	n := len(points)
	if n <= least {
		return points
	}
	s.moved = tolerance * tolerance
	if cap(s.keep) < n {
		s.keep = make([]bool, 2*n)
	}
	s.keep = s.keep[:n]
	clear(s.keep)
	s.keep[0], s.keep[n-1] = true, true
	count := 2
	s.todo = append(s.todo[:0], [2]int{0, n - 1})
	for len(s.todo) > 0 {
		from, to := s.todo[len(s.todo)-1][0], s.todo[len(s.todo)-1][1]
		s.todo = s.todo[:len(s.todo)-1]
		far, at := farthest(points, from, to)
		if at == from || far <= s.moved && count >= least {
			continue
		}
		s.keep[at] = true
		count++
		s.todo = append(s.todo, [2]int{at, to}, [2]int{from, at})
	}
	s.kept = s.kept[:0]
	for i, k := range s.keep {
		if k {
			s.kept = append(s.kept, points[i])
		}
	}
	return s.kept
}

// farthest finds the point between two that is farthest from the straight line
// between them, and how far squared; from itself where there is none off it.
func farthest(points []wkb.Point, from, to int) (far float64, at int) {
	a, b := points[from], points[to]
	dx, dy := b.X-a.X, b.Y-a.Y
	length := dx*dx + dy*dy
	at = from
	if length == 0 {
		for i := from + 1; i < to; i++ {
			x, y := points[i].X-a.X, points[i].Y-a.Y
			if d := x*x + y*y; d > far {
				far, at = d, i
			}
		}
		return far, at
	}
	// Distances are compared multiplied by the length.
	for i := from + 1; i < to; i++ {
		x, y := points[i].X-a.X, points[i].Y-a.Y
		var d float64
		switch along := x*dx + y*dy; {
		case along <= 0:
			d = (x*x + y*y) * length
		case along >= length:
			x, y = points[i].X-b.X, points[i].Y-b.Y
			d = (x*x + y*y) * length
		default:
			off := x*dy - y*dx
			d = off * off
		}
		if d > far {
			far, at = d, i
		}
	}
	return far / length, at
}
