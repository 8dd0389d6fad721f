package crs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// Convention says which way the rotations of a seven-parameter transformation turn.
type Convention string

// The conventions. One's rotations are the other's with their signs turned; a
// mistake here is tens of metres.
const (
	PositionVector  Convention = "position-vector"  // 布尔莎 as EPSG:9606
	CoordinateFrame Convention = "coordinate-frame" // as EPSG:9607
)

// SevenParameters bring positions of an older Chinese datum to CGCS2000 by way
// of geocentric coordinates (布尔莎七参数). They are classified where they are
// good: the operator supplies them in a file, and nothing here writes them down.
type SevenParameters struct {
	Datum      string     `json:"datum"`      // "xian-1980" or "beijing-1954"; "" is for whatever the file has
	DX         float64    `json:"dx"`         // metres
	DY         float64    `json:"dy"`         // metres
	DZ         float64    `json:"dz"`         // metres
	RX         float64    `json:"rx"`         // seconds of arc
	RY         float64    `json:"ry"`         // seconds of arc
	RZ         float64    `json:"rz"`         // seconds of arc
	PPM        float64    `json:"ppm"`        // scale, parts in a million
	Convention Convention `json:"convention"` //
	Source     string     `json:"source"`     // who gave them out, for the report
}

// ErrParameters reports seven parameters that can't be used.
var ErrParameters = errors.New("crs: the seven parameters can't be used")

// Bounds of parameters between China's datums. Beyond them units were mixed up:
// radians for seconds, or a scale that is a factor.
const (
	mostShift    = 2000 // metres
	mostRotation = 60   // seconds of arc
	mostScale    = 100  // parts in a million
)

// ReadSevenParameters reads parameters from JSON: every member must be there but
// datum, and none else. What is wrong is an [ErrParameters].
func ReadSevenParameters(r io.Reader) (SevenParameters, error) {
	wrong := func(zh, en string, args ...any) (SevenParameters, error) {
		return SevenParameters{}, problem(ErrParameters, "七参数文件："+zh, "the file of seven parameters: "+en, args...)
	}
	text, err := io.ReadAll(io.LimitReader(r, 64<<10))
	if err != nil {
		return SevenParameters{}, fmt.Errorf("crs: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return wrong("不是有效的 JSON（%[1]v）", "it is no valid JSON (%[1]v)", err)
	}
	for _, name := range []string{"dx", "dy", "dz", "rx", "ry", "rz", "ppm", "convention", "source"} {
		if raw, there := members[name]; !there || string(raw) == "null" {
			return wrong("缺少 %[1]q；须有 dx、dy、dz（米），rx、ry、rz（秒），ppm，convention，source", "it lacks %[1]q; it needs dx, dy, dz (metres), rx, ry, rz (seconds), ppm, convention and source", name)
		}
	}
	var p SevenParameters
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return wrong("%[1]v", "%[1]v", err)
	}
	switch {
	case p.Convention != PositionVector && p.Convention != CoordinateFrame:
		return wrong("convention 应为 position-vector 或 coordinate-frame，而不是 %[1]q", "convention must be position-vector or coordinate-frame, not %[1]q", string(p.Convention))
	case strings.TrimSpace(p.Source) == "":
		return wrong("source 应写明参数的来源", "source must say where the parameters are from")
	case p.Datum != "" && p.Datum != xianName && p.Datum != beijingName:
		return wrong("datum 应为 xian-1980 或 beijing-1954，而不是 %[1]q", "datum must be xian-1980 or beijing-1954, not %[1]q", p.Datum)
	}
	for _, one := range []struct{ value, most float64 }{
		{p.DX, mostShift},
		{p.DY, mostShift},
		{p.DZ, mostShift},
		{p.RX, mostRotation},
		{p.RY, mostRotation},
		{p.RZ, mostRotation},
		{p.PPM, mostScale},
	} {
		if math.Abs(one.value) > one.most {
			return wrong("有的数值过大：平移以米、旋转以秒、尺度以百万分之一（ppm）计", "a figure is too large: shifts are in metres, rotations in seconds, the scale in parts in a million (ppm)")
		}
	}
	return p, nil
}

