package importers

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"onemap/importers/gdal"
	"onemap/importers/tables"
	"onemap/layers"
)

// candidate is a layer of a dataset that an import might mean.
type candidate struct {
	dataset dataset
	name    string // of the layer as its author called it
	index   int    // within the dataset
}

// label names the candidate in a message.
func (c candidate) label() string {
	if c.name == c.dataset.stem() {
		return c.dataset.name
	}
	return c.name + "（" + c.dataset.name + "）"
}

// choose finds the one source layer that is meant: the named one; else the only
// one; else the only one that is called like the layer.
func choose(d *delivery, sourceLayer string, def layers.Definition, limits Limits) (candidate, error) {
	all, err := candidates(d, limits)
	if err != nil {
		return candidate{}, err
	}
	if sourceLayer != "" {
		named := preferred(slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
			return !strings.EqualFold(c.name, sourceLayer) && !strings.EqualFold(c.dataset.name, sourceLayer)
		}))
		if len(named) == 1 {
			return named[0], nil
		}
		return candidate{}, problem(ErrSourceLayer,
			"文件里没有（或不止一个）名为 %[1]q 的图层；有：%[2]s",
			"the file has no layer, or more than one, called %[1]q; it has: %[2]s", sourceLayer, labels(all))
	}
	one := preferred(firstSheets(all))
	if len(one) > 1 {
		alike := slices.DeleteFunc(slices.Clone(one), func(c candidate) bool { return !isCalled(c.name, def) })
		if len(alike) == 1 {
			one = alike
		}
	}
	switch len(one) {
	case 1:
		return one[0], nil
	case 0:
		return candidate{}, problem(ErrSourceLayer, "文件里没有图形数据，或文件不完整、无法读出；请核对后重新导出", "the file has no layer with geometry, or is cut off so that none can be read; check it and export it again")
	default:
		return candidate{}, problem(ErrSourceLayer,
			"文件里有多个图层，请用 --source-layer 指定其一：%[1]s",
			"the file has several layers; name one with --source-layer: %[1]s", labels(one))
	}
}

// firstSheets leaves of every workbook its first sheet.
func firstSheets(all []candidate) []candidate {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		if c.dataset.format != formatXLSX {
			return false
		}
		again := seen[c.dataset.path]
		seen[c.dataset.path] = true
		return again
	})
}

func isCalled(name string, def layers.Definition) bool {
	for _, other := range append([]string{def.ID, def.Name, def.NameEN}, def.Aliases...) {
		if plainName(other) == plainName(name) {
			return true
		}
	}
	return false
}

func labels(all []candidate) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.label()
	}
	return listSome(names)
}

// hasLayers reports whether a dataset of the format may have several layers.
func (f format) hasLayers() bool {
	switch f {
	case formatFileGDB, formatGeoPackage, formatGML, formatKML, formatXLSX:
		return true
	default:
		return false
	}
}

// candidates opens every dataset and lists its layers with geometry. A table next
// to other data counts only if it has coordinates.
func candidates(d *delivery, limits Limits) ([]candidate, error) {
	var all []candidate
	for _, ds := range d.datasets {
		if ds.format == formatShapefile || len(d.datasets) == 1 && !ds.format.hasLayers() {
			all = append(all, candidate{dataset: ds, name: ds.stem()})
			continue
		}
		file, err := ds.open(limits)
		if err != nil {
			if len(d.datasets) > 1 && !errors.Is(err, gdal.ErrRead) {
				continue // a stray .json or .csv beside the data
			}
			return nil, cantOpen(ds, err)
		}
		ds.scanned, _ = file.(*placemarks)
		for i, l := range file.Layers() {
			c := candidate{dataset: ds, name: l.Name, index: i}
			if !ds.format.hasLayers() {
				c.name = ds.stem()
			}
			if ds.format.isTable() && hasPosition(file, i, l) || !ds.format.isTable() && l.HasGeometry {
				all = append(all, c)
			}
		}
		if sheets, ok := file.(*sheets); ok && len(d.datasets) == 1 && len(all) == 0 && len(sheets.layers) > 0 {
			all = append(all, candidate{dataset: ds, name: sheets.layers[0].Name}) // to be told what its columns lack
		}
		file.Close()
	}
	return all, nil
}

// hasPosition reports whether a table's columns say where its rows lie.
func hasPosition(file opened, index int, l gdal.Layer) bool {
	s := source{file: file, index: index, layer: l, charset: charsetGB18030}
	if _, isBook := file.(*sheets); isBook {
		s.charset = charsetUTF8
	}
	rows, err := s.sample()
	if err != nil {
		return false
	}
	names := fieldNames(l)
	for i, n := range names {
		if text, _, ok := s.charset.decode([]byte(n)); ok && !utf8.ValidString(n) {
			names[i] = text
		}
	}
	_, err = tables.Detect(names, rows)
	return err == nil
}

// preferred keeps one format of data that is delivered in several under one name.
func preferred(all []candidate) []candidate {
	rank := func(c candidate) int { return slices.Index(preference, c.dataset.format) }
	return slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		return slices.ContainsFunc(all, func(other candidate) bool {
			return strings.EqualFold(other.name, c.name) && rank(other) < rank(c)
		})
	})
}
