package compliance

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// The sketch's size, in CSS pixels; 16:10 like the page that it stands on.
const (
	sketchWidth  = 800.0
	sketchHeight = 500.0
	sketchMargin = 24.0
)

var verdictColours = map[Verdict]string{Notice: "#2f6fb5", Restricted: "#d98200", Prohibited: "#c2261c"}

// sketch draws the red line and the pieces that rules object to, gravest on top,
// with a scale bar: an SVG without script or reference.
func sketch(a Answer) template.HTML {
	shape := a.Redline.Geometry()
	d := newDrawing(shape)
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-label="红线与占用示意图 Sketch of the red line and the pieces">`, sketchWidth, sketchHeight)
	fmt.Fprintf(&out, `<defs><clipPath id="frame"><rect x="0" y="0" width="%g" height="%g"/></clipPath></defs><g clip-path="url(#frame)">`, sketchWidth, sketchHeight)
	fmt.Fprintf(&out, `<path d="%s" fill="#f4f1ea" fill-rule="evenodd" stroke="none"/>`, d.path(shape))
	for _, grave := range []Verdict{Notice, Restricted, Prohibited} {
		for _, f := range a.Findings {
			if f.Finding == grave {
				d.finding(&out, f, verdictColours[grave])
			}
		}
	}
	fmt.Fprintf(&out, `<path d="%s" fill="none" stroke="#d5001c" stroke-width="2" stroke-linejoin="round"/></g>`, d.path(shape))
	d.scaleBar(&out)
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // made of numbers and constants alone
}

// drawing puts longitude and latitude on the sketch, north up.
type drawing struct {
	west, north    float64
	perLon, perLat float64 // pixels a degree
	left, top      float64
	metrePixels    float64 // pixels a metre
}

func newDrawing(g orb.Geometry) drawing {
	b := g.Bound()
	stretch := math.Cos((b.Min[1] + b.Max[1]) / 2 * math.Pi / 180)
	width, height := max((b.Max[0]-b.Min[0])*stretch, 1e-7), max(b.Max[1]-b.Min[1], 1e-7)
	perDegree := min((sketchWidth-2*sketchMargin)/width, (sketchHeight-2*sketchMargin)/height)
	return drawing{
		west: b.Min[0], north: b.Max[1], perLon: perDegree * stretch, perLat: perDegree,
		left: (sketchWidth - width*perDegree) / 2, top: (sketchHeight - height*perDegree) / 2, metrePixels: perDegree / 110_750,
	}
}

func (d drawing) at(p orb.Point) (x, y float64) {
	return d.left + (p[0]-d.west)*d.perLon, d.top + (d.north-p[1])*d.perLat
}

// nearby is how far apart two corners must be drawn, in pixels: what is nearer is left out.
const nearby = 0.4

// path is the outline of polygons, or the run of lines.
func (d drawing) path(g orb.Geometry) string {
	var out strings.Builder
	line := func(points []orb.Point, end string) {
		lastX, lastY := math.Inf(1), math.Inf(1)
		for i, p := range points {
			x, y := d.at(p)
			if i > 0 && i < len(points)-1 && math.Hypot(x-lastX, y-lastY) < nearby {
				continue
			}
			command := "L"
			if i == 0 {
				command = "M"
			}
			fmt.Fprintf(&out, "%s%.1f %.1f", command, x, y)
			lastX, lastY = x, y
		}
		out.WriteString(end)
	}
	var walk func(orb.Geometry)
	walk = func(g orb.Geometry) {
		switch g := g.(type) {
		case orb.MultiPolygon:
			for _, polygon := range g {
				walk(polygon)
			}
		case orb.Polygon:
			for _, ring := range g {
				line(ring, "Z")
			}
		case orb.MultiLineString:
			for _, one := range g {
				line(one, "")
			}
		case orb.LineString:
			line(g, "")
		}
	}
	walk(g)
	return out.String()
}

func (d drawing) finding(out *strings.Builder, f Finding, colour string) {
	if f.Outside != nil {
		fmt.Fprintf(out, `<path d="%s" fill="%s" fill-opacity=".35" fill-rule="evenodd" stroke="%[2]s" stroke-width=".8" stroke-dasharray="4 3"/>`, d.path(f.Outside.Geometry()), colour)
		return
	}
	for _, p := range f.Pieces {
		switch g := p.Geometry.Geometry().(type) {
		case orb.Point:
			d.dot(out, g, colour)
		case orb.MultiPoint:
			for _, one := range g {
				d.dot(out, one, colour)
			}
		case orb.LineString, orb.MultiLineString:
			fmt.Fprintf(out, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`, d.path(g), colour)
		default:
			fmt.Fprintf(out, `<path d="%s" fill="%s" fill-opacity=".45" fill-rule="evenodd" stroke="%[2]s" stroke-width=".8"/>`, d.path(g), colour)
		}
	}
}

func (d drawing) dot(out *strings.Builder, p orb.Point, colour string) {
	x, y := d.at(p)
	fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s" stroke="#fff"/>`, x, y, colour)
}

// scaleBar draws a bar of a round length of about a fifth of the sketch.
func (d drawing) scaleBar(out *strings.Builder) {
	want := sketchWidth / 5 / d.metrePixels
	step := math.Pow(10, math.Floor(math.Log10(want)))
	for _, more := range []float64{5, 2} {
		if step*more <= want {
			step *= more
			break
		}
	}
	label := fmt.Sprintf("%g 米 m", step)
	if step >= 1000 {
		label = fmt.Sprintf("%g 公里 km", step/1000)
	}
	length := step * d.metrePixels
	fmt.Fprintf(out, `<path d="M%.1f %.1fv6h%.1fv-6" fill="none" stroke="#333"/><text x="%[1]g" y="%[4]g" font-size="12" fill="#333">%[5]s</text>`,
		16.0, sketchHeight-20, length, sketchHeight-26, label)
	fmt.Fprintf(out, `<path d="M%g 40V14l-5 9m5-9l5 9" fill="none" stroke="#333"/><text x="%g" y="54" font-size="12" text-anchor="middle" fill="#333">北 N</text>`, sketchWidth-24, sketchWidth-24)
}
