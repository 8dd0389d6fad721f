package sheets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
)

// Parts are parts of a sheet that may be left out. Without a legend there is no
// panel: the map is larger, and the arrow of north stands in its corner.
type Parts struct {
	Title    bool
	Legend   bool // with the locator and the neighbours
	North    bool
	Scale    bool // the bar and the figure
	Notes    bool // system, dates, department and sources
	Approval bool // 审图号
}

// partNames are the names of parts in requests.
func partNames() []string {
	return []string{"title", "legend", "north", "scale", "notes", "approval"}
}

// PartsNamed reads the names of parts: title, legend, north, scale, notes and
// approval. Any other is an [ErrInvalid].
func PartsNamed(names []string) (p Parts, err error) {
	into := []*bool{&p.Title, &p.Legend, &p.North, &p.Scale, &p.Notes, &p.Approval}
	known := partNames()
	for _, name := range names {
		i := slices.Index(known, name)
		if i < 0 {
			list := strings.Join(known, ", ")
			return p, invalid("without", "没有部件 %.20q；有：%s", "there is no part %.20q; there are %s", name, list)
		}
		*into[i] = true
	}
	return p, nil
}

// Measures are where the map of a sheet lies, on paper and on the ground. They
// are the same at every dpi.
type Measures struct {
	Paper  [2]float64 // width and height, millimetres
	Frame  orb.Bound  // of the map on the paper, millimetres from the top left corner
	Extent orb.Bound  // easting and northing in the sheet's system, metres
	Ring   orb.Ring   // the same in EPSG:4490 degrees, closed, from the south-west anticlockwise
	Bar    [2]float64 // of the scale bar right of 0: metres, and millimetres on paper
}

// ringSteps are the positions to a side of the ring: its sides are bent in degrees.
const ringSteps = 8

// Measure works out where the map lies.
func (s *Sheet) Measure() (m Measures, err error) {
	l := s.layout()
	f, err := render.PaperFrame(s.System, s.Centre, wide(l.frame), high(l.frame), s.Denominator, s.DPI)
	if err != nil {
		return m, fmt.Errorf("sheets: %w", err)
	}
	m.Paper[0], m.Paper[1] = s.size()
	m.Frame, m.Extent = l.frame, f.Extent
	unit := s.barUnit(l.unit)
	m.Bar = [2]float64{unit * barParts, unit * barParts / s.Denominator * 1000}
	undo, err := crs.NewTransformer(s.System)
	if err != nil {
		return m, fmt.Errorf("sheets: %w", err)
	}
	around := f.Extent.ToRing()
	for i, from := range around[:len(around)-1] {
		to := around[i+1]
		for k := range ringSteps {
			part := float64(k) / ringSteps
			at, err := undo.Transform(orb.Point{from[0] + (to[0]-from[0])*part, from[1] + (to[1]-from[1])*part})
			if err != nil {
				return m, invalid("centre", "范围超出 %v 的投影范围", "the extent is out of reach of %v", s.System)
			}
			m.Ring = append(m.Ring, at.(orb.Point))
		}
	}
	m.Ring = append(m.Ring, m.Ring[0])
	return m, nil
}

// barParts are the parts of the scale bar right of 0.
const barParts = 4

// barUnit is how long a part of the scale bar is on the ground, metres; k is the
// unit of the layout.
func (s *Sheet) barUnit(k float64) float64 {
	return s.step([]float64{5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 20_000, 25_000, 50_000, 100_000}, 1, 11*k)
}
