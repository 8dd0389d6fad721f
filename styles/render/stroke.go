package render

import "math"

// shortestDash is the pixels of a pattern that can still be seen; a shorter one is no gap at all.
const shortestDash = 0.25

// dashed cuts lines into dashes. Dashes are counted from a line's beginning, so
// that neighbouring tiles agree; those outside the room are left out.
func dashed(lines [][]point, closed bool, pattern []float64, room rect) [][]point {
	total := 0.
	for _, d := range pattern {
		total += d
	}
	if total < shortestDash {
		return lines
	}
	if len(pattern)%2 == 1 {
		pattern = append(append([]float64{}, pattern...), pattern...)
		total *= 2
	}
	var out [][]point
	for _, line := range lines {
		if closed && len(line) > 0 {
			line = append(append([]point{}, line...), line[0])
		}
		out = dashLine(out, line, pattern, total, room)
	}
	return out
}

func dashLine(out [][]point, line []point, pattern []float64, total float64, room rect) [][]point {
	i, left := 0, pattern[0]
	var dash []point
	for k := 1; k < len(line); k++ {
		a, b := line[k-1], line[k]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		if !room.meets(nowhere.with(a).with(b).grown(1)) { // far away: only count
			dash = nil
			rest := math.Mod(length, total)
			for rest > 0 {
				step := min(rest, left)
				rest -= step
				if left -= step; left <= 0 {
					i = (i + 1) % len(pattern)
					left = pattern[i]
				}
			}
			continue
		}
		for done := 0.; done < length; {
			step := min(length-done, left)
			at := func(d float64) point { return point{a.x + (b.x-a.x)*d/length, a.y + (b.y-a.y)*d/length} }
			if i%2 == 0 {
				if dash == nil {
					dash = []point{at(done)}
				}
				dash = append(dash, at(done+step))
			}
			done += step
			if left -= step; left <= 1e-9 {
				if dash != nil {
					out = append(out, dash)
					dash = nil
				}
				i = (i + 1) % len(pattern)
				left = pattern[i]
				if left <= 0 { // a dash or a gap of no length
					i = (i + 1) % len(pattern)
					left = max(pattern[i], 1e-3)
				}
			}
		}
	}
	if len(dash) > 1 {
		out = append(out, dash)
	}
	return out
}

// shifted is a line moved to its right, by pixels.
func shifted(line []point, by float64, closed bool) []point {
	if by == 0 || len(line) < 2 {
		return line
	}
	out := make([]point, len(line))
	for i, p := range line {
		before, after := i-1, i+1
		if closed {
			before, after = (i+len(line)-1)%len(line), (i+1)%len(line)
		}
		var nx, ny, n float64
		if before >= 0 {
			x, y := normal(line[before], p)
			nx, ny, n = nx+x, ny+y, n+1
		}
		if after < len(line) {
			x, y := normal(p, line[after])
			nx, ny, n = nx+x, ny+y, n+1
		}
		length := math.Hypot(nx, ny)
		if length < 1e-9 {
			out[i] = p
			continue
		}
		scale := by / length * min(n/length, 2) // the corner of two shifted lines, at most twice as far
		out[i] = point{p.x + nx*scale, p.y + ny*scale}
	}
	return out
}

// normal is the unit vector to the right of a segment, as one goes along it on the picture.
func normal(a, b point) (x, y float64) {
	dx, dy := b.x-a.x, b.y-a.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return 0, 0
	}
	return -dy / length, dx / length
}

