package files

/*
#cgo pkg-config: gdal
#include <stdlib.h>
#include "writer.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unsafe"
)

var register = sync.OnceFunc(func() { C.of_register() })

// OGR's numbers: types of fields, their subtypes, and geometry types.
const (
	ogrInteger, ogrReal, ogrText, ogrDate, ogrMoment, ogrInteger64 = 0, 2, 4, 9, 11, 12
	ogrBoolean                                                     = 1
	wkbMultiPoint, wkbMultiLine, wkbMultiPolygon                   = 4, 5, 6
)

// transaction is how many features a database writes at once.
const transaction = 20_000

// gdalFile is a file that GDAL writes.
type gdalFile struct {
	format  Format
	folder  string
	base    string
	o       Options
	data    unsafe.Pointer
	layer   unsafe.Pointer
	now     Layer
	losses  []Loss // of the layer's columns
	lost    []Loss
	renamed []Renamed
	pending int
	at      *C.char // the time of writing, as GDAL takes it
}

func newGDAL(folder, base string, f Format, o Options) (*gdalFile, error) {
	register()
	w := &gdalFile{format: f, folder: folder, base: base, o: o, at: C.CString(o.At.UTC().Format("2006-01-02T15:04:05.000Z"))}
	if f == Shapefile { // each layer is a file
		return w, nil
	}
	driver := map[Format]string{GeoPackage: "GPKG", FileGDB: "OpenFileGDB"}[f]
	if err := w.create(driver, filepath.Join(folder, base+"."+string(f))); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func failure(what string, said *C.of_failure) error {
	return fmt.Errorf("%w: %s: %s", ErrWrite, what, C.GoString(&said.text[0]))
}

func (w *gdalFile) create(driver, path string) error {
	d, p := C.CString(driver), C.CString(path)
	defer freeAll(d, p)
	var said C.of_failure
	w.data = C.of_create(d, p, w.at, &said)
	if w.data == nil {
		return failure("making it", &said)
	}
	return nil
}

func freeAll(all ...*C.char) {
	for _, one := range all {
		C.free(unsafe.Pointer(one))
	}
}

// Begin implements [Writer].
func (w *gdalFile) Begin(l Layer) error {
	if err := w.endLayer(); err != nil {
		return err
	}
	if w.format == Shapefile {
		if err := w.create("ESRI Shapefile", filepath.Join(w.folder, l.Name+".shp")); err != nil {
			return err
		}
	}
	w.now, w.losses = l, make([]Loss, len(l.Columns))
	columns := w.columns()
	fields := make([]C.of_column, len(columns))
	var names []*C.char
	defer func() { freeAll(names...) }()
	hold := func(text string) *C.char {
		one := C.CString(text)
		names = append(names, one)
		return one
	}
	for i, c := range columns {
		f := &fields[i]
		f.name, f.alias = hold(c.Name), hold(c.Label)
		f._type, f.subtype, f.width, f.precision = w.typed(c)
	}
	options := []string{}
	switch w.format {
	case GeoPackage:
		options = append(options, "IDENTIFIER="+l.Title, "GEOMETRY_NAME=geom", "FID=fid", "SPATIAL_INDEX=YES")
	case FileGDB:
		options = append(options, "LAYER_ALIAS="+l.Title, "GEOMETRY_NAME=SHAPE")
	case Shapefile:
		code := map[Encoding]string{UTF8: "UTF-8", GBK: "CP936"}[w.o.Encoding]
		options = append(options, "ENCODING="+code, "DBF_DATE_LAST_UPDATE="+w.o.At.UTC().Format(time.DateOnly))
	}
	list := make([]*C.char, len(options)+1)
	for i, one := range options {
		list[i] = hold(one)
	}
	kind := map[Kind]C.int{Points: wkbMultiPoint, Lines: wkbMultiLine, Polygons: wkbMultiPolygon}[l.Kind]
	var first *C.of_column
	if len(fields) > 0 {
		first = &fields[0]
	}
	// The structures hold pointers into C's memory alone, which cgo lets pass.
	var said C.of_failure
	w.layer = C.of_layer(w.data, hold(l.Name), C.int(w.o.EPSG), kind, &list[0], w.at, first, C.int(len(fields)), &said)
	if w.layer == nil {
		return failure("layer "+l.Name, &said)
	}
	return w.begin()
}

// columns are those of the layer as the file names them; a Shapefile, which
// numbers features by their place, has their numbers first.
func (w *gdalFile) columns() []Column {
	columns := w.now.Columns
	if w.format != Shapefile {
		return columns
	}
	all := append([]Column{{Name: "fid", Type: Integer}}, columns...)
	for i, name := range ShortNames(all) {
		if i > 0 && name != all[i].Name {
			w.renamed = append(w.renamed, Renamed{w.now.Name, all[i].Name, name})
		}
		all[i].Name = name
	}
	return all
}

func (w *gdalFile) typed(c Column) (kind, sub, width, precision C.int) {
	dbf := w.format == Shapefile
	switch c.Type {
	case Integer:
		if dbf {
			return ogrInteger64, 0, 18, 0
		}
		if w.format == FileGDB { // it has integers of 32 bits, and doubles
			return ogrReal, 0, 0, 0
		}
		return ogrInteger64, 0, 0, 0
	case Real:
		if dbf && c.Scale > 0 {
			return ogrReal, 0, 20, C.int(min(c.Scale, 15))
		}
		return ogrReal, 0, 0, 0
	case Date:
		return ogrDate, 0, 0, 0
	case Moment:
		if dbf { // a DBF has dates alone
			return ogrText, 0, 32, 0
		}
		return ogrMoment, 0, 0, 0
	case Boolean:
		if dbf || w.format == FileGDB {
			return ogrInteger, 0, 1, 0
		}
		return ogrInteger, ogrBoolean, 0, 0
	default:
		if dbf {
			return ogrText, 0, C.int(w.o.Encoding.width(c)), 0
		}
		if w.format == FileGDB && c.Length == 0 {
			return ogrText, 0, 65536, 0
		}
		return ogrText, 0, C.int(c.Length), 0
	}
}

// Add implements [Writer].
func (w *gdalFile) Add(fid int64, wkb []byte, values []any) error {
	if w.layer == nil || len(wkb) == 0 || len(values) != len(w.now.Columns) {
		return fmt.Errorf("%w: a feature without layer, shape or values", ErrWrite)
	}
	var said C.of_failure
	number, first := C.int64_t(fid), 0
	if w.format == Shapefile {
		number, first = 0, 1
	}
	feature := C.of_feature(w.layer, number, unsafe.Pointer(&wkb[0]), C.size_t(len(wkb)), &said)
	if feature == nil {
		return failure(fmt.Sprintf("feature %d", fid), &said)
	}
	if first == 1 {
		C.of_integer(feature, 0, C.int64_t(fid))
	}
	for i, v := range values {
		w.set(feature, i, C.int(i+first), v)
	}
	if C.of_add(w.layer, feature, w.at, &said) == 0 {
		return failure(fmt.Sprintf("feature %d", fid), &said)
	}
	if w.pending++; w.pending >= transaction && w.format == GeoPackage {
		if err := w.commit(); err != nil {
			return err
		}
		return w.begin()
	}
	return nil
}

// beijing is what texts of a DBF tell times in.
var beijing = time.FixedZone("UTC+8", 8*60*60)

func (w *gdalFile) set(feature unsafe.Pointer, column int, field C.int, value any) {
	switch v := value.(type) {
	case int64:
		C.of_integer(feature, field, C.int64_t(v))
		if w.format == FileGDB {
			C.of_real(feature, field, C.double(v))
		}
	case float64:
		C.of_real(feature, field, C.double(v))
	case bool:
		n := C.int64_t(0)
		if v {
			n = 1
		}
		C.of_integer(feature, field, n)
	case time.Time:
		if w.now.Columns[column].Type == Date {
			C.of_moment(feature, field, C.int(v.Year()), C.int(v.Month()), C.int(v.Day()), 0, 0, 0, 0)
			return
		}
		if w.format == Shapefile {
			w.setText(feature, column, field, v.In(beijing).Format(time.RFC3339))
			return
		}
		v = v.UTC()
		second := C.float(float64(v.Second()) + float64(v.Nanosecond())/1e9)
		C.of_moment(feature, field, C.int(v.Year()), C.int(v.Month()), C.int(v.Day()), C.int(v.Hour()), C.int(v.Minute()), second, 100)
	case string:
		w.setText(feature, column, field, v)
	default:
		C.of_null(feature, field)
	}
}

func (w *gdalFile) setText(feature unsafe.Pointer, column int, field C.int, text string) {
	if w.format == Shapefile {
		fitted, shortened, replaced := w.o.Encoding.fit(text)
		text = fitted
		if shortened {
			w.losses[column].Shortened++
		}
		if replaced {
			w.losses[column].Replaced++
		}
	}
	held := C.CString(text)
	C.of_text(feature, field, held)
	C.free(unsafe.Pointer(held))
}

func (w *gdalFile) begin() error {
	w.pending = 0
	if w.format != GeoPackage {
		return nil
	}
	var said C.of_failure
	if C.of_begin(w.data, &said) == 0 {
		return failure("a transaction", &said)
	}
	return nil
}

func (w *gdalFile) commit() error {
	if w.format != GeoPackage {
		return nil
	}
	var said C.of_failure
	if C.of_commit(w.data, w.at, &said) == 0 {
		return failure("a transaction", &said)
	}
	return nil
}

// endLayer ends the layer that was begun, and a Shapefile with it.
func (w *gdalFile) endLayer() error {
	if w.layer == nil {
		return nil
	}
	w.layer = nil
	for i, l := range w.losses {
		if l.Shortened+l.Replaced > 0 {
			l.Layer, l.Column = w.now.Name, w.now.Columns[i].Name
			w.lost = append(w.lost, l)
		}
	}
	w.losses = nil
	if err := w.commit(); err != nil {
		return err
	}
	if w.format != Shapefile {
		return nil
	}
	if err := w.closeData(); err != nil {
		return err
	}
	// GDAL's .cpg says CP936, which some readers don't know.
	path := filepath.Join(w.folder, w.now.Name+".cpg")
	if err := os.WriteFile(path, []byte(w.o.Encoding), 0o600); err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return nil
}

func (w *gdalFile) closeData() error {
	if w.data == nil {
		return nil
	}
	var said C.of_failure
	ok := C.of_close(w.data, w.at, &said)
	w.data = nil
	if ok == 0 {
		return failure("ending it", &said)
	}
	return nil
}

// Close implements [Writer].
func (w *gdalFile) Close() error {
	err := errors.Join(w.endLayer(), w.closeData())
	freeAll(w.at)
	w.at = nil
	return err
}

// Notes implements [Writer].
func (w *gdalFile) Notes() ([]Renamed, []Loss) { return w.renamed, w.lost }
