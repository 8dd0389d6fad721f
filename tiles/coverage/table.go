package coverage

import (
	"math"
	"math/bits"
	"slices"
)

// pointKey is a point as a number that sorts as the point does.
func pointKey(p Point) uint64 {
	return uint64(uint32(p.X)^1<<31)<<32 | uint64(uint32(p.Y)^1<<31)
}

func pointOf(key uint64) Point {
	return Point{int32(uint32(key>>32) ^ 1<<31), int32(uint32(key) ^ 1<<31)}
}

// pointTable gives each point a number: a hash table with open addressing.
type pointTable struct {
	slots []slot
	used  int
}

type slot struct {
	key    uint64
	number int32 // plus one; 0 is free
}

func newPointTable(expected int) pointTable {
	return pointTable{slots: make([]slot, 1<<bits.Len(uint(max(expected, 8))))}
}

func (t *pointTable) at(key uint64) uint64 {
	return (key * 0x9e3779b97f4a7c15) >> (64 - uint(bits.Len(uint(len(t.slots)-1))))
}

// put returns the number of the point, and whether it is the one offered.
func (t *pointTable) put(p Point, number int32) (int32, bool) {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	key := pointKey(p)
	for i := t.at(key); ; i = (i + 1) & uint64(len(t.slots)-1) {
		switch s := &t.slots[i]; {
		case s.number == 0:
			*s = slot{key, number + 1}
			t.used++
			return number, true
		case s.key == key:
			return s.number - 1, false
		}
	}
}

func (t *pointTable) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.number != 0 {
			i := t.at(s.key)
			for t.slots[i].number != 0 {
				i = (i + 1) & uint64(len(t.slots)-1)
			}
			t.slots[i] = s
		}
	}
}

// radixSort sorts by key, keeping the order of equal ones.
func radixSort[T any](items []T, key func(T) uint64) {
	const digit = 11
	if len(items) < 256 {
		slices.SortStableFunc(items, func(a, b T) int {
			switch ka, kb := key(a), key(b); {
			case ka < kb:
				return -1
			case ka > kb:
				return 1
			}
			return 0
		})
		return
	}
	var all, none uint64 = math.MaxUint64, 0
	for _, item := range items {
		k := key(item)
		all, none = all&k, none|k
	}
	differing := all ^ none
	other := make([]T, len(items))
	from, to := items, other
	for shift := 0; shift < 64; shift += digit {
		if differing>>shift&(1<<digit-1) == 0 {
			continue // all alike in this digit
		}
		var start [1<<digit + 1]int32
		for _, item := range from {
			start[key(item)>>shift&(1<<digit-1)+1]++
		}
		for i := 1; i < len(start); i++ {
			start[i] += start[i-1]
		}
		for _, item := range from {
			d := key(item) >> shift & (1<<digit - 1)
			to[start[d]] = item
			start[d]++
		}
		from, to = to, from
	}
	if &from[0] != &items[0] {
		copy(items, from)
	}
}
