package tiles

import (
	"math"

	"onemap/tiles/coverage"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
	"onemap/tiles/wkb"
)

// finest brings shapes from the plane of a square (metres of EPSG:3857, or
// longitude and latitude in degrees) onto the finest grid of a pyramid.
type finest struct {
	square grid.Square
	reader wkb.Reader
	points []coverage.Point
	parts  [][]coverage.Point
}

// read returns the parts of a geometry as [pyramid.Feature] has them. They are
// valid until the next call.
func (f *finest) read(b []byte) ([][]coverage.Point, error) {
	shape, err := f.reader.Read(b)
	if err != nil {
		return nil, err
	}
	f.points, f.parts = f.points[:0], f.parts[:0]
	corner, units := f.square.Corner(), pyramid.World/f.square.Side()
	for _, p := range shape.Points {
		f.points = append(f.points, coverage.Point{X: onGrid((p.X - corner[0]) * units), Y: onGrid((corner[1] - p.Y) * units)})
	}
	begin := 0
	for _, end := range shape.Ends {
		part := f.points[begin:end:end]
		begin = end
		if n := len(part); shape.Kind == wkb.Polygons && n > 1 && part[0] == part[n-1] {
			part = part[:n-1]
		}
		f.parts = append(f.parts, part)
	}
	for i, outer := range shape.Outer {
		next := len(f.parts)
		if i+1 < len(shape.Outer) {
			next = shape.Outer[i+1]
		}
		pyramid.Orient(f.parts[outer:next])
	}
	return f.parts, nil
}

// onGrid rounds to a unit, and brings what lies outside the world to its edge.
func onGrid(v float64) int32 {
	return int32(math.Round(min(max(v, 0), pyramid.World)))
}

// degrees is the longitude and latitude of a point of the finest grid of a square.
func degrees(in grid.Square, p coverage.Point) (lon, lat float64) {
	lon = float64(p.X)/pyramid.World*360 - 180
	if in == grid.Geographic {
		return lon, 90 - float64(p.Y)/pyramid.World*360
	}
	lat = math.Atan(math.Sinh(math.Pi*(1-2*float64(p.Y)/pyramid.World))) * 180 / math.Pi
	return lon, lat
}
