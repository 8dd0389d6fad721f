package redline

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// The attributes that the format prescribes.
const (
	AttributeDatum      = "坐标系"
	AttributeZoneWidth  = "几度分带" // 3 or 6
	AttributeProjection = "投影类型"
	AttributeUnit       = "计量单位"
	AttributeZone       = "带号"
	AttributePrecision  = "精度"
	AttributeParameters = "转换参数"
)

// Attribute is a line of [属性描述], as it stands.
type Attribute struct{ Name, Value string }

// Header is the part before the plots.
type Header []Attribute

// Get returns an attribute's value, or "".
func (h Header) Get(name string) string {
	for _, a := range h {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Corner is a point of a ring.
type Corner struct {
	Name     string  // as "J1"
	Ring     int     // 1 is the outline
	Northing float64 // metres: the surveyor's X
	Easting  float64 // metres, with or without the zone's number: the surveyor's Y
	Decimals int     // how many decimals the figures are written with

	eastingDecimals int // of these, the easting's own
}

// Plot is a plot of land.
type Plot struct {
	Line    int    // of the file, from 1, where the plot begins
	Points  string // number of corners, as written
	Area    string // hectares, as written
	Number  string
	Name    string
	Kind    string // 面, 线 or 点
	Sheet   string // of the base map
	Use     string
	Class   string // land class code
	More    []string
	Corners []Corner
}

// Geometry returns the plot's shape, x = easting, y = northing, in the file's
// own system: a MultiPolygon for 面, a LineString for 线, MultiPoint for 点. nil
// is a plot without corners.
func (p Plot) Geometry() orb.Geometry {
	rings := p.rings()
	switch {
	case len(rings) == 0:
		return nil
	case strings.HasPrefix(p.Kind, "点"):
		var points orb.MultiPoint
		for _, r := range rings {
			points = append(points, r...)
		}
		return points
	case strings.HasPrefix(p.Kind, "线"):
		var lines orb.MultiLineString
		for _, r := range rings {
			lines = append(lines, orb.LineString(r))
		}
		return lines
	}
	for i, r := range rings {
		if len(r) > 0 && r[0] != r[len(r)-1] {
			rings[i] = append(r, r[0])
		}
	}
	return nested(rings)
}

// rings are the corners by ring: a new one begins where the number changes, or
// after a ring came back to its first corner.
func (p Plot) rings() []orb.Ring {
	var all []orb.Ring
	number, closed := 0, true
	for _, c := range p.Corners {
		at := orb.Point{c.Easting, c.Northing}
		if closed || c.Ring != number {
			all = append(all, orb.Ring{at})
			number, closed = c.Ring, false
			continue
		}
		last := &all[len(all)-1]
		closed = (*last)[0] == at && len(*last) > 2
		*last = append(*last, at)
	}
	return all
}

// SyntaxError says where a text leaves the format.
type SyntaxError struct {
	Line   int // from 1
	ZH, EN string
}

// Error returns the sentence in Chinese, then in English.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("第 %d 行：%s / line %[1]d: %[3]s", e.Line, e.ZH, e.EN)
}
