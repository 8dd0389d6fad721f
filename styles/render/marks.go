package render

import "math"

// The marks of land cover that surveyors' maps carry, after the shapes of the
// symbols for vegetation and soil in GB/T 20257: thin strokes in the square from
// -1 to 1, y growing downward.

// markStroke is half the width of a mark's lines.
const markStroke = 0.13

// scattered repeats a shape twice in a square, as on the white and black fields of
// a board of two by two.
func scattered(inside func(x, y float64) bool, spacing, reach float64) func(x, y float64) int {
	return func(x, y float64) int {
		near, far := spacing/4, spacing*3/4
		if inside((x-near)/reach, (y-near)/reach) || inside((x-far)/reach, (y-far)/reach) {
			return 1
		}
		return 0
	}
}

// strokes draws lines, each from a place to another.
func strokes(lines ...[4]float64) func(x, y float64) bool {
	return func(x, y float64) bool {
		for _, l := range lines {
			dx, dy := l[2]-l[0], l[3]-l[1]
			t := max(0, min(1, ((x-l[0])*dx+(y-l[1])*dy)/(dx*dx+dy*dy)))
			if math.Hypot(x-l[0]-t*dx, y-l[1]-t*dy) <= markStroke {
				return true
			}
		}
		return false
	}
}

// markShape is the shape of a mark, which may be that of an icon too, or nil.
func markShape(name string) func(x, y float64) bool {
	switch name {
	case "paddy":
		return strokes([4]float64{0, -0.8, 0, 0.8}, [4]float64{-0.5, 0.2, 0, 0.8}, [4]float64{0.5, 0.2, 0, 0.8})
	case "watered":
		return strokes([4]float64{-0.7, 0.6, 0.7, 0.6}, [4]float64{0, -0.7, 0, 0.6})
	case "dry":
		return strokes([4]float64{-0.8, 0.6, 0.8, 0.6}, [4]float64{-0.35, -0.6, -0.35, 0.6}, [4]float64{0.35, -0.6, 0.35, 0.6})
	case "orchard":
		stem := strokes([4]float64{0, 0.07, 0, 0.85}, [4]float64{0, 0.85, 0.45, 0.85})
		return func(x, y float64) bool { return math.Abs(math.Hypot(x, y+0.38)-0.42) <= markStroke || stem(x, y) }
	case "tea":
		return strokes([4]float64{0, 0.8, 0, 0}, [4]float64{0, 0, -0.55, -0.7}, [4]float64{0, 0, 0.55, -0.7})
	case "ring":
		return func(x, y float64) bool { return math.Abs(math.Hypot(x, y)-0.72) <= markStroke }
	case "bamboo":
		return strokes([4]float64{0, -0.8, 0, 0.8}, [4]float64{0, -0.8, -0.75, 0.05}, [4]float64{0, -0.8, 0.75, 0.05})
	case "bush":
		return func(x, y float64) bool { return y <= 0.35 && math.Hypot(x, y-0.35) <= 0.7 }
	case "sprout":
		return func(x, y float64) bool { return math.Hypot(x, y) <= 0.36 }
	case "grass":
		return strokes([4]float64{-0.3, -0.6, -0.3, 0.6}, [4]float64{0.3, -0.6, 0.3, 0.6})
	case "marsh":
		return strokes([4]float64{-0.8, -0.5, 0.1, -0.5}, [4]float64{-0.3, 0, 0.8, 0}, [4]float64{-0.7, 0.5, 0.2, 0.5})
	case "wave":
		return func(x, y float64) bool {
			return math.Abs(x) <= 0.9 && math.Abs(y-0.3*math.Sin(math.Pi*x)) <= markStroke*1.3
		}
	case "saltire":
		return strokes([4]float64{-0.6, -0.6, 0.6, 0.6}, [4]float64{-0.6, 0.6, 0.6, -0.6})
	}
	return iconShape(name)
}