// NewTransformerWith returns the way from a system on an older Chinese datum to
// EPSG:4490 by seven parameters. Heights are taken as 0, which moves a place
// by a centimetre or two for each kilometre that it is high. Other systems need no parameters
// and are [NewTransformer]'s.
func NewTransformerWith(source System, p SevenParameters) (*Transformer, error) {
	o, ok := olderOf(source.code)
	switch {
	case !ok:
		return nil, problem(ErrParameters, "%[1]s 不需要七参数", "%[1]s needs no seven parameters", source.String())
	case p.Datum != "" && p.Datum != o.name:
		return nil, problem(ErrParameters,
			"七参数是为 %[1]s 给出的，而数据为 %[2]s（%[3]s）",
			"the seven parameters are for %[1]s, but the data is in %[2]s (%[3]s)", p.Datum, o.name, source.String())
	}
	shift := p.between(o.ellipsoid)
	if o.geographic {
		return &Transformer{source: source, undo: func(at orb.Point) (orb.Point, bool) {
			return shift(at), math.Abs(at[0]) <= 180 && math.Abs(at[1]) <= 90
		}}, nil
	}
	undo := newTransverseMercator(o.ellipsoid.axis, o.ellipsoid.inverse, float64(o.grid.meridian), float64(o.grid.zone)*1e6+500_000, 1).undo
	return &Transformer{source: source, undo: func(at orb.Point) (orb.Point, bool) {
		on, ok := undo(at)
		return shift(on), ok
	}}, nil
}

// ellipsoid is a figure of the earth.
type ellipsoid struct{ axis, inverse float64 } // metres, inverse flattening

var (
	figure2000 = ellipsoid{6378137, 298.257222101}
	iag1975    = ellipsoid{6378140, 298.257} // of Xi'an 1980
	krassowsky = ellipsoid{6378245, 298.3}   // of Beijing 1954
)

// between returns the transformation of degrees on an older figure to degrees on
// CGCS2000's, by the linear form that EPSG's methods and PROJ use.
func (p SevenParameters) between(from ellipsoid) func(orb.Point) orb.Point {
	const second = math.Pi / (180 * 3600)
	rx, ry, rz := p.RX*second, p.RY*second, p.RZ*second
	if p.Convention == CoordinateFrame {
		rx, ry, rz = -rx, -ry, -rz
	}
	scale := 1 + p.PPM*1e-6
	return func(at orb.Point) orb.Point {
		x, y, z := from.geocentric(at)
		return figure2000.geodetic(
			p.DX+scale*(x-rz*y+ry*z),
			p.DY+scale*(rz*x+y-rx*z),
			p.DZ+scale*(-ry*x+rx*y+z))
	}
}

// squared is the square of the first eccentricity.
func (e ellipsoid) squared() float64 { f := 1 / e.inverse; return f * (2 - f) }

// geocentric returns the place in metres of degrees on the ellipsoid.
func (e ellipsoid) geocentric(at orb.Point) (x, y, z float64) {
	sinLon, cosLon := math.Sincos(at[0] * (math.Pi / 180))
	sinLat, cosLat := math.Sincos(at[1] * (math.Pi / 180))
	n := e.axis / math.Sqrt(1-e.squared()*sinLat*sinLat)
	return n * cosLat * cosLon, n * cosLat * sinLon, n * (1 - e.squared()) * sinLat
}

// geodetic undoes geocentric; the height is dropped. Four rounds leave less than
// a micrometre wherever people live.
func (e ellipsoid) geodetic(x, y, z float64) orb.Point {
	fromAxis, e2 := math.Hypot(x, y), e.squared()
	lat := math.Atan2(z, fromAxis*(1-e2))
	for range 4 {
		sin := math.Sin(lat)
		n := e.axis / math.Sqrt(1-e2*sin*sin)
		lat = math.Atan2(z+e2*n*sin, fromAxis)
	}
	return orb.Point{math.Atan2(y, x) * (180 / math.Pi), lat * (180 / math.Pi)}
}
