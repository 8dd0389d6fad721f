package importers

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onemap/importers/gdal"
)

// format is a kind of file that is read.
type format string

const (
	formatShapefile  format = "Shapefile"
	formatFileGDB    format = "FileGDB"
	formatGeoPackage format = "GeoPackage"
	formatFlatGeobuf format = "FlatGeobuf"
	formatTAB        format = "MapInfo TAB"
	formatMIF        format = "MapInfo MIF"
	formatGeoJSON    format = "GeoJSON"
	formatGeoJSONSeq format = "GeoJSONSeq"
	formatGML        format = "GML"
	formatKML        format = "KML"
	formatDXF        format = "DXF"
	formatRedline    format = "红线坐标 TXT"
	formatXLSX       format = "XLSX"
	formatCSV        format = "CSV"
)

// preference orders formats of one and the same data from the best kept: types
// and system first, then text.
var preference = []format{
	formatShapefile, formatFileGDB, formatGeoPackage, formatFlatGeobuf, formatTAB, formatMIF,
	formatGeoJSON, formatGeoJSONSeq, formatGML, formatKML, formatDXF, formatRedline, formatXLSX, formatCSV,
}

// reading is how a format is read: by which of GDAL's drivers, with what
// options, and from which files.
type reading struct {
	driver  string   // "" is read by a reader of ours
	options []string // of the driver
	endings []string // the file's own first, then those of its parts
}

// readings: texts of Shapefiles and CSV come as bytes; numbers and dates in texts
// are left to the importer; nothing is fetched and nothing written beside a file.
var readings = map[format]reading{
	formatShapefile:  {"ESRI Shapefile", []string{"ENCODING="}, []string{".shp", ".shx", ".dbf", ".prj", ".cpg"}},
	formatFileGDB:    {"OpenFileGDB", nil, []string{".gdb"}},
	formatGeoPackage: {"GPKG", []string{"LIST_ALL_TABLES=NO"}, []string{".gpkg"}},
	formatFlatGeobuf: {"FlatGeobuf", []string{"VERIFY_BUFFERS=YES"}, []string{".fgb"}},
	formatTAB:        {"MapInfo File", nil, []string{".tab", ".dat", ".map", ".id", ".ind"}},
	formatMIF:        {"MapInfo File", nil, []string{".mif", ".mid"}},
	formatGeoJSON:    {"GeoJSON", []string{"DATE_AS_STRING=YES", "ARRAY_AS_STRING=YES"}, []string{".geojson", ".json"}},
	formatGeoJSONSeq: {"GeoJSONSeq", nil, []string{".geojsonl", ".geojsons", ".jsonl", ".ndjson"}},
	formatGML:        {"GML", []string{"DOWNLOAD_SCHEMA=NO", "WRITE_GFS=NO", "FORCE_SRS_DETECTION=YES"}, []string{".gml", ".xml"}},
	formatKML:        {"", nil, []string{".kml"}},
	formatDXF:        {"DXF", nil, []string{".dxf"}},
	formatRedline:    {"", nil, []string{".txt"}},
	formatXLSX:       {"", nil, []string{".xlsx", ".xlsm"}},
	formatCSV:        {"CSV", []string{"AUTODETECT_TYPE=NO", "KEEP_GEOM_COLUMNS=YES", "EMPTY_STRING_AS_NULL=YES"}, []string{".csv"}},
}

func (f format) extension() string { return readings[f].endings[0] }

// formatOf returns the format that a file's ending stands for; isPart says that
// the file is a part of one beside its main file.
func formatOf(name string) (f format, isPart, ok bool) {
	ext := strings.ToLower(filepath.Ext(name))
	if ext == "" {
		return "", false, false
	}
	for _, f := range preference {
		if i := slices.Index(readings[f].endings, ext); i >= 0 {
			return f, i > 0 && (f == formatShapefile || f == formatTAB || f == formatMIF), true
		}
	}
	return "", false, false
}

// isTable reports whether the format's positions stand in columns.
func (f format) isTable() bool { return f == formatCSV || f == formatXLSX }

