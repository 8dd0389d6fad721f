package web

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/spatial/cells"
	"onemap/spatial/crs"
)

// placing is the coordinate system that a request speaks, and the ways between
// it and EPSG:4490.
type placing struct {
	system crs.System
	to     *crs.Transformer
	from   *crs.Projector
}

// readSystem reads a parameter that names a coordinate system; without it that
// is CRS84, which counts as EPSG:4490 (centimetres differ).
func readSystem(values url.Values, name string) (placing, error) {
	text := values.Get(name)
	if text == "" {
		return placingOf(crs.CGCS2000)
	}
	p, err := newPlacing(text)
	if errors.Is(err, crs.ErrNeedsParameters) {
		return p, &paramError{name, text, "西安 80、北京 54 到 CGCS2000 没有公开参数，不是可直接查询的坐标系；请先转换到 4490 等", "Xi'an 1980 and Beijing 1954 are unsupported coordinate systems: there are no public parameters to CGCS2000; convert to 4490 first"}
	}
	if err != nil {
		return p, &paramError{
			name, text, "不认识或不支持的坐标系；可用：CRS84、4490、4513–4554（如 4525、4526、4546、4547）、3857、gcj02、bd09",
			"an unknown or unsupported coordinate system; use CRS84, 4490, 4513 to 4554 (as 4525, 4526, 4546, 4547), 3857, gcj02 or bd09",
		}
	}
	return p, nil
}

func newPlacing(text string) (placing, error) {
	system, err := crs.Parse(text)
	if err != nil {
		return placing{}, err
	}
	return placingOf(system)
}

func placingOf(system crs.System) (p placing, err error) {
	p.system = system
	if p.to, err = crs.NewTransformer(p.system); err != nil {
		return p, err
	}
	p.from, err = crs.NewProjector(p.system)
	return p, err
}

// readPosition reads lon= and lat=, in the system's own degrees or metres.
func (p placing) readPosition(values url.Values) (given orb.Point, err error) {
	for i, name := range [2]string{"lon", "lat"} {
		text := values.Get(name)
		if text == "" {
			return given, &paramError{name, "", "必须给出；" + p.unitZH(), "must be given, " + p.unitEN()}
		}
		if given[i], err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(given[i]-given[i]) {
			return given, &paramError{name, text, "应为十进制数；" + p.unitZH(), "must be a decimal number, " + p.unitEN()}
		}
	}
	return given, nil
}

func (p placing) unitZH() string {
	if p.system.Geographic() {
		return "以度为单位的 " + p.system.String() + " 经度、纬度"
	}
	return "以米为单位的 " + p.system.String() + " 坐标：lon 为东坐标（测量 Y），lat 为北坐标（测量 X）"
}

func (p placing) unitEN() string {
	if p.system.Geographic() {
		return "longitude and latitude in degrees of " + p.system.String()
	}
	return "in metres of " + p.system.String() + ": lon is the easting (the surveyor's Y), lat the northing (his X)"
}

// readPlace reads lon=, lat= and crs= and returns the place in EPSG:4490.
func readPlace(values url.Values) (orb.Point, error) {
	in, err := readSystem(values, "crs")
	if err != nil {
		return orb.Point{}, err
	}
	given, err := in.readPosition(values)
	if err != nil {
		return orb.Point{}, err
	}
	return in.place(given)
}

// The rectangle that Yunfu lies in, with some room, degrees.
const yunfuWest, yunfuSouth, yunfuEast, yunfuNorth = 111.0, 22.3, 112.6, 23.4

