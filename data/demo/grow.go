package demo

import "math"

// frontier is a heap of atoms that a part may grow into, cheapest first.
type frontier []growth

type growth struct {
	cost float32
	atom int32
	part int32
}

func (g growth) before(o growth) bool {
	if g.cost != o.cost {
		return g.cost < o.cost
	}
	if g.atom != o.atom {
		return g.atom < o.atom
	}
	return g.part < o.part
}

func (f *frontier) push(g growth) {
	h := append(*f, g)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
	*f = h
}

func (f *frontier) pop() growth {
	h := *f
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	i := 0
	for {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*f = h
	return top
}

// splitter divides connected sets of atoms into connected parts.
type splitter struct {
	mesh  *mesh
	cost  []float32 // by atom: how dear it is to enter, about 1
	part  []int32   // scratch, -1 between calls
	heap  frontier
	edges uint64 // seed of the roughness of borders
}

func newSplitter(m *mesh, cost []float32, seed uint64) *splitter {
	s := &splitter{mesh: m, cost: cost, part: make([]int32, m.size()), edges: seed}
	for i := range s.part {
		s.part[i] = noAtom
	}
	return s
}

// grow lets every seed take atoms at its speed until members are used up, and
// leaves the result in s.part. Every part is connected and has its seed; all
// is taken when the members are connected. The caller clears s.part.
func (s *splitter) grow(seeds []int32, speeds []float64, in func(int32) bool) {
	s.heap = s.heap[:0]
	for i, atom := range seeds {
		s.heap.push(growth{-1, atom, int32(i)})
	}
	for len(s.heap) > 0 {
		g := s.heap.pop()
		if s.part[g.atom] != noAtom {
			continue
		}
		s.part[g.atom] = g.part
		for k := range 6 {
			n := s.mesh.neighbour(g.atom, k)
			if n == noAtom || s.part[n] != noAtom || !in(n) {
				continue
			}
			low, high := min(g.atom, n), max(g.atom, n)
			rough := 0.6 + 0.8*fraction(hash(s.edges, uint64(low), uint64(high)))
			step := float64(s.cost[n]) * rough / speeds[g.part]
			s.heap.push(growth{max(g.cost, 0) + float32(step), n, g.part})
		}
	}
}

// clear takes the marks of members back.
func (s *splitter) clear(members []int32) {
	for _, atom := range members {
		s.part[atom] = noAtom
	}
}

// split divides members, which must be connected, into len(weights) connected
// parts whose sizes follow the weights as well as connection allows. in tells
// members from others. It needs at least as many members as weights, and the
// first seed may be given (noAtom if not). The result lists each part's atoms
// in the order of members.
func (s *splitter) split(members []int32, in func(int32) bool, weights []float64, first int32, rounds int, random *stream) [][]int32 {
	if len(weights) == 1 {
		return [][]int32{members}
	}
	seeds := s.spread(members, len(weights), first, random)
	speeds := make([]float64, len(weights))
	for i, w := range weights {
		speeds[i] = math.Sqrt(w)
	}
	for round := 0; ; round++ {
		s.grow(seeds, speeds, in)
		parts := make([][]int32, len(weights))
		for _, atom := range members {
			p := s.part[atom]
			parts[p] = append(parts[p], atom)
		}
		s.clear(members)
		if round == rounds {
			return parts
		}
		s.adjust(parts, weights, seeds, speeds, len(members), first != noAtom)
	}
}

// adjust moves each seed to the middle of its part and speeds up what is too small.
func (s *splitter) adjust(parts [][]int32, weights []float64, seeds []int32, speeds []float64, total int, keepFirst bool) {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for i, part := range parts {
		wanted := float64(total) * weights[i] / sum
		change := math.Sqrt(wanted / float64(len(part)))
		speeds[i] *= math.Pow(max(0.4, min(2.5, change)), 0.8)
		if i == 0 && keepFirst {
			continue
		}
		seeds[i] = s.middle(part)
	}
}

// middle returns the atom of a part nearest to the mean of their centres.
func (s *splitter) middle(part []int32) int32 {
	x, y := 0.0, 0.0
	for _, atom := range part {
		p := s.mesh.centre(atom)
		x += p[0]
		y += p[1]
	}
	x /= float64(len(part))
	y /= float64(len(part))
	best, bestDistance := part[0], math.Inf(1)
	for _, atom := range part {
		p := s.mesh.centre(atom)
		if d := (p[0]-x)*(p[0]-x) + (p[1]-y)*(p[1]-y); d < bestDistance {
			best, bestDistance = atom, d
		}
	}
	return best
}

// spread picks n different members far from each other.
func (s *splitter) spread(members []int32, n int, first int32, random *stream) []int32 {
	seeds := make([]int32, 0, n)
	if first == noAtom {
		first = members[random.intn(len(members))]
	}
	seeds = append(seeds, first)
	taken := map[int32]bool{first: true}
	tries := 8
	if n > 100 {
		tries = 3
	}
	for len(seeds) < n {
		best, bestDistance := noAtom, -1.0
		for range tries {
			atom := members[random.intn(len(members))]
			if taken[atom] {
				continue
			}
			p, nearest := s.mesh.centre(atom), math.Inf(1)
			for _, seed := range seeds {
				q := s.mesh.centre(seed)
				nearest = min(nearest, (p[0]-q[0])*(p[0]-q[0])+(p[1]-q[1])*(p[1]-q[1]))
			}
			if nearest > bestDistance {
				best, bestDistance = atom, nearest
			}
		}
		if best == noAtom { // nearly all are taken: go through them
			for _, atom := range members {
				if !taken[atom] {
					best = atom
					break
				}
			}
		}
		taken[best] = true
		seeds = append(seeds, best)
	}
	return seeds
}

// pieces returns the connected pieces of the members, each in the order in
// which a walk finds it. same reports whether two neighbours belong together.
func (s *splitter) pieces(members []int32, same func(a, b int32) bool) [][]int32 {
	var all [][]int32
	for _, start := range members {
		if s.part[start] != noAtom {
			continue
		}
		piece := []int32{start}
		s.part[start] = 0
		for i := 0; i < len(piece); i++ {
			for k := range 6 {
				n := s.mesh.neighbour(piece[i], k)
				if n != noAtom && s.part[n] == noAtom && same(piece[i], n) {
					s.part[n] = 0
					piece = append(piece, n)
				}
			}
		}
		all = append(all, piece)
	}
	s.clear(members)
	return all
}

// apportion divides total into whole shares by weight, each at least low[i]
// and at most high[i]; what is left over goes by the largest remainder. The
// shares add up to total if the limits allow it.
func apportion(total int, weights []float64, low, high []int) []int {
	shares := make([]int, len(weights))
	left := total
	for i := range shares {
		shares[i] = low[i]
		left -= low[i]
	}
	for left > 0 {
		sum := 0.0
		for i, w := range weights {
			if shares[i] < high[i] {
				sum += w
			}
		}
		if sum == 0 {
			break
		}
		left = handOut(shares, weights, high, left, sum)
	}
	return shares
}

// handOut gives one round of shares and returns what is left.
func handOut(shares []int, weights []float64, high []int, left int, sum float64) int {
	round, given := left, 0
	carry := 0.5
	for i, w := range weights {
		if shares[i] >= high[i] {
			continue
		}
		carry += float64(round) * w / sum
		n := min(int(carry), high[i]-shares[i], round-given)
		carry -= float64(int(carry))
		shares[i] += n
		given += n
	}
	if given == 0 { // rounding left crumbs: give them to the first that can take one
		for i, w := range weights {
			if w > 0 && shares[i] < high[i] {
				shares[i]++
				return left - 1
			}
		}
		return 0
	}
	return left - given
}
