package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"
)

// geoJSON writes a FeatureCollection a layer. RFC 7946 knows degrees alone; a file
// in another system says so in the member crs, as GeoJSON 2008 has it, which GDAL
// and QGIS read.
type geoJSON struct {
	folder string
	o      Options
	now    Layer
	file   *os.File
	out    *bufio.Writer
	some   bool
}

// Begin implements [Writer].
func (w *geoJSON) Begin(l Layer) (err error) {
	if err := w.end(); err != nil {
		return err
	}
	w.now, w.some = l, false
	if w.file, err = os.OpenFile(filepath.Join(w.folder, l.Name+".geojson"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	w.out = bufio.NewWriterSize(w.file, 1<<18)
	name, _ := json.Marshal(l.Name)
	_, err = fmt.Fprintf(w.out, `{"type":"FeatureCollection","name":%s,"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::%d"}},"features":[`, name, w.o.EPSG)
	return err
}

// decimals of coordinates: about 1 cm in degrees, 1 mm in metres.
func (w *geoJSON) decimals() float64 {
	if w.o.Degrees {
		return 1e8
	}
	return 1e3
}

// Add implements [Writer].
func (w *geoJSON) Add(fid int64, shape []byte, values []any) error {
	g, err := wkb.Unmarshal(shape)
	if err != nil {
		return fmt.Errorf("%w: feature %d: %w", ErrWrite, fid, err)
	}
	scale := w.decimals()
	eachPoint(g, func(p *orb.Point) {
		p[0], p[1] = math.Round(p[0]*scale)/scale, math.Round(p[1]*scale)/scale
	})
	text, err := geojson.NewGeometry(g).MarshalJSON()
	if err != nil {
		return fmt.Errorf("%w: feature %d: %w", ErrWrite, fid, err)
	}
	separator := "\n"
	if w.some {
		separator = ",\n"
	}
	w.some = true
	fmt.Fprintf(w.out, `%s{"type":"Feature","id":%d,"properties":{`, separator, fid)
	for i, c := range w.now.Columns {
		if i > 0 {
			w.out.WriteByte(',') //nolint:errcheck // Flush tells
		}
		value, err := jsonValue(c, values[i])
		if err != nil {
			return fmt.Errorf("%w: feature %d: %s: %w", ErrWrite, fid, c.Name, err)
		}
		fmt.Fprintf(w.out, "%q:%s", c.Name, value)
	}
	_, err = fmt.Fprintf(w.out, `},"geometry":%s}`, text)
	return err
}

func jsonValue(c Column, value any) ([]byte, error) {
	switch v := value.(type) {
	case time.Time:
		if c.Type == Date {
			return []byte(v.Format(`"2006-01-02"`)), nil
		}
		return []byte(v.In(beijing).Format(`"` + time.RFC3339Nano + `"`)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return []byte("null"), nil
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(text.Bytes()), err
}

// eachPoint calls do with every point of a shape.
func eachPoint(g orb.Geometry, do func(p *orb.Point)) {
	all := func(points []orb.Point) {
		for i := range points {
			do(&points[i])
		}
	}
	switch g := g.(type) {
	case orb.MultiPoint:
		all(g)
	case orb.MultiLineString:
		for _, line := range g {
			all(line)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			for _, ring := range polygon {
				all(ring)
			}
		}
	}
}

func (w *geoJSON) end() error {
	if w.file == nil {
		return nil
	}
	_, err := w.out.WriteString("\n]}\n")
	err = errors.Join(err, w.out.Flush(), w.file.Close())
	w.file = nil
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return nil
}

// Close implements [Writer].
func (w *geoJSON) Close() error { return w.end() }

// Notes implements [Writer].
func (w *geoJSON) Notes() ([]Renamed, []Loss) { return nil, nil }
