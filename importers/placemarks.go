package importers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/importers/kml"
)

// placemarks is an open KML file.
type placemarks struct {
	path     string
	charset  Charset
	encoding Encoding
	document kml.Document
}

// openPlacemarks reads a KML file through for its layers and fields, and for
// text that its declaration doesn't fit.
func openPlacemarks(d dataset) (opened, error) {
	head, err := readHead(d.path)
	if err != nil {
		return nil, err
	}
	if err := plainXML(d, head); err != nil {
		return nil, err
	}
	f := &placemarks{path: d.path}
	if d.wide != "" { // UTF-8 was made of it, whatever it declares
		f.charset, f.encoding = charsetUTF8, wideEncoding(d)
	} else {
		seen, err := scanLines(d.path)
		if err != nil {
			return nil, err
		}
		if f.charset, f.encoding, err = decideEncoding(declared{option: d.encoding, xml: declaredXML(head)}, &seen); err != nil {
			return nil, err
		}
	}
	file, text, err := f.text()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if f.document, err = kml.Scan(text, d.stem()); err != nil {
		return nil, err
	}
	if len(f.document.Layers) == 0 && f.document.NetworkLinks > 0 {
		return nil, problem(ErrFormat,
			"%[1]s 只有网络链接（NetworkLink），所指的数据不在文件里，也不会下载；请在原软件中展开链接后另存",
			"%[1]s has nothing but a NetworkLink: the data isn't in the file and won't be fetched; open the link in its program and save what it shows", d.name)
	}
	return f, nil
}

var declaration = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// declaredXML is the encoding that an XML file says it is in, or "".
func declaredXML(head []byte) string {
	if m := declaration.FindSubmatch(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))); m != nil {
		return string(m[1])
	}
	return ""
}

// text opens the file as UTF-8. The caller closes the file.
func (f *placemarks) text() (*os.File, io.Reader, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, fmt.Errorf("importers: %w", err)
	}
	if f.charset.code == nil {
		return file, bufio.NewReaderSize(file, 1<<18), nil
	}
	return file, bufio.NewReaderSize(f.charset.code.NewDecoder().Reader(file), 1<<18), nil
}

// Layers are the folders with placemarks.
func (f *placemarks) Layers() []gdal.Layer {
	types := map[kml.Kind]gdal.FieldType{kml.Text: gdal.String, kml.Integer: gdal.Integer, kml.Real: gdal.Real, kml.Moment: gdal.DateTime}
	var all []gdal.Layer
	for _, l := range f.document.Layers {
		one := gdal.Layer{Name: l.Name, HasGeometry: l.Geometries > 0}
		for _, field := range l.Fields {
			one.Fields = append(one.Fields, gdal.Field{Name: field.Name, Type: types[field.Kind]})
		}
		all = append(all, one)
	}
	return all
}

// Count returns how many placemarks a layer has.
func (f *placemarks) Count(layer int) (int64, error) { return f.document.Layers[layer].Placemarks, nil }

// Close frees nothing: the file is open only while it is read.
func (f *placemarks) Close() {}

// notes says what of the document is left out.
func (f *placemarks) notes(layer int, report *Report) {
	l := &f.document.Layers[layer]
	for _, n := range []struct {
		count  int64
		zh, en string
	}{
		{l.Altitudes, "%d 个地标带有高度，只采用平面位置", "%d placemarks have an altitude; the position alone is taken"},
		{l.Unclosed, "%d 个环首尾不相接，已闭合", "%d rings don't end where they begin, and were closed"},
		{l.Tracks, "%d 个地标是轨迹（gx:Track），按线读取，各点时间未导入", "%d placemarks are tracks (gx:Track), read as lines; the times of their points are left out"},
		{f.document.NetworkLinks, "文件含有 %d 个网络链接（NetworkLink），所指的数据不在文件里，没有下载，也未导入", "the file has %d NetworkLinks, whose data isn't in it; nothing was fetched and it isn't imported"},
		{f.document.Overlays, "文件含有 %d 个叠加图片或游览，不是要素，未导入", "the file has %d overlays or tours, which are no features and weren't imported"},
	} {
		if n.count > 0 {
			report.note(n.zh, n.en, n.count)
		}
	}
}

// Read reads a layer's placemarks.
func (f *placemarks) Read(layer int, fields []int) (features, error) {
	file, text, err := f.text()
	if err != nil {
		return nil, err
	}
	reader := kml.NewReader(text, f.document.Layers[layer])
	values := make([]gdal.Value, len(fields))
	return &records{builder: gdal.NewBuilder(len(fields)), close: func() { _ = file.Close() }, next: func() ([]byte, []gdal.Value, error) {
		p, err := reader.Next()
		if err != nil {
			return nil, nil, err
		}
		for i, field := range fields {
			values[i] = gdal.Value{Kind: gdal.Null}
			if text := p.Values[field]; text != "" {
				values[i] = gdal.Value{Kind: gdal.Text, Text: []byte(text)}
			}
		}
		if p.Geometry == nil {
			return nil, values, nil
		}
		encoded, err := wkb.Marshal(p.Geometry)
		return encoded, values, err
	}}, nil
}

// wordKML words what the reader of KML finds wrong; nil is none of that.
func wordKML(d dataset, err error) error {
	var syntax *kml.SyntaxError
	if !errors.As(err, &syntax) {
		return nil
	}
	kind := ErrDamaged
	if errors.Is(err, kml.ErrRefused) {
		kind = ErrFormat
	}
	return problem(because(kind, err), "%[1]s 第 %[2]d 行：%[3]s", "%[1]s, line %[2]d: %[4]s", d.name, syntax.Line, syntax.ZH, syntax.EN)
}