// outline adds the pieces of a stroke to a cover: convex, all turned the same way,
// side by side but for the inner side of bends, so that their covers add up.
func (s *stroke) outline(line []point, c *cover) {
	half := s.width / 2
	n := len(line)
	if n == 1 || (n == 2 && line[0] == line[1]) {
		if s.cap != "butt" {
			s.dot(line[0], c)
		}
		return
	}
	segments := n - 1
	if s.closed {
		if line[0] == line[n-1] {
			n, segments = n-1, n-1
		} else {
			segments = n
		}
	}
	for i := range segments {
		a, b := line[i], line[(i+1)%n]
		nx, ny := normal(a, b)
		if nx == 0 && ny == 0 {
			continue
		}
		if s.cap == "square" && !s.closed {
			if i == 0 {
				a = point{a.x - ny*half, a.y + nx*half}
			}
			if i == segments-1 {
				b = point{b.x + ny*half, b.y - nx*half}
			}
		}
		x, y := nx*half, ny*half
		c.ring(point{a.x - x, a.y - y}, point{b.x - x, b.y - y}, point{b.x + x, b.y + y}, point{a.x + x, a.y + y})
		if i+1 < segments || s.closed {
			s.corner(b, nx, ny, line[(i+2)%n], c)
		}
	}
	if s.cap == "round" && !s.closed {
		nx, ny := normal(line[0], line[1])
		s.fan(line[0], math.Atan2(ny, nx), math.Pi, c)
		nx, ny = normal(line[n-2], line[n-1])
		s.fan(line[n-1], math.Atan2(-ny, -nx), math.Pi, c)
	}
}

// corner fills the outer side of a bend at b.
func (s *stroke) corner(b point, nx, ny float64, next point, c *cover) {
	mx, my := normal(b, next)
	if mx == 0 && my == 0 {
		return
	}
	cross, dot := nx*my-ny*mx, nx*mx+ny*my
	if math.Abs(cross) < 1e-6 && dot > 0 {
		return
	}
	half := s.width / 2
	if half < 0.4 { // nobody sees the corner of a line thinner than a pixel
		return
	}
	side := half
	if cross > 0 { // a turn to the right: the outer side is the left one
		side = -half
	}
	p, q := point{b.x + nx*side, b.y + ny*side}, point{b.x + mx*side, b.y + my*side}
	if cross <= 0 {
		p, q = q, p
	}
	switch {
	case s.join == "round":
		from := math.Atan2(p.y-b.y, p.x-b.x)
		turn := math.Atan2(q.y-b.y, q.x-b.x) - from
		if turn < 0 {
			turn += 2 * math.Pi
		}
		s.fan(b, from, turn, c)
	case s.join == "miter" && 2/(1+dot) <= s.miterLimit*s.miterLimit:
		tip := point{b.x + (nx+mx)*side/(1+dot), b.y + (ny+my)*side/(1+dot)}
		c.ring(b, p, tip, q)
	default:
		c.ring(b, p, q)
	}
}

// fan is a sector of the round pen about c.
func (s *stroke) fan(at point, from, turn float64, c *cover) {
	half := s.width / 2
	steps := int(math.Ceil(math.Abs(turn)/(2*math.Acos(1-min(0.1/half, 0.5))))) + 1
	pie := make([]point, 0, steps+2)
	pie = append(pie, at)
	for i := range steps + 1 {
		sin, cos := math.Sincos(from + turn*float64(i)/float64(steps))
		pie = append(pie, point{at.x + half*cos, at.y + half*sin})
	}
	c.ring(pie...)
}

func (s *stroke) dot(at point, c *cover) {
	half := s.width / 2
	if s.cap == "round" {
		c.ring(disc(at, half)...)
		return
	}
	c.ring(point{at.x - half, at.y - half}, point{at.x + half, at.y - half}, point{at.x + half, at.y + half}, point{at.x - half, at.y + half})
}

// disc is a circle as a ring, clockwise as one sees it.
func disc(c point, radius float64) []point {
	steps := max(8, int(math.Ceil(math.Pi/math.Acos(1-min(0.05/max(radius, 0.1), 0.5)))))
	ring := make([]point, steps)
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(steps))
		ring[i] = point{c.x + radius*cos, c.y + radius*sin}
	}
	return ring
}
