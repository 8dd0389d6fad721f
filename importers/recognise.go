package importers

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"onemap/layers"
)

// ErrNotRecognised reports a file of which it can't be told what layer it is for.
var ErrNotRecognised = errors.New("importers: layer not recognised")

// fewestFields is how many fields a file must have of a layer to be taken for it.
const fewestFields = 2

// OpenUnnamed opens an upload of which nobody has said what layers it is for: a
// ZIP with a manifest by that, whatever else by what [Recognise] finds. The caller
// closes it.
func OpenUnnamed(ctx context.Context, path string, defs []layers.Definition, tempDir string, limits Limits) (*Deliveries, error) {
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte("PK")) || isWorkbook(path) {
		return Recognise(ctx, path, defs, tempDir, limits)
	}
	opened, err := OpenManifest(ctx, path, tempDir, limits)
	if errors.Is(err, ErrManifest) && errors.Is(err, fs.ErrNotExist) {
		return Recognise(ctx, path, defs, tempDir, limits)
	}
	if err != nil {
		return nil, err
	}
	if err := opened.CheckLayers(); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// Recognise finds out for which of the layers a file, or each layer within it, is:
// the one that it is called like; else the one that all required fields are there
// for and of which it has the most fields, if that is one alone. What stays
// unclear is an [ErrNotRecognised] that names it, for nothing of a delivery is
// left out in silence. The caller closes the deliveries.
func Recognise(ctx context.Context, path string, defs []layers.Definition, tempDir string, limits Limits) (*Deliveries, error) {
	o := Options{File: path, TempDir: tempDir, Limits: limits}
	opened, err := openDelivery(ctx, o, func(int64) {})
	if err != nil {
		return nil, explain(err)
	}
	defer opened.Close()
	all, err := candidates(opened, o.limits())
	if err != nil {
		return nil, explain(err)
	}
	if all = preferred(firstSheets(all)); len(all) == 0 {
		return nil, problem(ErrSourceLayer, "文件里没有图形数据，或文件不完整、无法读出；请核对后重新导出", "the file has no layer with geometry, or is cut off so that none can be read; check it and export it again")
	}
	d := &Deliveries{Dir: filepath.Dir(path), whole: path}
	seen := map[string]string{}
	for _, c := range all {
		id, err := recogniseOne(c, defs, o.limits())
		if err != nil {
			return nil, err
		}
		if before, twice := seen[id]; twice {
			return nil, problem(ErrNotRecognised,
				"%[1]s 与 %[2]s 都像是图层 %[3]s；请指定图层，分开导入",
				"%[1]s and %[2]s both look like layer %[3]s; say which layer and import them one by one", before, c.label(), id)
		}
		seen[id] = c.label()
		one := Delivery{Layer: id}
		if len(all) > 1 {
			one.SourceLayer = c.name
		}
		d.Deliveries = append(d.Deliveries, one)
	}
	if len(d.Deliveries) > MostDeliveries {
		return nil, problem(ErrNotRecognised, "文件里有 %[1]d 个图层，最多 %[2]d 个", "the file has %[1]d layers, at most %[2]d are taken", len(d.Deliveries), MostDeliveries)
	}
	slices.SortFunc(d.Deliveries, func(a, b Delivery) int { return strings.Compare(a.Layer, b.Layer) })
	return d, nil
}

// recogniseOne returns the id of the layer that a candidate is for.
func recogniseOne(c candidate, defs []layers.Definition, limits Limits) (string, error) {
	var called []string
	for _, def := range defs {
		if isCalled(c.name, def) || isCalled(c.dataset.stem(), def) {
			called = append(called, def.ID)
		}
	}
	if len(called) == 1 {
		return called[0], nil
	}
	fields, err := fieldsOf(c, limits)
	if err != nil {
		return "", err
	}
	var best []string
	most := fewestFields
	for _, def := range defs {
		m, err := mapFields(def, fields, charsetUTF8, c.dataset.format == formatShapefile, nil)
		if err != nil || len(m.matches) < most {
			continue
		}
		if len(m.matches) > most {
			best, most = nil, len(m.matches)
		}
		best = append(best, def.ID)
	}
	switch len(best) {
	case 1:
		return best[0], nil
	case 0:
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.name
		}
		return "", problem(ErrNotRecognised,
			"认不出 %[1]s 是哪个图层：名称不同，字段也没有一个图层全部必填的；字段有 %[2]s。请指定图层后重新导入",
			"which layer %[1]s is can't be told: it is called like none, and has all required fields of none; its fields are %[2]s. Say which layer and import it again", c.label(), listSome(names))
	default:
		return "", problem(ErrNotRecognised,
			"%[1]s 同样像图层 %[2]s；请指定图层后重新导入", "%[1]s looks equally like layers %[2]s; say which layer and import it again", c.label(), strings.Join(best, ", "))
	}
}

// fieldsOf reads the names and types of a candidate's fields. Names that are not
// UTF-8 are taken for GB18030, as bureaus write them.
func fieldsOf(c candidate, limits Limits) ([]sourceField, error) {
	file, err := c.dataset.open(limits)
	if err != nil {
		return nil, cantOpen(c.dataset, err)
	}
	defer file.Close()
	if c.index >= len(file.Layers()) {
		return nil, nil
	}
	var fields []sourceField
	for _, f := range file.Layers()[c.index].Fields {
		name := f.Name
		if !utf8.ValidString(name) {
			name, _, _ = charsetGB18030.decode([]byte(name))
		}
		fields = append(fields, sourceField{strings.TrimSpace(name), f.Alias, f.Type})
	}
	return fields, nil
}
