package kml

import (
	"io"

	"github.com/paulmach/orb"
)

// Placemark is a feature.
type Placemark struct {
	Values   []string     // by the layer's fields; "" is none. Good until the next one is read
	Geometry orb.Geometry // nil is none; a coordinate that can't be read is NaN
}

// Reader reads a layer's placemarks one by one.
type Reader struct {
	parser *parser
	layer  Layer
	values []string
	found  bool
}

// NewReader starts reading a layer that [Scan] found in the same document.
func NewReader(r io.Reader, l Layer) *Reader {
	d := &Reader{parser: newParser(r), layer: l, values: make([]string, len(l.Fields))}
	d.parser.placemark = d.placemark
	return d
}

// Next returns the next placemark; after the last there is an io.EOF. The error
// is else a [*SyntaxError] or the file's own.
func (d *Reader) Next() (Placemark, error) {
	for d.found = false; !d.found; {
		if err := d.parser.next(); err != nil {
			return Placemark{}, err
		}
	}
	clear(d.values)
	for _, v := range d.parser.values {
		if i, known := d.layer.index[v.key]; known && d.values[i] == "" {
			d.values[i] = v.text
		}
	}
	return Placemark{d.values, d.parser.shape.geometry()}, nil
}

func (d *Reader) placemark() error {
	if d.parser.current() != d.layer.container {
		return d.parser.skip()
	}
	d.found = true
	return d.parser.readPlacemark()
}
