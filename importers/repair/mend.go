// Package repair mends the geometry of rows on their way into the store, so
// that every stored geometry is valid, of the layer's kind and in the Multi form.
//
// The importer calls it for each row, after the position has been brought to
// EPSG:4490. It is the only package that uses GEOS, whose Go binding panics on
// what it can't digest and keeps memory that Go can't see; neither leaves here.
//
// It doesn't compare rows with one another, so overlaps and gaps between
// neighbours are not its business.
package repair

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"
	"github.com/twpayne/go-geos"

	"onemap/layers"
)

var (
	// ErrEmpty reports a row without geometry, or one whose geometry has
	// nothing left when what isn't valid is taken away.
	ErrEmpty = errors.New("repair: no geometry")

	// ErrKind reports a geometry of another kind than the layer's, as a line
	// in a layer of polygons.
	ErrKind = errors.New("repair: geometry of another kind")

	// ErrCoordinates reports a coordinate that is not a number or not on the map.
	ErrCoordinates = errors.New("repair: coordinate out of range")

	// ErrHopeless reports a geometry that GEOS can't make valid.
	ErrHopeless = errors.New("repair: geometry can't be made valid")
)

// MaxLatitude is the highest latitude, north or south, that is taken: beyond it
// Web Mercator has no place. Degrees.
const MaxLatitude = 85.05

// Repair says what was done to a geometry.
type Repair struct {
	Changed    bool      // false: the geometry came out as it went in, but for the Multi form
	Reason     string    // what was wrong, in GEOS's words, as "Self-intersection"
	ReasonZH   string    // the same in Chinese
	Where      orb.Point // where, longitude and latitude; the first point if nothing nearer is known
	AreaChange float64   // by what share the polygons' area in degrees changed: -0.01 is 1 % less
}

// Mender mends geometries, one at a time. It holds memory outside Go's sight
// that is freed when the Mender is collected.
type Mender struct {
	geos   *geos.Context
	prover prover
}

// NewMender returns a Mender. A worker makes one and keeps it.
func NewMender() *Mender { return &Mender{geos: geos.NewContext()} }

// Mend returns g, in EPSG:4490 degrees, as a valid geometry of the kind's Multi
// form, and what had to be done for it. g may share memory with the result and
// must not be used afterwards. The errors are the package's.
func (m *Mender) Mend(g orb.Geometry, kind layers.GeometryKind) (_ orb.Geometry, r Repair, err error) {
	defer func() {
		if p := recover(); p != nil {
			m.geos = geos.NewContext() // the old one may be in any state
			err = fmt.Errorf("%w: %v", ErrHopeless, p)
		}
	}()
	if g == nil {
		return nil, r, ErrEmpty
	}
	if err := checkCoordinates(g); err != nil {
		return nil, r, err
	}
	switch kind {
	case layers.Point:
		return mendPoints(g)
	case layers.LineString:
		return mendLines(g)
	default:
		return m.mendPolygons(g)
	}
}

// first is a place to point at when nothing better is known.
func first(g orb.Geometry) orb.Point {
	var at orb.Point
	found := false
	eachPoint(g, func(p orb.Point) bool {
		at, found = p, true
		return false
	})
	if !found {
		return orb.Point{}
	}
	return at
}

func checkCoordinates(g orb.Geometry) error {
	var bad orb.Point
	ok := eachPoint(g, func(p orb.Point) bool {
		bad = p
		return p[0] >= -180 && p[0] <= 180 && p[1] >= -MaxLatitude && p[1] <= MaxLatitude // false for NaN too
	})
	if !ok {
		return fmt.Errorf("%w: %v, %v", ErrCoordinates, bad[0], bad[1])
	}
	return nil
}

// note records a change that was made without GEOS.
func (r *Repair) note(g orb.Geometry, reason, zh string) {
	if r.Changed {
		return // the first reason stands
	}
	*r = Repair{Changed: true, Reason: reason, ReasonZH: zh, Where: first(g)}
}

func mendPoints(g orb.Geometry) (orb.Geometry, Repair, error) {
	var r Repair
	var points orb.MultiPoint
	others := 0
	eachPart(g, func(part orb.Geometry) {
		switch part := part.(type) {
		case orb.Point:
			points = append(points, part)
		default:
			others++
		}
	})
	if err := leftOver(g, &r, len(points), others); err != nil {
		return nil, r, err
	}
	return points, r, nil
}

func mendLines(g orb.Geometry) (orb.Geometry, Repair, error) {
	var r Repair
	var lines orb.MultiLineString
	others, short := 0, 0
	eachPart(g, func(part orb.Geometry) {
		line, ok := part.(orb.LineString)
		switch {
		case !ok:
			others++
		case len(line) < 2 || line.Bound().Min == line.Bound().Max:
			short++
		default:
			lines = append(lines, line)
		}
	})
	if short > 0 {
		r.note(g, "Line of no length", "线段长度为零")
	}
	if err := leftOver(g, &r, len(lines), others); err != nil {
		return nil, r, err
	}
	return lines, r, nil
}

