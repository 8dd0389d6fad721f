package files

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The mistakes in writing a file.
var (
	ErrFormat   = errors.New("files: no such format")
	ErrEncoding = errors.New("files: a Shapefile is written in UTF-8 or GBK")
	ErrWrite    = errors.New("files: the file can't be written")
)

// Format is a kind of file.
type Format string

// The formats.
const (
	GeoPackage Format = "gpkg"    // all layers in one .gpkg
	Shapefile  Format = "shp"     // each layer a .shp with its companions
	FileGDB    Format = "gdb"     // all layers in one folder .gdb
	GeoJSON    Format = "geojson" // each layer a .geojson
	XLSX       Format = "xlsx"    // all layers as sheets of one workbook, with a point of each feature
	DXF        Format = "dxf"     // all layers in one drawing, R12
)

// Formats lists them.
func Formats() []Format { return []Format{GeoPackage, Shapefile, FileGDB, GeoJSON, XLSX, DXF} }

// Encoding is what the texts of a Shapefile are written in.
type Encoding string

// The encodings.
const (
	UTF8 Encoding = "UTF-8"
	GBK  Encoding = "GBK"
)

// ParseEncoding reads an encoding in any case; "" is UTF-8, another an [ErrEncoding].
func ParseEncoding(text string) (Encoding, error) {
	switch strings.ToUpper(text) {
	case "", "UTF-8", "UTF8":
		return UTF8, nil
	case "GBK", "CP936":
		return GBK, nil
	}
	return "", fmt.Errorf("%w, not %.20q", ErrEncoding, text)
}

// Kind is what shapes a layer has; every kind is the Multi form.
type Kind string

// The kinds.
const (
	Points   Kind = "point"
	Lines    Kind = "line"
	Polygons Kind = "polygon"
)

// Type is the type of a column.
type Type string

// The types, with the Go values that [Writer.Add] takes for them; nil is no value.
const (
	Text    Type = "text"    // string
	Integer Type = "integer" // int64
	Real    Type = "real"    // float64
	Date    Type = "date"    // time.Time
	Moment  Type = "time"    // time.Time
	Boolean Type = "boolean" // bool
)

// Column is a column of a layer.
type Column struct {
	Name   string
	Label  string // Chinese; "" is none
	Type   Type
	Length int // of a text, in characters; 0 is no limit
	Scale  int // decimal places of a Real; 0 is not known

	Dictionary map[string]string // what a text's codes mean; nil is none
}

// Layer describes a layer of a file.
type Layer struct {
	Name    string // an ASCII identifier; it names files, tables and CAD layers
	Title   string // Chinese
	Kind    Kind
	Columns []Column
	LabelAt int // the column whose texts a drawing shows; -1 is none
}

// Options are those of a file.
type Options struct {
	EPSG     int       // code of the system that shapes are in
	Degrees  bool      // the system's unit is the degree
	Encoding Encoding  // of a Shapefile; "" is UTF-8
	At       time.Time // what files tell as the time of their writing
}

// Renamed tells what a column is called in a file where its own name can't be.
type Renamed struct {
	Layer  string `json:"layer"`
	Column string `json:"field"`
	Name   string `json:"name"`
}

// Loss counts values that a format couldn't hold whole.
type Loss struct {
	Layer     string `json:"layer"`
	Column    string `json:"field"`
	Shortened int64  `json:"shortened"` // texts longer than 254 bytes
	Replaced  int64  `json:"replaced"`  // texts with characters that the encoding lacks, now "?"
}

// Writer writes the layers of a file one after the other. It is for one goroutine.
type Writer interface {
	// Begin begins a layer; the one before ends.
	Begin(l Layer) error
	// Add writes a feature: its number, its shape as little-endian WKB of the layer's
	// kind, and a value for each column.
	Add(fid int64, wkb []byte, values []any) error
	// Close ends the file; it must be called, whatever happened.
	Close() error
	// Notes tells what had to be renamed and what was lost so far.
	Notes() ([]Renamed, []Loss)
}

// Create begins a file in an empty folder: files of the base name, or named as the
// layers where each has its own. The file is whole once it is closed without an error.
func Create(folder, base string, f Format, o Options) (Writer, error) {
	if o.Encoding == "" {
		o.Encoding = UTF8
	}
	switch {
	case !slices.Contains(Formats(), f):
		return nil, fmt.Errorf("%w: %.20q", ErrFormat, f)
	case f == GeoJSON:
		return &geoJSON{folder: folder, o: o}, nil
	case f == XLSX:
		return newWorkbook(folder, base, o)
	case f == DXF:
		return newDrawing(folder, base, o)
	}
	return newGDAL(folder, base, f, o)
}
