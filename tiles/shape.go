package tiles

import (
	"encoding/binary"
	"math"

	"onemap/layers"
	"onemap/tiles/coverage"
	"onemap/tiles/wkb"
)

// appendShape writes parts as EWKB: a multipolygon, multilinestring or
// multipoint. Outer rings, of positive area, are followed by their holes; rings
// don't repeat their first point. Coordinates stay as they are.
func appendShape(b []byte, kind layers.GeometryKind, parts [][]coverage.Point) []byte {
	switch kind {
	case layers.Polygon:
		return appendPolygons(b, parts)
	case layers.LineString:
		b = appendHead(b, wkb.MultiLineStringCode, len(parts))
		for _, line := range parts {
			b = appendPoints(appendHead(b, wkb.LineStringCode, len(line)), line)
		}
		return b
	}
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	b = appendHead(b, wkb.MultiPointCode, n)
	for _, part := range parts {
		for i := range part {
			b = appendPoints(binary.LittleEndian.AppendUint32(append(b, 1), wkb.PointCode), part[i:i+1])
		}
	}
	return b
}

func appendPolygons(b []byte, rings [][]coverage.Point) []byte {
	var begins []int // of each polygon in rings
	for i, r := range rings {
		if i == 0 || coverage.DoubleArea(r) > 0 {
			begins = append(begins, i)
		}
	}
	b = appendHead(b, wkb.MultiPolygonCode, len(begins))
	for i, begin := range begins {
		end := len(rings)
		if i+1 < len(begins) {
			end = begins[i+1]
		}
		b = appendHead(b, wkb.PolygonCode, end-begin)
		for _, r := range rings[begin:end] {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(r)+1))
			b = appendPoints(appendPoints(b, r), r[:1])
		}
	}
	return b
}

func appendHead(b []byte, kind uint32, n int) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, 1), kind)
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

func appendPoints(b []byte, points []coverage.Point) []byte {
	for _, p := range points {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(p.X)))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(p.Y)))
	}
	return b
}
