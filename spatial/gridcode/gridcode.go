// Package gridcode names cells of the earth by codes: BeiDou grid location codes
// (北斗网格位置码, GB/T 39409-2020), S2 tokens and geohashes. It encodes, decodes,
// finds the cells round one, and covers a shape with cells.
//
// It is asked by web; incidents and statistics are grouped by its codes. Cells
// are in EPSG:4490, whose difference from WGS 84 is centimetres. It knows
// nothing of the administrative grid; see spatial/cells.
package gridcode

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

var (
	// ErrScheme reports a scheme that there is not.
	ErrScheme = errors.New("gridcode: no such scheme of codes")

	// ErrLevel reports a level that the scheme doesn't have.
	ErrLevel = errors.New("gridcode: no such level")

	// ErrCode reports a text that is no code of the scheme.
	ErrCode = errors.New("gridcode: not a code")

	// ErrPosition reports a position that has no code.
	ErrPosition = errors.New("gridcode: position without a code")

	// ErrTooMany reports a cover of more cells than were allowed.
	ErrTooMany = errors.New("gridcode: too many cells")
)

// Cell is a cell of a scheme.
type Cell struct {
	Code   string
	Level  int
	Centre orb.Point
	// Corners is the cell's outline, counter-clockwise from the south-west, closed:
	// EPSG:4490 degrees. The edges of S2 cells are geodesics between the corners.
	Corners orb.Ring
}

// Scheme is a way of naming cells.
type Scheme struct {
	ID        string
	Name      string // Chinese
	NameEN    string
	First     int // coarsest level
	Last      int // finest level
	encode    func(p orb.Point, level int) (string, error)
	decode    func(code string) (Cell, error)
	neighbour func(c Cell) ([]string, error)
	square    bool // cells are rectangles in longitude and latitude
}

// Schemes lists what there is.
func Schemes() []Scheme {
	return []Scheme{
		{"beidou", "北斗网格位置码", "BeiDou grid location code", 1, 10, encodeBeiDou, decodeBeiDou, besideBeiDou, true},
		{"s2", "S2 单元", "S2 token", 0, 30, encodeS2, decodeS2, besideS2, false},
		{"geohash", "Geohash", "Geohash", 1, 12, encodeGeohash, decodeGeohash, besideGeohash, true},
	}
}

// Named returns the scheme with an id, or an [ErrScheme].
func Named(id string) (Scheme, error) {
	for _, s := range Schemes() {
		if s.ID == id {
			return s, nil
		}
	}
	return Scheme{}, fmt.Errorf("%w: %.30q", ErrScheme, id)
}

// Encode returns the code of the cell of a level that a position lies in: EPSG:4490
// degrees, longitude first. The errors are [ErrLevel] and [ErrPosition].
func (s Scheme) Encode(p orb.Point, level int) (string, error) {
	if err := s.check(level); err != nil {
		return "", err
	}
	if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
		return "", fmt.Errorf("%w: %v, %v", ErrPosition, p[0], p[1])
	}
	return s.encode(p, level)
}

func (s Scheme) check(level int) error {
	if level < s.First || level > s.Last {
		return fmt.Errorf("%w: %s has levels %d to %d, not %d", ErrLevel, s.ID, s.First, s.Last, level)
	}
	return nil
}

// Decode returns the cell that a code names, or an [ErrCode].
func (s Scheme) Decode(code string) (Cell, error) { return s.decode(code) }

// Neighbours lists the codes of the cells of the same level that share an edge
// or a corner with a cell, sorted: eight, fewer at the edge of a scheme and where
// three S2 cells meet. The error is an [ErrCode].
func (s Scheme) Neighbours(code string) ([]string, error) {
	c, err := s.decode(code)
	if err != nil {
		return nil, err
	}
	list, err := s.neighbour(c)
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(one string) bool { return one == c.Code }), err
}

// rectangle is the outline of a cell in longitude and latitude.
func rectangle(b orb.Bound) orb.Ring {
	return orb.Ring{b.Min, {b.Max[0], b.Min[1]}, b.Max, {b.Min[0], b.Max[1]}, b.Min}
}

// beside lists the codes round a rectangle by the middles of the eight places,
// round the date line if need be; those that have none are left out.
func beside(c Cell, encode func(orb.Point, int) (string, error)) []string {
	width, height := c.Corners[2][0]-c.Corners[0][0], c.Corners[2][1]-c.Corners[0][1]
	var list []string
	for _, dy := range [3]float64{-1, 0, 1} {
		for _, dx := range [3]float64{-1, 0, 1} {
			p := orb.Point{c.Centre[0] + dx*width, c.Centre[1] + dy*height}
			if math.Abs(p[1]) > 90 {
				continue
			}
			if p[0] > 180 {
				p[0] -= 360
			} else if p[0] < -180 {
				p[0] += 360
			}
			if code, err := encode(p, c.Level); err == nil {
				list = append(list, code)
			}
		}
	}
	return list
}