// place brings a position to EPSG:4490 degrees. One that can't be of the system
// is a [paramError] of the axis that is wrong, and says what it looks like.
func (p placing) place(given orb.Point) (orb.Point, error) {
	err := p.system.Check(given)
	if err == nil {
		var g orb.Geometry
		if g, err = p.to.Transform(given); err == nil {
			place := g.(orb.Point)
			if math.Abs(place[0]) <= 180 && math.Abs(place[1]) <= 90 {
				return place, nil
			}
			err = crs.ErrOutOfReach
		}
	}
	name, value := "lon", given[0]
	zh, en := "该坐标不在 "+p.system.String()+" 的范围内；请核实 crs", "the position is not one of "+p.system.String()+"; check crs"
	var problem *crs.Problem
	switch {
	case errors.Is(err, crs.ErrSwapped):
		zh, en = "坐标轴颠倒：第一个数像是纬度（北坐标）；请交换 lon 与 lat", "the axes are turned round: this looks like a latitude (northing); exchange lon and lat"
		if given[1] >= yunfuWest && given[1] <= yunfuEast && given[0] >= yunfuSouth && given[0] <= yunfuNorth {
			zh, en = zh+"，交换后落在云浮", en+", and the place is in Yunfu"
		}
	case p.system.Geographic() && math.Abs(given[0]) <= 180 && math.Abs(given[1]) > 90:
		name, value = "lat", given[1]
		zh, en = "纬度应在 -90 至 90 之间", "a latitude is from -90 to 90"
	case p.system.Geographic() && math.Abs(given[0]) > 180 && math.Abs(given[0]) <= 360 && math.Abs(given[1]) <= 90:
		zh, en = "经度应在 -180 至 180 之间", "a longitude is from -180 to 180"
	case errors.As(err, &problem):
		zh, en = strings.ReplaceAll(problem.ZH, "--crs ", "crs="), strings.ReplaceAll(problem.EN, "--crs ", "crs=")
	}
	return orb.Point{}, &paramError{name, strconv.FormatFloat(value, 'f', -1, 64), zh, en}
}

// hinted is an error with a guess at what the sender meant.
type hinted struct {
	err    error
	zh, en string
}

func (e *hinted) Error() string { return e.err.Error() + "; " + e.en }

func (e *hinted) Unwrap() error { return e.err }

// meant adds to an error about a position what would have put it into the grid:
// its axes turned round, or another coordinate system.
func (p placing) meant(err error, given orb.Point, x *cells.Index) error {
	inside := func(q placing, at orb.Point) (cells.Ref, bool) {
		place, err := q.place(at)
		if err != nil {
			return cells.NoCell, false
		}
		r := x.At(place)
		return r, r != cells.NoCell
	}
	if r, ok := inside(p, orb.Point{given[1], given[0]}); ok {
		c := x.Cell(r)
		return &hinted{
			err, fmt.Sprintf("交换 lon 与 lat 后位于 %s（%s），请检查坐标轴顺序", c.Name, c.Code),
			fmt.Sprintf("with lon and lat exchanged it is in %s (%s): check the order of the axes", c.Name, c.Code),
		}
	}
	systems := []string{"gcj02", "bd09"}
	if math.Abs(given[0]) > 180 || math.Abs(given[1]) > 180 {
		systems = []string{"4546", "4525", "4547", "4526", "3857"}
	} else if p.system != crs.CGCS2000 && p.system != crs.WGS84 {
		systems = append(systems, "4490")
	}
	for _, name := range systems {
		other, wrong := newPlacing(name)
		if wrong != nil || other.system == p.system {
			continue
		}
		for _, at := range []orb.Point{given, {given[1], given[0]}} {
			if r, ok := inside(other, at); ok {
				c, turned, turnedEN := x.Cell(r), "", ""
				if at != given {
					turned, turnedEN = "并交换 lon 与 lat，", ", and lon and lat exchanged"
				}
				return &hinted{
					err, fmt.Sprintf("若坐标系为 %s，%s则位于 %s（%s），请用 crs=%s", other.system, turned, c.Name, c.Code, name),
					fmt.Sprintf("taken as %s%s it is in %s (%s): say crs=%s", other.system, turnedEN, c.Name, c.Code, name),
				}
			}
		}
	}
	return err
}
