package coverage

import "slices"

// Inside is a place well inside the largest outer ring of polygons, for a label:
// the middle of the widest stretch on one of three lines through that ring. False
// where no ring has an area.
func Inside(rings [][]Point) (Point, bool) {
	var largest []Point
	var most int64
	for _, r := range rings {
		if twice := DoubleArea(r); twice > most {
			largest, most = r, twice
		}
	}
	box := BoxOf([][]Point{largest})
	var best Point
	widest := -1.0
	var at []float64
	for _, share := range []float64{0.5, 0.35, 0.65} {
		y := float64(box.Min.Y) + share*float64(box.Max.Y-box.Min.Y) + 0.1 // on no point's height
		at = crossings(at[:0], rings, y)
		if x, width := widestStretch(at); width > widest*1.2 {
			best, widest = Point{X: int32(x), Y: int32(y)}, width
		}
	}
	return best, widest > 0
}

// crossings appends where the rings cross the line of that y, in order.
func crossings(at []float64, rings [][]Point, y float64) []float64 {
	for _, r := range rings {
		p := r[len(r)-1]
		for _, q := range r {
			if (float64(p.Y) > y) != (float64(q.Y) > y) {
				at = append(at, float64(p.X)+(y-float64(p.Y))/float64(q.Y-p.Y)*float64(q.X-p.X))
			}
			p = q
		}
	}
	slices.Sort(at)
	return at
}

// widestStretch is the middle and the width of the widest stretch inside.
func widestStretch(at []float64) (middle, width float64) {
	for i := 0; i+1 < len(at); i += 2 {
		if at[i+1]-at[i] > width {
			middle, width = (at[i]+at[i+1])/2, at[i+1]-at[i]
		}
	}
	return middle, width
}
