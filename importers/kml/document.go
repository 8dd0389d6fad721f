package kml

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrRefused reports a document that isn't read although it may be whole: one
// with a document type declaration, or beyond the limits.
var ErrRefused = errors.New("kml: refused")

// SyntaxError says where a document leaves the format.
type SyntaxError struct {
	Line   int // from 1
	ZH, EN string
	Err    error // [ErrRefused], what the XML reader found, or nil
}

// Error returns the sentence in Chinese, then in English.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("第 %d 行：%s / line %[1]d: %[3]s", e.Line, e.ZH, e.EN)
}

// Unwrap returns the cause.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Kind is what a field's values are, by the document's own schema.
type Kind int

// The kinds of fields. Values are text all the same.
const (
	Text Kind = iota
	Integer
	Real
	Moment
)

// Field is an attribute that placemarks of a layer have.
type Field struct {
	Name string
	Kind Kind

	key string // an element's name, or ":" and that of its data
}

// Layer is a folder or document with placemarks of its own.
type Layer struct {
	Name       string
	Fields     []Field // name and description first
	Placemarks int64
	Geometries int64 // placemarks that have one
	Altitudes  int64 // placemarks with an altitude other than 0, which is left out
	Unclosed   int64 // rings that don't end where they begin, and are closed
	Tracks     int64 // placemarks with a track, whose times are left out

	container int // its number among all folders and documents
	index     map[string]int
}

// Document is what a first pass found.
type Document struct {
	Layers       []Layer
	NetworkLinks int64 // data elsewhere, which is not fetched
	Overlays     int64 // pictures and tours, which are no features
}

// Scan reads a document through. name is the layer of placemarks that are in no
// folder. The error is a [*SyntaxError] or the reader's own.
func Scan(r io.Reader, name string) (Document, error) {
	p := newParser(r)
	s := scanner{parser: p, containers: []*Layer{{Name: name}}, kinds: map[string]Kind{}}
	p.placemark = s.placemark
	p.field = func(name string, kind Kind) { s.kinds[name] = kind }
	for {
		if err := p.next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return Document{}, err
		}
	}
	return s.document(), nil
}

// scanner gathers what the layers have.
type scanner struct {
	*parser
	containers []*Layer
	kinds      map[string]Kind // of the schemas' fields
}

// first are the fields that every layer has.
var first = [...]Field{{Name: "Name", key: "name"}, {Name: "description", key: "description"}}

func (s *scanner) placemark() error {
	for len(s.containers) < len(s.names) {
		s.containers = append(s.containers, nil)
	}
	l := s.containers[s.current()]
	if l == nil {
		l = &Layer{}
		s.containers[s.current()] = l
	}
	if l.index == nil {
		l.index = map[string]int{}
		for _, f := range first {
			l.add(f)
		}
	}
	if err := s.readPlacemark(); err != nil {
		return err
	}
	l.Placemarks++
	for _, v := range s.values {
		if _, known := l.index[v.key]; known {
			continue
		}
		if len(l.Fields) == mostFields {
			return s.refuse("一个图层的字段超过 %d 个", "a layer has more than %d fields", mostFields)
		}
		l.add(Field{Name: strings.TrimPrefix(v.key, ":"), key: v.key})
	}
	for count, is := range map[*int64]bool{&l.Geometries: s.shape.parts() > 0, &l.Altitudes: s.shape.high, &l.Tracks: s.shape.track} {
		if is {
			*count++
		}
	}
	l.Unclosed += s.shape.unclosed
	return nil
}

func (l *Layer) add(f Field) {
	l.index[f.key] = len(l.Fields)
	l.Fields = append(l.Fields, f)
}

// document names the layers as GDAL does: by their names, "A (#2)" for the
// second A, and "Layer0" where there is none.
func (s *scanner) document() Document {
	d := Document{NetworkLinks: s.links, Overlays: s.overlays}
	seen := map[string]int{}
	for i, l := range s.containers {
		if l == nil || l.Placemarks == 0 {
			continue
		}
		l.container = i
		if i > 0 {
			l.Name = s.names[i]
		}
		if l.Name == "" {
			l.Name = fmt.Sprintf("Layer%d", len(d.Layers))
		}
		if seen[l.Name]++; seen[l.Name] > 1 {
			l.Name = fmt.Sprintf("%s (#%d)", l.Name, seen[l.Name])
		}
		for j, f := range l.Fields {
			if kind, declared := s.kinds[strings.TrimPrefix(f.key, ":")]; declared && f.key[0] == ':' {
				l.Fields[j].Kind = kind
			} else if moments[f.key] {
				l.Fields[j].Kind = Moment
			}
		}
		d.Layers = append(d.Layers, *l)
	}
	return d
}

// moments are the fields of days and times.
var moments = map[string]bool{"timestamp": true, "begin": true, "end": true}
