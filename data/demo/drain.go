package demo

import (
	"fmt"
	"sort"

	"github.com/paulmach/orb"
)

// drain lets rain run over a coarse honeycomb and draws the largest streams.
// Water leaves into the main rivers and over the border (priority flood): each
// cell drains to the neighbour from which the flood reached it, so every stream
// runs downhill into another stream, a main river, or out of the city.
func (c *city) drain(m *mesh, elevation []float32) {
	order, down := flood(m, elevation, c.rivers)
	rain := make([]int32, m.size())
	for i := len(order) - 1; i >= 0; i-- {
		atom := order[i]
		rain[atom]++
		if d := down[atom]; d != noAtom {
			rain[d] += rain[atom]
		}
	}
	used := map[int32]confluence{}
	for _, head := range c.heads(order, down, rain) {
		if len(c.rivers) >= len(c.settings.Rivers)+c.scale.Streams {
			break
		}
		c.drawStream(m, head, down, rain, used)
	}
}

// flood returns the cells in the order in which they drain, lowest first, and
// the cell each drains to; noAtom where water leaves or meets a main river.
func flood(m *mesh, elevation []float32, rivers []*river) (order, down []int32) {
	down = make([]int32, m.size())
	seen := make([]bool, m.size())
	var heap frontier
	enter := func(atom int32, cost float32) {
		if !seen[atom] {
			seen[atom], down[atom] = true, noAtom
			heap.push(growth{cost, atom, 0})
		}
	}
	for _, r := range rivers {
		m.walk(r.line, func(atom int32) { enter(atom, 0) })
	}
	for atom := range int32(m.size()) {
		for k := range 6 {
			if m.neighbour(atom, k) == noAtom {
				enter(atom, elevation[atom]+25) // rather into a river than over the border
			}
		}
	}
	for len(heap) > 0 {
		g := heap.pop()
		order = append(order, g.atom)
		for k := range 6 {
			if n := m.neighbour(g.atom, k); n != noAtom && !seen[n] {
				seen[n], down[n] = true, g.atom
				heap.push(growth{max(g.cost, elevation[n]) + 0.01, n, 0})
			}
		}
	}
	return order, down
}

// heads returns the sources of streams, those of the longest first.
func (c *city) heads(order, down, rain []int32) []int32 {
	const enough = 14 // cells of rain that make a stream
	steps := make([]int32, len(down))
	fed := make([]bool, len(down))
	for _, atom := range order {
		if d := down[atom]; d != noAtom {
			steps[atom] = steps[d] + 1
			if rain[atom] >= enough {
				fed[d] = true
			}
		}
	}
	var heads []int32
	for atom := range down {
		if rain[atom] >= enough && !fed[atom] {
			heads = append(heads, int32(atom))
		}
	}
	sort.Slice(heads, func(i, j int) bool {
		if steps[heads[i]] != steps[heads[j]] {
			return steps[heads[i]] > steps[heads[j]]
		}
		return heads[i] < heads[j]
	})
	return heads
}

// confluence is a vertex of a stream within a drainage cell, which others can join.
type confluence struct {
	of    *river
	point orb.Point
}

// drawStream follows the water from a head to the first river, stream or border.
func (c *city) drawStream(m *mesh, head int32, down, rain []int32, used map[int32]confluence) {
	made := &river{id: fmt.Sprintf("S%03d", len(c.rivers)-len(c.settings.Rivers)+1), level: 4}
	var points []orb.Point
	var path []int32
	at := head
	for ; at != noAtom && used[at].of == nil; at = down[at] {
		path = append(path, at)
		points = append(points, m.bed(at))
	}
	last := path[len(path)-1]
	if at != noAtom {
		made.into = used[at].of
		points = append(points, used[at].point)
	} else {
		for _, r := range c.rivers[:len(c.settings.Rivers)] {
			if v, d := nearestVertex(r.line, m.centre(last)); d < 1.5*m.spacing() {
				points[len(points)-1], made.into = v, r
				break
			}
		}
	}
	if len(points) < 5 {
		return
	}
	if flow := rain[last]; flow > 250 {
		made.level = 3
	}
	made.width = 8 + 2*float64(min(rain[last], 400))/20
	made.line = curve(points, 110, 60, hash(c.seed, 41, uint64(head)))
	for i, atom := range path {
		used[atom] = confluence{made, points[i]}
	}
	c.rivers = append(c.rivers, made)
}

// bed is the point of a drainage cell through which its streams run.
func (m *mesh) bed(atom int32) orb.Point {
	p := m.centre(atom)
	h := hash(m.seed, 77, uint64(atom))
	return millimetres(orb.Point{p[0] + m.edge*0.8*(fraction(h)-0.5), p[1] + m.edge*0.8*(fraction(mix(h))-0.5)})
}