// open opens a dataset of the format; what texts are encoded in is only asked
// by readers of ours.
func (d dataset) open(limits Limits) (opened, error) {
	switch d.format {
	case formatXLSX:
		return openSheets(d, limits)
	case formatRedline:
		return openRedline(d)
	case formatKML:
		if d.scanned != nil {
			return d.scanned, nil
		}
		return openPlacemarks(d)
	case formatGML:
		if err := checkGML(d); err != nil {
			return nil, err
		}
	case formatDXF:
		if err := checkDrawing(d); err != nil {
			return nil, err
		}
	}
	path := d.path
	switch d.format {
	case formatCSV:
		path = "CSV:" + path
	case formatGeoJSONSeq: // else GDAL leaves a file of one line to another driver
		path = "GeoJSONSeq:" + path
	}
	file, err := gdal.Open(path, readings[d.format].driver, readings[d.format].options...)
	if err != nil {
		return nil, err
	}
	return gdalFile{file, file.Layers()}, nil
}

// sniffed recognises formats by their first bytes, where they have a mark.
func sniffed(head []byte, ext string) format {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	has := func(s string) bool { return bytes.HasPrefix(text, []byte(s)) }
	anywhere := func(s string) bool { return bytes.Contains(bytes.ToLower(head), []byte(s)) }
	switch {
	case bytes.HasPrefix(head, []byte("fgb\x03fgb")):
		return formatFlatGeobuf
	case has("{") && slices.Contains(readings[formatGeoJSONSeq].endings, ext) && !anywhere(`"featurecollection"`), // its first line may be long
		has("\x1e"), has("{") && isLines(text) && ext != ".geojson" && ext != ".json":
		return formatGeoJSONSeq
	case has("{"):
		return formatGeoJSON
	case has("<") && (anywhere("<kml") || anywhere(":kml ") || ext == ".kml"):
		return formatKML
	case has("<") && (anywhere("/gml") || anywhere("<gml") || ext == ".gml"):
		return formatGML
	case has("!table") || has("!Table") || has("!TABLE"):
		return formatTAB
	case bytes.HasPrefix(bytes.ToLower(text), []byte("version")) && ext == ".mif":
		return formatMIF
	case ext == ".dxf" && (has("0") || has("999")), bytes.HasPrefix(head, []byte("AutoCAD Binary DXF")):
		return formatDXF
	case isRedline(text):
		return formatRedline
	}
	return ""
}

// isLines reports whether a text has a whole feature on its first line.
func isLines(text []byte) bool {
	line, _, more := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSpace(line)
	if bytes.Contains(line, []byte(`"FeatureCollection"`)) { // all of it on one line
		return false
	}
	return bytes.HasSuffix(line, []byte("}")) && bytes.Contains(line, []byte(`"Feature"`)) && (more || len(text) < 1024)
}

// isRedline reports whether a text begins with a section of the red-line
// exchange text, in UTF-8 or GBK.
func isRedline(text []byte) bool {
	for _, name := range []string{"属性描述", "地块坐标"} {
		for _, c := range []Charset{charsetUTF8, charsetGB18030} {
			encoded := []byte(name)
			if c.code != nil {
				encoded, _ = c.code.NewEncoder().Bytes(encoded) // four words that GBK has
			}
			if bytes.HasPrefix(text, slices.Concat([]byte("["), encoded, []byte("]"))) {
				return true
			}
		}
	}
	return false
}

// checkDrawing sees that a drawing has its end: GDAL reads on without it.
func checkDrawing(d dataset) error {
	f, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	const most = 256 // blanks may stand behind the end
	if info, err := f.Stat(); err == nil && info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return fmt.Errorf("importers: %w", err)
		}
	}
	tail, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	if lines := bytes.Fields(tail); len(lines) == 0 || !bytes.Equal(lines[len(lines)-1], []byte("EOF")) {
		return problem(ErrDamaged, "%[1]s 不完整：没有 DXF 的结束标记（EOF）；请重新导出或重新传输", "%[1]s is cut off: it lacks the mark of a DXF's end (EOF); export or transfer it again", d.name)
	}
	return nil
}
