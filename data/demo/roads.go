package demo

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/paulmach/orb"
)

// road is one road line between two junctions or ends.
type road struct {
	id, name string
	class    string // as in the dictionary road_class
	width    float64
	line     orb.LineString
	county   string
}

// roadClasses from the most to the least important.
var roadClasses = [...]struct {
	code, kind string
	width      float64
}{{"national", "国道", 24}, {"provincial", "省道", 18}, {"county", "县道", 9}, {"village", "村道", 5}}

// network is a set of road cells of a coarse honeycomb and the links between them.
type network struct {
	mesh *mesh
	cost []float32
	rank map[[2]int32]int // by pair of neighbours, low first: index into roadClasses
	node []bool           // by atom: on the network
	at   map[int32]orb.Point
}

// layRoads links the county seats, then the towns, then the covered villages,
// through valleys where it can, and adds lanes from villages to their hamlets.
func (c *city) layRoads() error {
	m := newMesh(hash(c.seed, 4), c.box, 600000, 0, c.inside())
	n := &network{mesh: m, cost: make([]float32, m.size()), rank: map[[2]int32]int{}, node: make([]bool, m.size()), at: map[int32]orb.Point{}}
	for i, h := range c.relief(m) {
		n.cost[i] = 1 + (h/250)*(h/250)
	}
	c.linkSeats(n)
	c.linkVillages(n)
	c.drawRoads(n)
	lines := make([]orb.LineString, 0, len(c.roads))
	for _, r := range c.roads {
		lines = append(lines, r.line)
	}
	c.toRoad = c.mesh.distances(lines)
	c.addLanes()
	return nil
}

// linkSeats joins all town seats by a shortest tree; links between county seats
// come first and are trunk roads.
func (c *city) linkSeats(n *network) {
	seat := func(u *unit) int32 {
		atom := n.mesh.freeAtom(u.seat, nil)
		if _, taken := n.at[atom]; !taken {
			n.at[atom] = millimetres(u.seat)
		}
		return atom
	}
	main := make([]*unit, len(c.counties))
	for i, county := range c.counties {
		main[i] = nearestSeat(county.children, county.seat)
	}
	for i, pair := range tree(main) {
		n.link(seat(pair[0]), seat(pair[1]), min(i%2, 1))
	}
	for i, pair := range tree(c.towns) {
		rank := 2
		if i%3 == 0 {
			rank = 1
		}
		n.link(seat(pair[0]), seat(pair[1]), rank)
	}
}

func nearestSeat(units []*unit, p orb.Point) *unit {
	best, bestDistance := units[0], math.Inf(1)
	for _, u := range units {
		if d := math.Hypot(u.seat[0]-p[0], u.seat[1]-p[1]); d < bestDistance {
			best, bestDistance = u, d
		}
	}
	return best
}

// tree returns the links of the shortest tree over the seats (Prim).
func tree(units []*unit) [][2]*unit {
	var links [][2]*unit
	joined := map[*unit]bool{units[0]: true}
	for len(joined) < len(units) {
		var pair [2]*unit
		shortest := math.Inf(1)
		for _, a := range units {
			if !joined[a] {
				continue
			}
			for _, b := range units {
				if d := math.Hypot(a.seat[0]-b.seat[0], a.seat[1]-b.seat[1]); !joined[b] && d < shortest {
					shortest, pair = d, [2]*unit{a, b}
				}
			}
		}
		joined[pair[1]] = true
		links = append(links, pair)
	}
	return links
}

// search returns for every atom the neighbour from which the nearest source is
// reached, sources pointing at themselves.
func (n *network) search(sources []int32) []int32 {
	from := make([]int32, n.mesh.size())
	far := make([]float32, n.mesh.size())
	for i := range from {
		from[i], far[i] = noAtom, math.MaxFloat32
	}
	var heap frontier
	for _, atom := range sources {
		from[atom], far[atom] = atom, 0
		heap.push(growth{0, atom, 0})
	}
	for len(heap) > 0 {
		g := heap.pop()
		if g.cost > far[g.atom] {
			continue
		}
		for k := range 6 {
			next := n.mesh.neighbour(g.atom, k)
			if next == noAtom {
				continue
			}
			cost := n.cost[next]
			if n.node[next] && n.node[g.atom] {
				cost *= 0.35 // rather along a road that is there
			}
			if g.cost+cost < far[next] {
				from[next], far[next] = g.atom, g.cost+cost
				heap.push(growth{far[next], next, 0})
			}
		}
	}
	return from
}

func (n *network) link(a, b int32, rank int) {
	n.follow(b, n.search([]int32{a}), rank)
}

// follow marks the way from an atom back to its source.
func (n *network) follow(atom int32, from []int32, rank int) {
	n.node[atom] = true
	for from[atom] != atom {
		next := from[atom]
		n.node[next] = true
		pair := [2]int32{min(atom, next), max(atom, next)}
		if old, known := n.rank[pair]; !known || rank < old {
			n.rank[pair] = rank
		}
		atom = next
	}
}

func (c *city) linkVillages(n *network) {
	var sources []int32
	for atom := range n.node {
		if n.node[atom] {
			sources = append(sources, int32(atom))
		}
	}
	from := n.search(sources)
	for _, v := range c.villages {
		if len(v.atoms) == 0 {
			continue
		}
		atom := n.mesh.freeAtom(v.seat, nil)
		if _, taken := n.at[atom]; !taken {
			n.at[atom] = millimetres(v.seat)
		}
		n.follow(atom, from, 3)
	}
}

