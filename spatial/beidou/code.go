// Package beidou reads and writes BeiDou grid location codes (北斗网格位置码), the
// two-dimensional code of GB/T 39409-2020, which names a cell of the earth by
// one to twenty characters, such as N49F854259A.
//
// Importers take tables by it whose rows say their place by a code; grids and
// incidents are numbered by it. Frame is CGCS2000, so cells are in EPSG:4490.
//
// It knows neither the three-dimensional code nor the scheme round the poles.
package beidou

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

var (
	// ErrCode reports a text that is no grid location code.
	ErrCode = errors.New("beidou: not a grid location code")

	// ErrPosition reports a position that has no code of the asked level: not a
	// number, beyond 180°, or 88° from the equator and more.
	ErrPosition = errors.New("beidou: position without a code")
)

// MaxLevel is the finest level, cells of 1/2048 second of arc, about 1.5 cm.
const MaxLevel = 10

// unit is how many steps of the computation a second of arc has: the size of
// the finest cell, so that all edges are whole numbers.
const unit = 2048

// level is how a level's cells lie in the one above and how they are written.
type level struct {
	width, height int64  // of a cell, in units
	lon, lat      int64  // cells in the cell above, eastward and northward
	digits        string // of each index; "" writes both as one digit, row by row
}

// levels are the levels from 2; the first is the sheet of the 1:1,000,000 map.
var levels = []level{
	{1800 * unit, 1800 * unit, 12, 8, "0123456789AB"},
	{900 * unit, 600 * unit, 2, 3, ""},
	{60 * unit, 60 * unit, 15, 10, "0123456789ABCDE"},
	{4 * unit, 4 * unit, 15, 15, "0123456789ABCDE"},
	{2 * unit, 2 * unit, 2, 2, ""},
	{unit / 4, unit / 4, 8, 8, "01234567"},
	{unit / 32, unit / 32, 8, 8, "01234567"},
	{unit / 256, unit / 256, 8, 8, "01234567"},
	{1, 1, 8, 8, "01234567"},
}

// Sizes of the first level's cells, in units, and the latitude where the polar
// scheme begins.
const (
	sheetWidth, sheetHeight = 6 * 3600 * unit, 4 * 3600 * unit
	polar                   = 88 * 3600 * unit
)

// Encode returns the code of the cell that a position lies in: longitude and
// latitude in EPSG:4490 degrees, level from 1 to [MaxLevel]. A position on an
// edge belongs to the cell away from 0°, 0°.
func Encode(p orb.Point, to int) (string, error) {
	code, err := Append(make([]byte, 0, 20), p, to)
	return string(code), err
}

// Append is [Encode] that writes the code behind b. After an error b is as it was.
func Append(b []byte, p orb.Point, to int) ([]byte, error) {
	lon, lat := p[0], p[1]
	if to < 1 || to > MaxLevel || math.IsNaN(lon-lon) || math.IsNaN(lat-lat) || math.Abs(lon) > 180 {
		return b, fmt.Errorf("%w: %v, %v at level %d", ErrPosition, lon, lat, to)
	}
	// A hair is added because degrees as written are seldom whole units in binary.
	x := int64(math.Floor(math.Abs(lon)*3600*unit + 1e-6))
	y := int64(math.Floor(math.Abs(lat)*3600*unit + 1e-6))
	if y >= polar {
		return b, fmt.Errorf("%w: %v, %v is too near a pole", ErrPosition, lon, lat)
	}
	x = min(x, 30*sheetWidth-1) // 180° belongs to the last sheet
	column := 31 + x/sheetWidth
	if lon < 0 {
		column = 30 - x/sheetWidth
	}
	b = append(b, hemisphere(lat), byte('0'+column/10), byte('0'+column%10), byte('A'+y/sheetHeight))
	x, y = x%sheetWidth, y%sheetHeight
	for _, l := range levels[:to-1] {
		i, j := x/l.width, y/l.height
		x, y = x%l.width, y%l.height
		if l.digits == "" {
			b = append(b, byte('0'+j*l.lon+i))
			continue
		}
		b = append(b, l.digits[i], l.digits[j])
	}
	return b, nil
}

func hemisphere(lat float64) byte {
	if lat < 0 {
		return 'S'
	}
	return 'N'
}

// Cell is the cell that a code names.
type Cell struct {
	Level int
	Bound orb.Bound // EPSG:4490 degrees
}

// Decode returns the cell of a code; case and blanks round it don't matter.
// A text that is no code, or a code of a hemisphere alone, is an [ErrCode].
func Decode(code string) (Cell, error) {
	text := strings.ToUpper(strings.TrimSpace(code))
	wrong := fmt.Errorf("%w: %.30q", ErrCode, code)
	if len(text) < 4 || text[0] != 'N' && text[0] != 'S' {
		return Cell{}, wrong
	}
	column := int64(text[1]-'0')*10 + int64(text[2]-'0')
	row := int64(text[3]) - 'A'
	if text[1] < '0' || text[1] > '9' || text[2] < '0' || text[2] > '9' || column < 1 || column > 60 || row < 0 || row > 21 {
		return Cell{}, wrong
	}
	east := column > 30
	x := column - 31
	if !east {
		x = 30 - column
	}
	x, y := x*sheetWidth, row*sheetHeight
	width, height := int64(sheetWidth), int64(sheetHeight)
	at, north := 1, text[0] == 'N'
	for text = text[4:]; text != ""; at++ {
		if at > len(levels) {
			return Cell{}, wrong
		}
		l := levels[at-1]
		i, j, n, ok := l.read(text)
		if !ok {
			return Cell{}, wrong
		}
		x, y, text = x+i*l.width, y+j*l.height, text[n:]
		width, height = l.width, l.height
	}
	return Cell{at, bound(x, y, width, height, east, north)}, nil
}

// read returns the indices that a code goes on with, and their length.
func (l level) read(text string) (i, j int64, n int, ok bool) {
	if l.digits == "" {
		digit := int64(text[0]) - '0'
		return digit % l.lon, digit / l.lon, 1, digit >= 0 && digit < l.lon*l.lat
	}
	if len(text) < 2 {
		return 0, 0, 0, false
	}
	i, j = int64(strings.IndexByte(l.digits, text[0])), int64(strings.IndexByte(l.digits, text[1]))
	return i, j, 2, i >= 0 && i < l.lon && j >= 0 && j < l.lat
}

// bound turns a cell's corner nearest to 0°, 0° and its size into degrees.
func bound(x, y, width, height int64, east, north bool) orb.Bound {
	degrees := func(units int64) float64 { return float64(units) / (3600 * unit) }
	b := orb.Bound{Min: orb.Point{degrees(x), degrees(y)}, Max: orb.Point{degrees(x + width), degrees(y + height)}}
	if !east {
		b.Min[0], b.Max[0] = -b.Max[0], -b.Min[0]
	}
	if !north {
		b.Min[1], b.Max[1] = -b.Max[1], -b.Min[1]
	}
	return b
}