// leftOver settles what parts of another kind mean: nothing but them is the
// wrong kind, some beside the right ones are dropped.
func leftOver(g orb.Geometry, r *Repair, right, others int) error {
	switch {
	case right == 0 && others > 0:
		return fmt.Errorf("%w: %s", ErrKind, g.GeoJSONType())
	case right == 0:
		return ErrEmpty
	case others > 0:
		r.note(g, "Parts of another kind dropped", "去除了其他类型的部分")
	}
	return nil
}

func (m *Mender) mendPolygons(g orb.Geometry) (orb.Geometry, Repair, error) {
	var r Repair
	var polygons orb.MultiPolygon
	others := 0
	eachPart(g, func(part orb.Geometry) {
		polygon, ok := part.(orb.Polygon)
		if !ok {
			others++
			return
		}
		if polygon = tidyRings(polygon, &r); len(polygon) > 0 {
			polygons = append(polygons, polygon)
		}
	})
	if err := leftOver(g, &r, len(polygons), others); err != nil {
		return nil, r, err
	}
	if m.prover.valid(polygons) {
		return polygons, r, nil
	}
	encoded, err := wkb.Marshal(polygons)
	if err != nil {
		return nil, r, fmt.Errorf("%w: %w", ErrHopeless, err)
	}
	shape, err := m.geos.NewGeomFromWKB(encoded)
	if err != nil {
		return nil, r, fmt.Errorf("%w: %w", ErrHopeless, err)
	}
	if shape.IsValid() {
		return polygons, r, nil
	}
	r = reasonOf(shape.IsValidReason(), polygons)
	mended, err := m.makeValid(shape)
	if err != nil {
		return nil, r, err
	}
	if before := planar.Area(polygons); before != 0 {
		r.AreaChange = planar.Area(mended)/before - 1
	}
	return mended, r, nil
}

// makeValid rebuilds polygons from their rings: what an odd number of shells
// covers stays, and what collapses to a line or a point is dropped.
func (m *Mender) makeValid(shape *geos.Geom) (orb.MultiPolygon, error) {
	valid := shape.MakeValidWithParams(geos.MakeValidStructure, geos.MakeValidDiscardCollapsed)
	if valid == nil {
		return nil, ErrHopeless
	}
	g, err := wkb.Unmarshal(valid.ToWKB())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHopeless, err)
	}
	var polygons orb.MultiPolygon
	eachPart(g, func(part orb.Geometry) {
		if polygon, ok := part.(orb.Polygon); ok && len(polygon) > 0 {
			polygons = append(polygons, polygon)
		}
	})
	if len(polygons) == 0 {
		return nil, ErrEmpty
	}
	return polygons, nil
}

// tidyRings closes open rings and drops those that have too few points to be
// one; a polygon without its shell is nothing. GEOS would refuse to read them.
func tidyRings(polygon orb.Polygon, r *Repair) orb.Polygon {
	kept := polygon[:0:len(polygon)]
	for i, ring := range polygon {
		if len(ring) > 0 && ring[0] != ring[len(ring)-1] {
			r.note(ring, "Ring not closed", "环未闭合")
			ring = append(ring[:len(ring):len(ring)], ring[0])
		}
		switch {
		case len(ring) >= 4:
			kept = append(kept, ring)
		case len(ring) > 0:
			r.note(ring, "Ring of too few points", "环的点数不足")
			fallthrough
		default:
			if i == 0 {
				return nil
			}
		}
	}
	return kept
}

// reasonsZH are GEOS's reasons in Chinese.
var reasonsZH = map[string]string{
	"Self-intersection":                    "自相交",
	"Ring Self-intersection":               "环自相交",
	"Hole lies outside shell":              "洞在外环之外",
	"Holes are nested":                     "洞互相嵌套",
	"Interior is disconnected":             "内部不连通",
	"Nested shells":                        "面互相嵌套",
	"Duplicate Rings":                      "环重复",
	"Too few points in geometry component": "点数不足",
	"Invalid Coordinate":                   "坐标无效",
	"Ring is not closed":                   "环未闭合",
}

// reasonOf reads GEOS's "Self-intersection[112.1 22.9]".
func reasonOf(text string, g orb.Geometry) Repair {
	r := Repair{Changed: true, Where: first(g)}
	reason, place, found := strings.Cut(strings.TrimSuffix(text, "]"), "[")
	r.Reason, r.ReasonZH = reason, reasonsZH[reason]
	if r.ReasonZH == "" {
		r.ReasonZH = "几何无效"
	}
	if !found {
		return r
	}
	if x, y, ok := strings.Cut(place, " "); ok {
		lon, errX := strconv.ParseFloat(x, 64)
		lat, errY := strconv.ParseFloat(y, 64)
		if errX == nil && errY == nil && !math.IsNaN(lon) && !math.IsNaN(lat) {
			r.Where = orb.Point{lon, lat}
		}
	}
	return r
}
