package coverage

import (
	"math"
	"slices"
)

func distance(p, q Point) float64 {
	return math.Hypot(float64(q.X)-float64(p.X), float64(q.Y)-float64(p.Y))
}

// joinEdges makes one edge of those between the same two points: a face that is
// ahead in one and behind in another has closed there and is on neither side. A
// line (open) that runs there both ways runs there once.
func joinEdges(raw []edge, points int, open bool) []edge {
	radixSort(raw, func(e edge) uint64 { return uint64(e.a)*uint64(points) + uint64(e.b) })
	joined := raw[:0]
	var ahead, behind []int32
	for i := 0; i < len(raw); {
		j := i + 1
		for j < len(raw) && raw[j].a == raw[i].a && raw[j].b == raw[i].b {
			j++
		}
		ahead, behind = ahead[:0], behind[:0]
		for _, e := range raw[i:j] {
			if e.ahead != Nothing {
				ahead = append(ahead, e.ahead)
			}
			if e.behind != Nothing {
				behind = append(behind, e.behind)
			}
		}
		a, b := raw[i].a, raw[i].b
		i = j
		if open {
			ahead, behind = once(ahead, behind)
		} else {
			ahead, behind = cancel(ahead, behind)
		}
		for k := range max(len(ahead), len(behind)) {
			e := edge{a, b, Nothing, Nothing}
			if k < len(ahead) {
				e.ahead = ahead[k]
			}
			if k < len(behind) {
				e.behind = behind[k]
			}
			joined = append(joined, e) // never more than were read
		}
	}
	return joined
}

// cancel takes away what is in both lists, and sorts what is left.
func cancel(ahead, behind []int32) ([]int32, []int32) {
	if len(ahead) == 1 && len(behind) == 1 {
		if ahead[0] == behind[0] {
			return nil, nil
		}
		return ahead, behind
	}
	slices.Sort(ahead)
	slices.Sort(behind)
	i, j, n, k := 0, 0, 0, 0
	for i < len(ahead) || j < len(behind) {
		switch {
		case j == len(behind) || i < len(ahead) && ahead[i] < behind[j]:
			ahead[n] = ahead[i]
			i, n = i+1, n+1
		case i == len(ahead) || ahead[i] > behind[j]:
			behind[k] = behind[j]
			j, k = j+1, k+1
		default:
			i, j = i+1, j+1
		}
	}
	return ahead[:n], behind[:k]
}

// once lists each line one time, ahead where it runs both ways.
func once(ahead, behind []int32) ([]int32, []int32) {
	slices.Sort(ahead)
	ahead = slices.Compact(ahead)
	slices.Sort(behind)
	behind = slices.DeleteFunc(slices.Compact(behind), func(line int32) bool {
		_, found := slices.BinarySearch(ahead, line)
		return found
	})
	return ahead, behind
}

// joinBorders adds up the lengths of each pair.
func joinBorders(borders []Border) []Border {
	radixSort(borders, func(b Border) uint64 { return uint64(b.A)<<32 | uint64(uint32(b.B)) })
	joined := borders[:0]
	for _, b := range borders {
		if n := len(joined); n > 0 && joined[n-1].A == b.A && joined[n-1].B == b.B {
			joined[n-1].Length += b.Length
			continue
		}
		joined = append(joined, b)
	}
	return joined
}
