package pyramid

import (
	"container/heap"

	"onemap/tiles/coverage"
)

// merger decides which faces of a coverage are too small to stand alone, and
// which neighbour each of them goes to.
type merger struct {
	least   int64
	areas   []int64   // twice the area of each face, in square units; grows as others come to it
	class   []string  // of each face, "" is none
	held    []bool    // faces that must stay as they are: only a part of them lies in the block
	parent  []int32   // union–find; the root of a group is the face whose name it has
	members [][]int32 // of each root that has others
	start   []int32   // neighbours of each face
	around  []neighbour
}

type neighbour struct {
	face   int32
	length float64
}

// newMerger prepares to merge faces with less than the area, twice in square units.
func newMerger(m *coverage.Map, sketches []coverage.Sketch, class []string, least int64) *merger {
	n := len(sketches)
	g := &merger{least: least, areas: make([]int64, n), class: class, held: m.Touching(n), parent: make([]int32, n), members: make([][]int32, n)}
	small := make([]bool, n)
	for f, s := range sketches {
		g.areas[f] = s.DoubleArea
		small[f] = g.small(int32(f))
	}
	for i := range g.parent {
		g.parent[i] = int32(i)
	}
	borders := m.Borders(small)
	g.start = make([]int32, n+1)
	for _, b := range borders {
		g.start[b.A+1]++
		g.start[b.B+1]++
	}
	for i := 1; i <= n; i++ {
		g.start[i] += g.start[i-1]
	}
	g.around = make([]neighbour, 2*len(borders))
	next := append([]int32(nil), g.start[:n]...)
	for _, b := range borders {
		g.around[next[b.A]] = neighbour{b.B, b.Length}
		g.around[next[b.B]] = neighbour{b.A, b.Length}
		next[b.A]++
		next[b.B]++
	}
	return g
}

func (g *merger) small(face int32) bool {
	return g.areas[face] > 0 && g.areas[face] < g.least && !g.held[face]
}

func (g *merger) root(face int32) int32 {
	for g.parent[face] != face {
		g.parent[face] = g.parent[g.parent[face]]
		face = g.parent[face]
	}
	return face
}

// merge puts every small face to a
// neighbour, the smallest first: to one of its own class if there is one, else
// to one of a related class, else to any; among those to the one with the longest
// common border. It returns for each face the one it went to, and those that are
// too small and have no neighbour.
func (g *merger) merge() (into []int32, alone []int32) {
	queue := &smallest{areas: g.areas}
	for f, area := range g.areas {
		if g.small(int32(f)) {
			queue.faces = append(queue.faces, sized{area, int32(f)})
		}
	}
	heap.Init(queue)
	lengths := map[int32]float64{}
	for queue.Len() > 0 {
		s := heap.Pop(queue).(sized)
		if g.parent[s.face] != s.face || g.areas[s.face] != s.area {
			continue // it has gone to another, or has grown
		}
		to, ok := g.best(s.face, lengths)
		if !ok {
			alone = append(alone, s.face)
			continue
		}
		root := g.join(s.face, to)
		if g.small(root) {
			heap.Push(queue, sized{g.areas[root], root})
		}
	}
	into = make([]int32, len(g.areas))
	for f := range into {
		into[f] = g.root(int32(f))
	}
	return into, alone
}

// best is the neighbour that a face goes to.
func (g *merger) best(face int32, lengths map[int32]float64) (int32, bool) {
	clear(lengths)
	add := func(f int32) {
		for _, n := range g.around[g.start[f]:g.start[f+1]] {
			if r := g.root(n.face); r != face {
				lengths[r] += n.length
			}
		}
	}
	add(face)
	for _, f := range g.members[face] {
		add(f)
	}
	best, found := int32(0), false
	for f := range lengths {
		if !found || g.better(face, f, best, lengths) {
			best, found = f, true
		}
	}
	return best, found
}

// better tells whether a is a better neighbour to go to than b; no two are equal.
func (g *merger) better(face, a, b int32, lengths map[int32]float64) bool {
	if ka, kb := kinship(g.class[face], g.class[a]), kinship(g.class[face], g.class[b]); ka != kb {
		return ka > kb
	}
	if lengths[a] != lengths[b] {
		return lengths[a] > lengths[b]
	}
	return a < b
}

// kinship of two classes: 2 the same, 1 the same main class, which in the
// codes of the field's standards is the first two characters, 0 none.
func kinship(a, b string) int {
	switch {
	case a == "" || b == "":
		return 0
	case a == b:
		return 2
	case len(a) >= 2 && len(b) >= 2 && a[:2] == b[:2]:
		return 1
	}
	return 0
}

// join makes one group of two; the larger gives it its name.
func (g *merger) join(a, b int32) int32 {
	if g.areas[a] > g.areas[b] || g.areas[a] == g.areas[b] && a < b {
		a, b = b, a
	}
	g.parent[a] = b
	g.areas[b] += g.areas[a]
	g.members[b] = append(append(g.members[b], a), g.members[a]...)
	g.members[a] = nil
	return b
}

// sized is a face and the area it had when it was queued.
type sized struct {
	area int64
	face int32
}

// smallest is a heap of faces by area.
type smallest struct {
	areas []int64
	faces []sized
}

func (s *smallest) Len() int { return len(s.faces) }
func (s *smallest) Less(i, j int) bool {
	a, b := s.faces[i], s.faces[j]
	return a.area < b.area || a.area == b.area && a.face < b.face
}
func (s *smallest) Swap(i, j int) { s.faces[i], s.faces[j] = s.faces[j], s.faces[i] }
func (s *smallest) Push(x any)    { s.faces = append(s.faces, x.(sized)) }
func (s *smallest) Pop() any {
	last := s.faces[len(s.faces)-1]
	s.faces = s.faces[:len(s.faces)-1]
	return last
}
