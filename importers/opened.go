package importers

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/importers/redline"
	"onemap/importers/tables"
)

// opened is an open dataset, whoever reads it.
type opened interface {
	// Layers returns its layers; they live as long as it is open.
	Layers() []gdal.Layer
	// Count returns how many rows a layer has; 0 is unknown or none.
	Count(layer int) (int64, error)
	// Read starts reading a layer from its first row, with the fields of those
	// indices. The caller closes the features before the dataset.
	Read(layer int, fields []int) (features, error)
	// Close frees it. It may be called more than once.
	Close()
}

// features are read in batches; after the last there is an io.EOF.
type features interface {
	Next(rows, bytes int) (gdal.Batch, error)
	Close()
}

// gdalFile is what GDAL reads.
type gdalFile struct {
	*gdal.Dataset
	layers []gdal.Layer
}

func (f gdalFile) Layers() []gdal.Layer { return f.layers }

func (f gdalFile) Count(layer int) (int64, error) { return f.layers[layer].Count() }

func (f gdalFile) Read(layer int, fields []int) (features, error) {
	return f.layers[layer].Read(fields), nil
}

// records makes batches of rows that a reader of ours gives one by one.
type records struct {
	builder *gdal.Builder
	next    func() (wkb []byte, values []gdal.Value, err error) // io.EOF after the last
	close   func()
	err     error
}

func (r *records) Next(rows, bytes int) (gdal.Batch, error) {
	for r.err == nil && r.builder.Rows() < rows && r.builder.Size() < bytes {
		encoded, values, err := r.next()
		if err != nil {
			r.err = err
			break
		}
		r.builder.Add(encoded, values)
	}
	if r.err != nil && (r.builder.Rows() == 0 || !errors.Is(r.err, io.EOF)) {
		return gdal.Batch{}, r.err
	}
	return r.builder.Batch(), nil
}

func (r *records) Close() {
	if r.close != nil {
		r.close()
		r.close = nil
	}
	r.err = io.EOF
}

// sheets is an open workbook; each of its sheets with a header is a layer.
type sheets struct {
	book    *tables.Workbook
	layers  []gdal.Layer
	headers []int // row of each layer's header, from 0
}

// headRows is how many rows of a sheet are looked at for its header.
const headRows = 20

func openSheets(d dataset, limits Limits) (opened, error) {
	book, err := tables.OpenWorkbook(d.path, d.temp, limits.Bytes)
	if err != nil {
		return nil, err
	}
	s := &sheets{book: book}
	for _, name := range book.Sheets() {
		first, err := firstRows(book, name, headRows)
		if err != nil {
			book.Close()
			return nil, err
		}
		header, ok := tables.FindHeader(first)
		if !ok {
			continue
		}
		l := gdal.Layer{Name: name}
		for i, cell := range header.Names {
			cell = strings.TrimSpace(strings.NewReplacer("\n", "", "\r", "").Replace(cell))
			if cell == "" {
				cell = fmt.Sprintf("#%d", i+1)
			}
			l.Fields = append(l.Fields, gdal.Field{Name: cell, Type: gdal.String})
		}
		s.layers, s.headers = append(s.layers, l), append(s.headers, header.Last)
	}
	return s, nil
}

func firstRows(book *tables.Workbook, sheet string, n int) ([][]string, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]string
	for range n {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

func (s *sheets) Layers() []gdal.Layer { return s.layers }

func (s *sheets) Count(int) (int64, error) { return 0, nil }

func (s *sheets) Close() { s.book.Close() }

// Read reads the rows below the header. Rows without any cell are passed over.
func (s *sheets) Read(layer int, fields []int) (features, error) {
	rows, err := s.book.Rows(s.layers[layer].Name)
	if err != nil {
		return nil, err
	}
	skip := s.headers[layer] + 1
	values := make([]gdal.Value, len(fields))
	return &records{builder: gdal.NewBuilder(len(fields)), close: rows.Close, next: func() ([]byte, []gdal.Value, error) {
		for {
			row, err := rows.Next()
			if err != nil {
				return nil, nil, err
			}
			if skip > 0 {
				skip--
				continue
			}
			if strings.TrimSpace(strings.Join(row, "")) == "" {
				continue
			}
			for i, f := range fields {
				values[i] = gdal.Value{Kind: gdal.Null}
				if f < len(row) && row[f] != "" {
					values[i] = gdal.Value{Kind: gdal.Text, Text: []byte(row[f])}
				}
			}
			return nil, values, nil
		}
	}}, nil
}

// redlineFile is a red-line exchange text.
type redlineFile struct {
	path     string
	charset  Charset
	encoding Encoding
	header   redline.Header
}

// redlineFields are the fields of a plot, as the format's own description calls them.
var redlineFields = []string{"地块编号", "地块名称", "地块面积", "图形属性", "图幅号", "地块用途", "地类编码", "界址点数"}

func openRedline(d dataset) (opened, error) {
	e, err := scanLines(d.path)
	if err != nil {
		return nil, err
	}
	charset, encoding, err := decideEncoding(declared{option: d.encoding}, &e)
	if err != nil {
		return nil, err
	}
	f := &redlineFile{path: d.path, charset: charset, encoding: encoding}
	reader, file, err := f.start()
	if err != nil {
		return nil, err
	}
	f.header = reader.Header
	return f, file.Close()
}

func (f *redlineFile) start() (*redline.Reader, *os.File, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, fmt.Errorf("importers: %w", err)
	}
	reader, err := redline.NewReader(file, func(b []byte) (string, bool) {
		text, cut, ok := f.charset.decode(b)
		return text, ok && !cut
	})
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return reader, file, nil
}

func (f *redlineFile) Layers() []gdal.Layer {
	l := gdal.Layer{HasGeometry: true}
	for _, name := range redlineFields {
		l.Fields = append(l.Fields, gdal.Field{Name: name, Type: gdal.String})
	}
	return []gdal.Layer{l}
}

func (f *redlineFile) Count(int) (int64, error) { return 0, nil }

func (f *redlineFile) Close() {}

func (f *redlineFile) Read(_ int, fields []int) (features, error) {
	reader, file, err := f.start()
	if err != nil {
		return nil, err
	}
	values := make([]gdal.Value, len(fields))
	return &records{builder: gdal.NewBuilder(len(fields)), close: func() { _ = file.Close() }, next: func() ([]byte, []gdal.Value, error) {
		p, err := reader.Next()
		if err != nil {
			return nil, nil, err
		}
		all := []string{p.Number, p.Name, p.Area, p.Kind, p.Sheet, p.Use, p.Class, p.Points}
		for i, field := range fields {
			values[i] = gdal.Value{Kind: gdal.Null}
			if all[field] != "" {
				values[i] = gdal.Value{Kind: gdal.Text, Text: []byte(all[field])}
			}
		}
		g := p.Geometry()
		if g == nil {
			return nil, values, nil
		}
		encoded, err := wkb.Marshal(g)
		return encoded, values, err
	}}, nil
}
