package demo

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers"
)

// The columns that hold the position in CSV deliveries, in degrees of EPSG:4490.
const (
	lonColumn = "经度"
	latColumn = "纬度"
)

// columnName is the name of a field in a bundle's files.
func (b bundle) columnName(f layers.Field) string {
	if b.labels {
		return f.Label
	}
	return f.Name
}

// writeFile calls fill with a buffered writer on a new file.
func writeFile(path string, fill func(*bufio.Writer) error) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	out := bufio.NewWriterSize(file, 1<<20)
	if err := fill(out); err != nil {
		return err
	}
	return out.Flush()
}

// writeCSV writes points with the columns 经度 and 纬度, UTF-8 without a mark.
func (c *city) writeCSV(b bundle, path string) error {
	t := b.tables[0]
	return writeFile(path, func(out *bufio.Writer) error {
		w := csv.NewWriter(out)
		var record []string
		for _, f := range t.fields {
			record = append(record, b.columnName(f))
		}
		if err := w.Write(append(record, lonColumn, latColumn)); err != nil {
			return err
		}
		for i := range t.count {
			shape, values := t.row(i)
			point, ok := shape.(orb.Point)
			if !ok {
				return fmt.Errorf("row %d: a CSV holds points, not a %s", i+1, shape.GeoJSONType())
			}
			record = record[:0]
			for j, v := range values {
				record = append(record, plainText(v, t.fields[j]))
			}
			p := c.krueger.lonLat(point)
			record = append(record, degrees(p[0]), degrees(p[1]))
			if err := w.Write(record); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	})
}

// degrees writes an angle to 1e-8 degrees, about a millimetre.
func degrees(v float64) string { return strconv.FormatFloat(v, 'f', 8, 64) }

func plainText(value any, f layers.Field) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		if f.Type == layers.Decimal {
			return strconv.FormatFloat(v, 'f', f.Scale, 64)
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if f.Type == layers.Date {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	}
	return fmt.Sprint(value)
}

// writeGeoJSON writes longitude and latitude in EPSG:4490. A bundle that is not
// silent names the system in a "crs" member, as GDAL does.
func (c *city) writeGeoJSON(b bundle, path string) error {
	t := b.tables[0]
	return writeFile(path, func(out *bufio.Writer) error {
		_, _ = out.WriteString("{\n\"type\": \"FeatureCollection\",\n")
		if !b.silent {
			_, _ = out.WriteString("\"crs\": {\"type\": \"name\", \"properties\": {\"name\": \"urn:ogc:def:crs:EPSG::4490\"}},\n")
		}
		_, _ = out.WriteString("\"features\": [\n")
		for i := range t.count {
			if i > 0 {
				_, _ = out.WriteString(",\n")
			}
			if err := c.writeFeature(out, b, t, i, true); err != nil {
				return err
			}
		}
		_, err := out.WriteString("\n]\n}\n")
		return err
	})
}

// writeFeature writes row i as a GeoJSON feature on one line, in degrees or in
// metres of EPSG:4546.
func (c *city) writeFeature(out *bufio.Writer, b bundle, t table, i int, inDegrees bool) error {
	shape, values := t.row(i)
	_, _ = out.WriteString(`{"type":"Feature","properties":{`)
	for j, f := range t.fields {
		if j > 0 {
			_ = out.WriteByte(',')
		}
		name, err := json.Marshal(b.columnName(f))
		if err != nil {
			return err
		}
		value := values[j]
		if day, ok := value.(time.Time); ok {
			value = plainText(day, f)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		_, _ = out.Write(name)
		_ = out.WriteByte(':')
		_, _ = out.Write(text)
	}
	_, _ = out.WriteString(`},"geometry":`)
	c.writeGeometry(out, shape, inDegrees)
	_, err := out.WriteString("}")
	return err
}

func (c *city) writeGeometry(out *bufio.Writer, shape orb.Geometry, inDegrees bool) {
	buffer := make([]byte, 0, 64)
	position := func(p orb.Point) {
		decimals := 3
		if inDegrees {
			p, decimals = c.krueger.lonLat(p), 9
		}
		buffer = append(buffer[:0], '[')
		buffer = strconv.AppendFloat(buffer, p[0], 'f', decimals, 64)
		buffer = append(buffer, ',')
		buffer = strconv.AppendFloat(buffer, p[1], 'f', decimals, 64)
		_, _ = out.Write(append(buffer, ']'))
	}
	line := func(points []orb.Point) {
		for i, p := range points {
			_ = out.WriteByte("[,"[min(i, 1)])
			position(p)
		}
		_ = out.WriteByte(']')
	}
	polygon := func(rings orb.Polygon) {
		for i, ring := range rings {
			_ = out.WriteByte("[,"[min(i, 1)])
			line(ring)
		}
		_ = out.WriteByte(']')
	}
	_, _ = out.WriteString(`{"type":"` + shape.GeoJSONType() + `","coordinates":`)
	switch s := shape.(type) {
	case orb.Point:
		position(s)
	case orb.LineString:
		line(s)
	case orb.Polygon:
		polygon(s)
	case orb.MultiPolygon:
		for i, p := range s {
			_ = out.WriteByte("[,"[min(i, 1)])
			polygon(p)
		}
		_ = out.WriteByte(']')
	}
	_ = out.WriteByte('}')
}
