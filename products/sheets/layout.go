package sheets

import (
	"math"

	"github.com/paulmach/orb"
)

// The border round the map, outward from the inner line (内图廓) to the outer (外图廓),
// in units of the layout.
const (
	rowGrid    = 5.2 // labels of the kilometre grid
	rowDegrees = 2.9 // labels of the graticule
	ladder     = 0.8 // minutes, in turn black and white (分度带)
	ladderGap  = 0.7
	thick      = 0.8 // the outer line
	border     = rowGrid + rowDegrees + ladder + ladderGap + thick
)

// layout is where the parts of a sheet lie, in millimetres. Boxes are as
// [render.Paper] has them: Min is the top left corner.
type layout struct {
	unit   float64   // a millimetre on A3; larger paper has larger letters and lines
	margin float64   //
	outer  orb.Bound // the outer line
	frame  orb.Bound // the inner line: the map
	panel  orb.Bound // legend and the like
	below  float64   // where the notes below the frame begin
}

func box(x0, y0, x1, y1 float64) orb.Bound {
	return orb.Bound{Min: orb.Point{x0, y0}, Max: orb.Point{x1, y1}}
}

func inset(b orb.Bound, by float64) orb.Bound {
	return box(b.Min[0]+by, b.Min[1]+by, b.Max[0]-by, b.Max[1]-by)
}

func wide(b orb.Bound) float64 { return b.Max[0] - b.Min[0] }
func high(b orb.Bound) float64 { return b.Max[1] - b.Min[1] }

// layout divides the paper: the panel is on the right of paper that lies across,
// below the map on paper that stands upright. What is left out gives its room to the map.
func (s *Sheet) layout() layout {
	w, h := s.size()
	k := math.Sqrt(math.Min(w, h) / 297)
	l := layout{unit: k, margin: 9 * k}
	const gap = 3.5
	head, foot := 18., 17.
	if s.Without.Title {
		head = 7
	}
	if s.Without.Notes && s.Without.Scale && (s.Without.Approval || s.Approval == "") {
		foot = 1
	}
	l.outer = box(l.margin, l.margin+head*k, w-l.margin, h-l.margin-foot*k)
	l.panel = l.outer
	switch {
	case s.Without.Legend:
	case s.Landscape:
		l.outer.Max[0] -= (60 + gap) * k
		l.panel.Min[0] = l.outer.Max[0] + gap*k
	default:
		l.outer.Max[1] -= (56 + gap) * k
		l.panel.Min[1] = l.outer.Max[1] + gap*k
	}
	l.below = h - l.margin - (foot-3)*k
	l.frame = inset(l.outer, border*k)
	return l
}
