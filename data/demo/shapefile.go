package demo

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"

	"onemap/layers"
)

// Shapefiles are written here and not by GDAL, since godal gives no say over
// field widths, the code page of the DBF and its language id, and those are
// what makes a Chinese delivery what it is.

// zipTime is the time of all files in archives, so that the same rows give the
// same bytes.
var zipTime = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// projections are the .prj texts, as ESRI software writes them.
var projections = map[string]string{
	"EPSG:4525": gaussKrueger("CGCS2000_3_Degree_GK_Zone_37", "37500000.0"),
	"EPSG:4546": gaussKrueger("CGCS2000_3_Degree_GK_CM_111E", "500000.0"),
}

func gaussKrueger(name, easting string) string {
	return `PROJCS["` + name + `",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",` +
		`SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],` +
		`PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",` + easting + `],PARAMETER["False_Northing",0.0],` +
		`PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`
}

// shapefileName is the name of the files in the archive: the code name of the
// layer where it has one, else its Chinese name.
func (t table) shapefileName() string {
	for _, alias := range t.layer.Aliases {
		if alias == strings.ToUpper(alias) && alias[0] < 128 {
			return alias
		}
	}
	return strings.ToUpper(t.layer.ID)
}

// spool is one member of the archive while it is written.
type spool struct {
	file *os.File
	out  *bufio.Writer
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "part-*")
	if err != nil {
		return nil, err
	}
	return &spool{file, bufio.NewWriterSize(file, 1<<20)}, nil
}

func (s *spool) put(order binary.ByteOrder, values ...any) {
	for _, v := range values {
		switch v := v.(type) {
		case int32:
			var b [4]byte
			order.PutUint32(b[:], uint32(v))
			_, _ = s.out.Write(b[:]) // a bufio.Writer keeps its first error for Flush
		case float64:
			var b [8]byte
			order.PutUint64(b[:], math.Float64bits(v))
			_, _ = s.out.Write(b[:])
		}
	}
}

