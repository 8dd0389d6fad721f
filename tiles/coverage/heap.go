package coverage

// areaItem is an inner point of a chain and its area when it was weighed.
type areaItem struct {
	area int64
	i    int32
}

func (a areaItem) less(b areaItem) bool {
	return a.area < b.area || a.area == b.area && a.i < b.i
}

// areaHeap gives the point with the least area first. A point that was weighed
// again is in it twice; the older weight is passed over.
type areaHeap []areaItem

func (h *areaHeap) push(item areaItem) {
	*h = append(*h, item)
	s := *h
	for i := len(s) - 1; i > 0; {
		parent := (i - 1) / 2
		if !s[i].less(s[parent]) {
			break
		}
		s[i], s[parent] = s[parent], s[i]
		i = parent
	}
}

// pop returns the point with the least area that is still its area.
func (h *areaHeap) pop(area []int64) (int32, bool) {
	for len(*h) > 0 {
		s := *h
		top := s[0]
		s[0] = s[len(s)-1]
		s = s[:len(s)-1]
		*h = s
		for i := 0; ; {
			child := 2*i + 1
			if child >= len(s) {
				break
			}
			if child+1 < len(s) && s[child+1].less(s[child]) {
				child++
			}
			if !s[child].less(s[i]) {
				break
			}
			s[i], s[child] = s[child], s[i]
			i = child
		}
		if area[top.i] == top.area {
			return top.i, true
		}
	}
	return 0, false
}

func (h *areaHeap) clear() { *h = (*h)[:0] }
