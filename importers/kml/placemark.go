package kml

import (
	"encoding/xml"
	"strings"
)

// readPlacemark reads the placemark that has begun into values and shape.
func (p *parser) readPlacemark() error {
	p.guard.left = longest
	p.values = p.values[:0]
	p.shape.reset()
	return p.children(func(t xml.StartElement) error {
		switch name := t.Name.Local; name {
		case "name", "description", "address", "phoneNumber", "Snippet", "snippet":
			return p.keep(name)
		case "TimeStamp", "TimeSpan":
			return p.children(p.moment)
		case "ExtendedData":
			return p.children(p.extended)
		default:
			return p.geometry(t)
		}
	})
}

// keep takes the text of the element that has begun as an attribute.
func (p *parser) keep(key string) error {
	text, err := p.content()
	if trimmed := strings.TrimSpace(string(text)); err == nil && trimmed != "" {
		p.values = append(p.values, value{key, trimmed})
	}
	return err
}

func (p *parser) moment(t xml.StartElement) error {
	key := map[string]string{"when": "timestamp", "begin": "begin", "end": "end"}[t.Name.Local]
	if key == "" {
		return p.skip()
	}
	before := len(p.values)
	if err := p.keep(key); err != nil {
		return err
	}
	if len(p.values) > before {
		p.values[before].text = wholeDay(p.values[before].text)
	}
	return nil
}

// wholeDay makes of a year, or a year and month, their first day.
func wholeDay(text string) string {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '-' {
			return text
		}
	}
	switch {
	case len(text) == len("2024"):
		return text + "-01-01"
	case len(text) == len("2024-05") && text[4] == '-':
		return text + "-01"
	}
	return text
}

// extended reads Data and SchemaData. An element of a namespace of its own is
// data too, by its name.
func (p *parser) extended(t xml.StartElement) error {
	switch t.Name.Local {
	case "Data":
		key := ":" + attribute(t, "name")
		return p.children(func(t xml.StartElement) error {
			if t.Name.Local == "value" {
				return p.keep(key)
			}
			return p.skip()
		})
	case "SchemaData":
		return p.children(func(t xml.StartElement) error {
			if t.Name.Local == "SimpleData" {
				return p.keep(":" + attribute(t, "name"))
			}
			return p.skip()
		})
	default:
		return p.keep(":" + t.Name.Local)
	}
}

// geometry reads a geometry into the shape, or passes over another element.
func (p *parser) geometry(t xml.StartElement) error {
	switch t.Name.Local {
	case "Point", "LineString", "LinearRing":
		return p.children(func(inner xml.StartElement) error {
			if inner.Name.Local != "coordinates" {
				return p.skip()
			}
			text, err := p.content()
			if err != nil {
				return err
			}
			if t.Name.Local == "Point" {
				p.shape.point(text)
			} else {
				p.shape.line(text)
			}
			return nil
		})
	case "Polygon":
		p.shape.beginPolygon()
		return p.children(p.boundary)
	case "MultiGeometry", "MultiTrack":
		return p.children(p.geometry)
	case "Track":
		return p.track()
	default:
		return p.skip()
	}
}

// boundary reads an outer or inner boundary, in whatever order they come.
func (p *parser) boundary(t xml.StartElement) error {
	outer := t.Name.Local == "outerBoundaryIs"
	if !outer && t.Name.Local != "innerBoundaryIs" {
		return p.skip()
	}
	return p.children(func(t xml.StartElement) error {
		if t.Name.Local != "LinearRing" {
			return p.skip()
		}
		return p.children(func(t xml.StartElement) error {
			if t.Name.Local != "coordinates" {
				return p.skip()
			}
			text, err := p.content()
			if err == nil {
				p.shape.ring(text, outer)
			}
			return err
		})
	})
}

// track reads a track's positions as a line.
func (p *parser) track() error {
	p.shape.beginTrack()
	return p.children(func(t xml.StartElement) error {
		if t.Name.Local != "coord" {
			return p.skip()
		}
		text, err := p.content()
		if err == nil {
			p.shape.trackPoint(text)
		}
		return err
	})
}