// writeShapefile writes the only table of a bundle as a zipped Shapefile whose
// attributes are GBK.
func (c *city) writeShapefile(b bundle, path string) error {
	t := b.tables[0]
	dir, err := os.MkdirTemp("", "onemap-demo-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var parts [3]*spool // shp, shx, dbf
	for i := range parts {
		if parts[i], err = newSpool(dir); err != nil {
			return err
		}
		defer func(f *os.File) { _ = f.Close() }(parts[i].file)
	}
	shift := 0.0
	if b.crs == "EPSG:4525" {
		shift = zonePrefix
	}
	if err := c.writeShapes(t, parts, shift); err != nil {
		return err
	}
	return zipShapefile(path, t.shapefileName(), b, parts)
}

func zipShapefile(path, name string, b bundle, parts [3]*spool) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	archive := zip.NewWriter(file)
	member := func(extension string, content io.Reader) error {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name + extension, Method: zip.Deflate, Modified: zipTime})
		if err != nil {
			return err
		}
		_, err = io.Copy(w, content)
		return err
	}
	for i, extension := range []string{".shp", ".shx", ".dbf"} {
		if _, err := parts[i].file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := member(extension, bufio.NewReaderSize(parts[i].file, 1<<20)); err != nil {
			return err
		}
	}
	if err := member(".prj", strings.NewReader(projections[b.crs])); err != nil {
		return err
	}
	if b.cpg != "" {
		if err := member(".cpg", strings.NewReader(b.cpg)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// writeShapes writes geometry, index and attributes in one pass and puts the
// headers, whose sizes are known last, in front.
func (c *city) writeShapes(t table, parts [3]*spool, shift float64) error {
	shp, shx, dbf := parts[0], parts[1], parts[2]
	kind := map[layers.GeometryKind]int32{layers.Point: 1, layers.LineString: 3, layers.Polygon: 5}[t.layer.Geometry]
	for _, p := range parts[:2] {
		p.put(binary.BigEndian, int32(9994), int32(0), int32(0), int32(0), int32(0), int32(0), int32(0))
		for range 18 {
			p.put(binary.LittleEndian, int32(0))
		}
	}
	columns := dbfColumns(t)
	writeDBFHeader(dbf.out, columns, t.count)
	words, bound := int32(50), orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for i := range t.count {
		shape, values := t.row(i)
		content := shapeWords(shape)
		shx.put(binary.BigEndian, words, content)
		shp.put(binary.BigEndian, int32(i+1), content)
		writeShape(shp, kind, shape, shift)
		words += 4 + content
		bound = bound.Union(shape.Bound())
		if err := writeDBFRow(dbf.out, columns, values); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	_ = dbf.out.WriteByte(0x1a)
	bound.Min[0], bound.Max[0] = bound.Min[0]+shift, bound.Max[0]+shift
	for i, p := range parts {
		if err := p.out.Flush(); err != nil {
			return err
		}
		if i == 2 {
			break
		}
		size := words
		if i == 1 {
			size = 50 + 4*int32(t.count)
		}
		if err := writeShapeHeader(p.file, size, kind, bound); err != nil {
			return err
		}
	}
	return nil
}

// writeShapeHeader fills in the header of a .shp or .shx of the given size in
// 16-bit words.
func writeShapeHeader(file *os.File, words, kind int32, bound orb.Bound) error {
	var h [100]byte
	binary.BigEndian.PutUint32(h[0:], 9994)
	binary.BigEndian.PutUint32(h[24:], uint32(words))
	binary.LittleEndian.PutUint32(h[28:], 1000)
	binary.LittleEndian.PutUint32(h[32:], uint32(kind))
	for i, v := range [4]float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]} {
		binary.LittleEndian.PutUint64(h[36+8*i:], math.Float64bits(v))
	}
	_, err := file.WriteAt(h[:], 0)
	return err
}

// shapeParts returns the parts of a line or polygon in the order and sense of
// Shapefiles: shells clockwise, holes counter-clockwise.
func shapeParts(shape orb.Geometry) [][]orb.Point {
	switch s := shape.(type) {
	case orb.LineString:
		return [][]orb.Point{s}
	case orb.Polygon:
		return shapeParts(orb.MultiPolygon{s})
	case orb.MultiPolygon:
		var parts [][]orb.Point
		for _, polygon := range s {
			for _, ring := range polygon {
				back := make([]orb.Point, len(ring))
				for i, p := range ring {
					back[len(ring)-1-i] = p
				}
				parts = append(parts, back)
			}
		}
		return parts
	}
	return nil
}

func shapeWords(shape orb.Geometry) int32 {
	if _, point := shape.(orb.Point); point {
		return 10
	}
	bytes := 44
	for _, part := range shapeParts(shape) {
		bytes += 4 + 16*len(part)
	}
	return int32(bytes / 2)
}

func writeShape(shp *spool, kind int32, shape orb.Geometry, shift float64) {
	little := binary.LittleEndian
	shp.put(little, kind)
	if p, point := shape.(orb.Point); point {
		shp.put(little, p[0]+shift, p[1])
		return
	}
	b, parts := shape.Bound(), shapeParts(shape)
	total := 0
	for _, part := range parts {
		total += len(part)
	}
	shp.put(little, b.Min[0]+shift, b.Min[1], b.Max[0]+shift, b.Max[1], int32(len(parts)), int32(total))
	at := 0
	for _, part := range parts {
		shp.put(little, int32(at))
		at += len(part)
	}
	for _, part := range parts {
		for _, p := range part {
			shp.put(little, p[0]+shift, p[1])
		}
	}
}

// dbfColumn is a field of a DBF: name and width in bytes.
type dbfColumn struct {
	name     string
	kind     byte // C, N or D
	width    int
	decimals int
}

func dbfColumns(t table) []dbfColumn {
	columns := make([]dbfColumn, len(t.fields))
	for i, f := range t.fields {
		name := strings.ToUpper(f.Name)
		d := dbfColumn{name: name[:min(10, len(name))]}
		switch f.Type {
		case layers.Text:
			d.kind, d.width = 'C', min(f.Length, 254)
			if f.Dictionary == "" && f.Length >= 20 {
				d.width = min(2*f.Length, 60)
			}
			if f.Name == "bz" || f.Name == "remark" {
				d.width = 20
			}
		case layers.Integer:
			d.kind, d.width = 'N', 9
		case layers.Real:
			d.kind, d.width, d.decimals = 'N', 12, 2
		case layers.Decimal:
			d.kind, d.width, d.decimals = 'N', 16, f.Scale
		case layers.Date:
			d.kind, d.width = 'D', 8
		default: // yes or no, as 1 or 0
			d.kind, d.width = 'N', 1
		}
		columns[i] = d
	}
	return columns
}

func writeDBFHeader(out *bufio.Writer, columns []dbfColumn, rows int) {
	record := 1
	for _, d := range columns {
		record += d.width
	}
	var h [32]byte
	h[0], h[1], h[2], h[3] = 3, 124, 1, 1 // dBase III, 2024-01-01
	binary.LittleEndian.PutUint32(h[4:], uint32(rows))
	binary.LittleEndian.PutUint16(h[8:], uint16(33+32*len(columns)))
	binary.LittleEndian.PutUint16(h[10:], uint16(record))
	h[29] = 0x4d // language id of GBK
	_, _ = out.Write(h[:])
	for _, d := range columns {
		var f [32]byte
		copy(f[:11], d.name)
		f[11], f[16], f[17] = d.kind, byte(d.width), byte(d.decimals)
		_, _ = out.Write(f[:])
	}
	_ = out.WriteByte(0x0d)
}

func writeDBFRow(out *bufio.Writer, columns []dbfColumn, values []any) error {
	_ = out.WriteByte(' ')
	for i, d := range columns {
		text, err := dbfText(d, values[i])
		if err != nil {
			return err
		}
		if len(text) > d.width {
			return fmt.Errorf("%s: %q has %d bytes, the column %d", d.name, values[i], len(text), d.width)
		}
		pad := strings.Repeat(" ", d.width-len(text))
		if d.kind == 'N' {
			text = pad + text
		} else {
			text += pad
		}
		if _, err := out.WriteString(text); err != nil {
			return err
		}
	}
	return nil
}

func dbfText(d dbfColumn, value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return simplifiedchinese.GBK.NewEncoder().String(v)
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', d.decimals, 64), nil
	case bool:
		if v {
			return "1", nil
		}
		return "0", nil
	case time.Time:
		return v.Format("20060102"), nil
	}
	return "", fmt.Errorf("%s: cannot write a %T", d.name, value)
}
