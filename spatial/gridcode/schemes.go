package gridcode

import (
	"fmt"
	"strings"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"onemap/spatial/beidou"
)

func encodeBeiDou(p orb.Point, level int) (string, error) {
	code, err := beidou.Encode(p, level)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPosition, err)
	}
	return code, nil
}

func decodeBeiDou(code string) (Cell, error) {
	c, err := beidou.Decode(code)
	if err != nil {
		return Cell{}, fmt.Errorf("%w: %w", ErrCode, err)
	}
	return Cell{strings.ToUpper(strings.TrimSpace(code)), c.Level, c.Bound.Center(), rectangle(c.Bound)}, nil
}

func besideBeiDou(c Cell) ([]string, error) { return beside(c, encodeBeiDou), nil }

func encodeS2(p orb.Point, level int) (string, error) {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(p[1], p[0])).Parent(level).ToToken(), nil
}

func decodeS2(code string) (Cell, error) {
	text := strings.ToLower(strings.TrimSpace(code))
	id := s2.CellIDFromToken(text)
	if !id.IsValid() || id.ToToken() != strings.TrimRight(text, "0") {
		return Cell{}, fmt.Errorf("%w: %.30q is no S2 token", ErrCode, code)
	}
	cell, ring := s2.CellFromCellID(id), make(orb.Ring, 0, 5)
	for k := range 4 {
		ring = append(ring, degrees(s2.LatLngFromPoint(cell.Vertex(k))))
	}
	return Cell{id.ToToken(), id.Level(), degrees(id.LatLng()), append(ring, ring[0])}, nil
}

func degrees(at s2.LatLng) orb.Point { return orb.Point{at.Lng.Degrees(), at.Lat.Degrees()} }

func besideS2(c Cell) ([]string, error) {
	var list []string
	id := s2.CellIDFromToken(c.Code)
	for _, one := range id.AllNeighbors(id.Level()) {
		list = append(list, one.ToToken())
	}
	return list, nil
}

const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// halve is one bit of a geohash: which half of the range the position is in.
func halve(low, high *float64, upper bool) {
	if middle := (*low + *high) / 2; upper {
		*low = middle
	} else {
		*high = middle
	}
}

func encodeGeohash(p orb.Point, level int) (string, error) {
	b := orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
	code := make([]byte, 0, level)
	for bit, digit := 0, 0; len(code) < level; bit++ {
		axis := bit % 2 // longitude first
		upper := p[axis] >= (b.Min[axis]+b.Max[axis])/2
		halve(&b.Min[axis], &b.Max[axis], upper)
		if digit <<= 1; upper {
			digit |= 1
		}
		if bit%5 == 4 {
			code, digit = append(code, geohashDigits[digit]), 0
		}
	}
	return string(code), nil
}

func decodeGeohash(code string) (Cell, error) {
	text := strings.ToLower(strings.TrimSpace(code))
	b := orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
	if len(text) < 1 || len(text) > 12 {
		return Cell{}, fmt.Errorf("%w: %.30q is no geohash of 1 to 12 characters", ErrCode, code)
	}
	for i := range len(text) {
		digit := strings.IndexByte(geohashDigits, text[i])
		if digit < 0 {
			return Cell{}, fmt.Errorf("%w: %.30q is no geohash", ErrCode, code)
		}
		for bit := range 5 {
			axis := (5*i + bit) % 2
			halve(&b.Min[axis], &b.Max[axis], digit>>(4-bit)&1 == 1)
		}
	}
	return Cell{text, len(text), b.Center(), rectangle(b)}, nil
}

func besideGeohash(c Cell) ([]string, error) { return beside(c, encodeGeohash), nil }
