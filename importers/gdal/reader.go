// Package gdal reads features out of files through GDAL, in batches.
//
// It stands between a file and the importer's workers: it says which layers and
// fields a file has, and hands on their features as bytes that the workers take
// apart. It decides nothing: not which driver fits, not what a text's encoding
// is, not what a value means.
//
// The general binding, godal, serves elsewhere. For imports it won't do: it
// tells a missing number as 0, a read error as the end of the file, and a
// layer's fields not at all; see docs/decisions/0005-reading-features.md.
package gdal

/*
#cgo pkg-config: gdal
#include <stdlib.h>
#include "reader.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unsafe"
)

var (
	// ErrOpen reports a file that the driver refuses.
	ErrOpen = errors.New("gdal: can't be opened")

	// ErrRead reports a file that breaks off or is damaged part way.
	ErrRead = errors.New("gdal: can't be read to its end")
)

var register = sync.OnceFunc(func() { C.om_register() })

// Dataset is an open file. It is for one goroutine at a time.
type Dataset struct {
	handle unsafe.Pointer
}

// FieldType is what GDAL takes a field's values for.
type FieldType int

// The types of fields, as far as they matter here.
const (
	Other FieldType = iota
	Integer
	Real
	String
	DateTime // dates, times and both
)

// Field is an attribute of a layer.
type Field struct {
	Name  string // bytes as in the file where it was opened with ENCODING=""
	Type  FieldType
	Width int    // longest text in bytes; 0 is unknown
	Alias string // a second name that its author gave it; "" is none
}

// Layer is a layer of a file.
type Layer struct {
	Name        string
	HasGeometry bool
	Fields      []Field
	WKT         string // its coordinate system; "" is unknown
	Failure     string // what GDAL found broken about it; "" is nothing
	Warning     string // what GDAL found odd about it; "" is nothing

	handle unsafe.Pointer
}

// Open opens a file or folder for reading with one driver, such as "ESRI
// Shapefile", and that driver's options, as "ENCODING=". The caller closes it.
// The error is an [ErrOpen] with GDAL's words.
func Open(path, driver string, options ...string) (*Dataset, error) {
	register()
	cPath, cDriver := C.CString(path), C.CString(driver)
	defer C.free(unsafe.Pointer(cPath))
	defer C.free(unsafe.Pointer(cDriver))
	list := make([]*C.char, len(options)+1)
	for i, o := range options {
		list[i] = C.CString(o)
		defer C.free(unsafe.Pointer(list[i]))
	}
	cOptions := (**C.char)(C.calloc(C.size_t(len(list)), C.size_t(unsafe.Sizeof(list[0]))))
	defer C.free(unsafe.Pointer(cOptions))
	copy(unsafe.Slice(cOptions, len(list)), list)
	var said C.om_messages
	handle := C.om_open(cPath, cDriver, cOptions, &said)
	if handle == nil {
		return nil, fmt.Errorf("%w: %s", ErrOpen, failure(&said))
	}
	return &Dataset{handle: handle}, nil
}

// Close frees the dataset. It may be called more than once.
func (d *Dataset) Close() {
	if d.handle != nil {
		C.om_close(d.handle)
		d.handle = nil
	}
}

// Layers returns the layers of the file; they live as long as it is open.
func (d *Dataset) Layers() []Layer {
	var all C.om_messages
	layers := make([]Layer, 0, int(C.om_layer_count(d.handle, &all)))
	for i := range cap(layers) {
		var said C.om_messages
		handle := C.om_layer(d.handle, C.int(i), &said)
		if handle == nil {
			continue
		}
		l := Layer{handle: handle, Name: C.GoString(C.om_layer_name(handle))}
		var hasGeometry C.int
		fields := int(C.om_layer_open(handle, &hasGeometry, &said))
		l.HasGeometry = hasGeometry != 0
		if said.failures > 0 {
			l.Failure = failure(&said)
		}
		if said.warnings > 0 {
			l.Warning = warning(&said)
		}
		var ignored C.om_messages // what is odd about a system, its WKT shows
		if wkt := C.om_layer_wkt(handle, &ignored); wkt != nil {
			l.WKT = C.GoString(wkt)
			C.om_free(unsafe.Pointer(wkt))
		}
		for j := range fields {
			f := C.om_field_at(handle, C.int(j))
			l.Fields = append(l.Fields, Field{Name: C.GoString(f.name), Type: fieldType(int(f._type)), Width: int(f.width), Alias: C.GoString(f.alias)})
		}
		layers = append(layers, l)
	}
	return layers
}

// fieldType translates an OGRFieldType.
func fieldType(ogr int) FieldType {
	switch ogr {
	case 0, 12:
		return Integer
	case 2:
		return Real
	case 4:
		return String
	case 9, 10, 11:
		return DateTime
	default:
		return Other
	}
}

// Count returns how many features the layer says it has. Some formats are read
// through for it. The error is an [ErrRead].
func (l Layer) Count() (int64, error) {
	var said C.om_messages
	n := int64(C.om_layer_count_features(l.handle, &said))
	if said.failures > 0 {
		return 0, fmt.Errorf("%w: %s", ErrRead, failure(&said))
	}
	return n, nil
}

// Reader reads a layer's features in the file's order.
type Reader struct {
	layer  Layer
	fields []C.int
	batch  C.om_batch
	done   bool
}

// Read starts reading the layer from its first feature, with the fields of
// those indices, in that order. The caller closes the Reader before the Dataset.
func (l Layer) Read(fields []int) *Reader {
	r := &Reader{layer: l, fields: make([]C.int, len(fields)+1)} // never empty, so that it has an address
	for i, f := range fields {
		r.fields[i] = C.int(f)
	}
	C.om_rewind(l.handle)
	return r
}

// Close frees the reader's memory. It may be called more than once.
func (r *Reader) Close() {
	C.om_batch_free(&r.batch)
	r.batch = C.om_batch{}
	r.done = true
}

// Next returns the next features: up to rows of them, and fewer once they fill
// so many bytes. After the last it returns io.EOF. Where the file breaks off or
// GDAL complains of damage, the error is an [ErrRead] with GDAL's words.
func (r *Reader) Next(rows, bytes int) (Batch, error) {
	if r.done {
		return Batch{}, io.EOF
	}
	var said C.om_messages
	C.om_read(r.layer.handle, &r.fields[0], C.int(len(r.fields)-1), C.int(rows), C.size_t(bytes), &r.batch, &said)
	switch {
	case r.batch.out_of_memory != 0:
		return Batch{}, fmt.Errorf("%w: out of memory", ErrRead)
	case said.failures > 0:
		return Batch{}, fmt.Errorf("%w: %s", ErrRead, failure(&said))
	}
	r.done = r.batch.done != 0
	b := Batch{Rows: int(r.batch.rows), fields: len(r.fields) - 1}
	if b.Rows == 0 {
		return Batch{}, io.EOF
	}
	b.data = C.GoBytes(unsafe.Pointer(r.batch.data), C.int(r.batch.size))
	if said.warnings > 0 {
		b.Warning = warning(&said)
	}
	return b, nil
}

func failure(said *C.om_messages) string {
	if said.failures == 0 {
		return "GDAL gives no reason"
	}
	return strings.ToValidUTF8(C.GoString(&said.failure[0]), "?")
}

func warning(said *C.om_messages) string {
	return strings.ToValidUTF8(C.GoString(&said.warning[0]), "?")
}