// point is where roads run through a cell.
func (n *network) point(atom int32) orb.Point {
	if p, known := n.at[atom]; known {
		return p
	}
	return n.mesh.bed(atom)
}

// drawRoads turns links into lines between junctions, one class a line, and
// keeps those in covered towns.
func (c *city) drawRoads(n *network) {
	links := make([][2]int32, 0, len(n.rank))
	meets := map[int32][]int32{}
	for pair := range n.rank {
		links = append(links, pair)
	}
	sort.Slice(links, func(i, j int) bool {
		return links[i][0] < links[j][0] || links[i][0] == links[j][0] && links[i][1] < links[j][1]
	})
	for _, l := range links {
		meets[l[0]] = append(meets[l[0]], l[1])
		meets[l[1]] = append(meets[l[1]], l[0])
	}
	rank := func(a, b int32) int { return n.rank[[2]int32{min(a, b), max(a, b)}] }
	passes := func(atom int32) bool { // neither junction, end, nor change of class
		m := meets[atom]
		return len(m) == 2 && rank(atom, m[0]) == rank(atom, m[1])
	}
	done := map[[2]int32]bool{}
	for _, l := range links {
		if done[l] {
			continue
		}
		chain := []int32{l[0], l[1]}
		for range 2 {
			for len(chain) < 9 { // lines of some 7 km at most
				last, before := chain[len(chain)-1], chain[len(chain)-2]
				if !passes(last) {
					break
				}
				next := meets[last][0]
				if next == before {
					next = meets[last][1]
				}
				pair := [2]int32{min(last, next), max(last, next)}
				if done[pair] || next == chain[0] {
					break
				}
				done[pair] = true
				chain = append(chain, next)
			}
			done[l] = true
			slices.Reverse(chain)
		}
		c.drawRoad(n, chain, rank(l[0], l[1]))
	}
}

func (c *city) drawRoad(n *network, chain []int32, rank int) {
	points := make([]orb.Point, len(chain))
	for i, atom := range chain {
		points[i] = n.point(atom)
	}
	line := curve(points, 150, 90, hash(c.seed, 71))
	atom := c.mesh.at(line[len(line)/2])
	if atom == noAtom || !c.active[c.town[atom]] {
		return
	}
	town := c.towns[c.town[atom]]
	class := roadClasses[rank]
	name := fmt.Sprintf("%s%s", town.place(), class.kind)
	if v := c.village[atom]; rank == 3 && v >= 0 {
		name = c.villages[v].place() + class.kind
	}
	c.roads = append(c.roads, &road{
		id: fmt.Sprintf("R%05d", len(c.roads)+1), name: name,
		class: class.code, width: class.width, line: line, county: town.parent.code,
	})
}

// addLanes leads lanes from the nearest road vertex to small grids until the
// wanted number of roads is there.
func (c *city) addLanes() {
	index := newPointIndex(1500)
	for _, r := range c.roads {
		for _, p := range r.line {
			index.add(p)
		}
	}
	order := slices.Clone(c.smalls)
	slices.SortFunc(order, func(a, b *unit) int { // spread over the city
		ha, hb := hash(c.seed, 72, textKey(a.code)), hash(c.seed, 72, textKey(b.code))
		if ha < hb {
			return -1
		}
		return 1
	})
	for _, g := range order {
		if len(c.roads) >= c.scale.Roads {
			return
		}
		end := millimetres(c.mesh.centre(g.seatAtom))
		start, d := index.nearest(end, 3)
		if d < 120 || d > 6000 {
			continue
		}
		c.roads = append(c.roads, &road{
			id: fmt.Sprintf("R%05d", len(c.roads)+1), name: g.parent.place() + "巷道", class: "village", width: 3.5,
			line: curve([]orb.Point{start, end}, 90, 120, hash(c.seed, 73, textKey(g.code))), county: g.code[:6],
		})
	}
}

// pointIndex finds the nearest of many points by squares of a given side.
type pointIndex struct {
	side    float64
	squares map[[2]int][]orb.Point
}

func newPointIndex(side float64) *pointIndex {
	return &pointIndex{side, map[[2]int][]orb.Point{}}
}

func (x *pointIndex) square(p orb.Point) [2]int {
	return [2]int{int(math.Floor(p[0] / x.side)), int(math.Floor(p[1] / x.side))}
}

func (x *pointIndex) add(p orb.Point) {
	s := x.square(p)
	x.squares[s] = append(x.squares[s], p)
}

// nearest looks a number of squares around and returns the distance in metres,
// or infinity.
func (x *pointIndex) nearest(p orb.Point, around int) (orb.Point, float64) {
	best, bestDistance, s := orb.Point{}, math.Inf(1), x.square(p)
	for i := -around; i <= around; i++ {
		for j := -around; j <= around; j++ {
			for _, q := range x.squares[[2]int{s[0] + i, s[1] + j}] {
				if d := math.Hypot(q[0]-p[0], q[1]-p[1]); d < bestDistance {
					best, bestDistance = q, d
				}
			}
		}
	}
	return best, bestDistance
}
