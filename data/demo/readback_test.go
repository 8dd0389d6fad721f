package demo_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airbusgeo/godal"

	"onemap/data"
	"onemap/data/demo"
	"onemap/layers"
)

// open opens a delivery through GDAL as an importer would.
func open(t *testing.T, dir string, d demo.Delivery) (*godal.Dataset, godal.Layer) {
	t.Helper()
	godal.RegisterAll()
	path := filepath.Join(dir, d.File)
	if strings.HasSuffix(path, ".gdb.zip") {
		path = "/vsizip/" + path + "/" + strings.TrimSuffix(d.File, ".zip")
	} else if strings.HasSuffix(path, ".zip") {
		path = "/vsizip/" + path
	}
	ds, err := godal.Open(path, godal.VectorOnly())
	if err != nil {
		t.Fatalf("%s: %v", d.File, err)
	}
	if d.SourceLayer == "" {
		return ds, ds.Layers()[0]
	}
	layer := ds.LayerByName(d.SourceLayer)
	if layer == nil {
		t.Fatalf("%s has no layer %s", d.File, d.SourceLayer)
	}
	return ds, *layer
}

// decoded writes all rows of a delivery out as text.
func decoded(t *testing.T, dir string, d demo.Delivery) string {
	t.Helper()
	ds, layer := open(t, dir, d)
	defer func() { _ = ds.Close() }()
	var text strings.Builder
	for feature := layer.NextFeature(); feature != nil; feature = layer.NextFeature() {
		fields := feature.Fields()
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			v := fields[name]
			text.WriteString(name + "=" + v.String() + ";")
		}
		wkt, err := feature.Geometry().WKT()
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(wkt + "\n")
		feature.Close()
	}
	return text.String()
}

// fieldOf returns the field that a delivered column means.
func fieldOf(l layers.Definition, column string) (layers.Field, bool) {
	i := slices.IndexFunc(l.Fields, func(f layers.Field) bool {
		return slices.ContainsFunc(append([]string{f.Name, f.Label}, f.Aliases...), func(n string) bool { return strings.EqualFold(n, column) })
	})
	if i < 0 {
		return layers.Field{}, false
	}
	return l.Fields[i], true
}

func TestEveryRowSatisfiesItsLayer(t *testing.T) {
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]map[string]bool{}
	for _, d := range defs.Dictionaries {
		codes[d.ID] = map[string]bool{}
		for _, e := range d.Entries {
			codes[d.ID][e.Code] = true
		}
	}
	m, dir := tiny(t)
	for _, d := range m.Deliveries {
		t.Run(d.Layer, func(t *testing.T) {
			i := slices.IndexFunc(defs.Layers, func(l layers.Definition) bool { return l.ID == d.Layer })
			ds, layer := open(t, dir, d)
			defer func() { _ = ds.Close() }()
			rows, keys := 0, map[string]bool{}
			for feature := layer.NextFeature(); feature != nil; feature = layer.NextFeature() {
				rows++
				key := checkRow(t, defs.Layers[i], feature, codes)
				if keys[key] {
					t.Errorf("key %s comes twice", key)
				}
				keys[key] = true
				feature.Close()
			}
			if rows != d.Rows {
				t.Errorf("%d rows, the manifest says %d", rows, d.Rows)
			}
		})
	}
}

// checkRow checks a row's values against the layer and returns its key.
func checkRow(t *testing.T, l layers.Definition, feature *godal.Feature, codes map[string]map[string]bool) string {
	t.Helper()
	values := map[string]string{}
	for column, v := range feature.Fields() {
		f, known := fieldOf(l, column)
		if !known {
			if column != "经度" && column != "纬度" {
				t.Fatalf("column %s means no field", column)
			}
			continue
		}
		text := strings.TrimSpace(v.String())
		if at := v.DateTime(); at != nil && f.Type == layers.Date {
			text = at.Format(time.DateOnly)
		}
		if !v.IsSet() || text == "" {
			continue
		}
		values[f.Name] = text
		if f.Type == layers.Text && len([]rune(text)) > f.Length {
			t.Errorf("%s: %q is longer than %d", f.Name, text, f.Length)
		}
		if f.Dictionary != "" && !codes[f.Dictionary][text] {
			t.Errorf("%s: %q is not in dictionary %s", f.Name, text, f.Dictionary)
		}
	}
	for _, f := range l.Fields {
		if f.Required && values[f.Name] == "" {
			t.Errorf("%s is required and not given", f.Name)
		}
	}
	if s := values["synthetic"]; s != "1" && s != "true" {
		t.Errorf("synthetic is %q, want yes", s)
	}
	key := make([]string, len(l.Key))
	for i, name := range l.Key {
		key[i] = values[name]
	}
	return strings.Join(key, "/")
}

func TestGeometriesAreValidAndInYunfu(t *testing.T) {
	m, dir := tiny(t)
	for _, d := range m.Deliveries {
		if d.Format == "CSV" {
			continue
		}
		t.Run(d.Layer, func(t *testing.T) {
			ds, layer := open(t, dir, d)
			defer func() { _ = ds.Close() }()
			for feature := layer.NextFeature(); feature != nil; feature = layer.NextFeature() {
				g := feature.Geometry()
				if !g.Valid() {
					t.Error("a geometry is not valid")
				}
				b, err := g.Bounds()
				if err != nil {
					t.Fatal(err)
				}
				west, east, low := b[0], b[2], 2450000.0
				switch {
				case west > 37e6:
					west, east = west-37e6, east-37e6
				case west < 200:
					west, east, low = (west-106)*1e5, (east-106)*1e5, 22
				}
				if west < 490000 || east > 670000 || b[1] < low {
					t.Errorf("bounds %v are not in Yunfu", b)
				}
				feature.Close()
			}
		})
	}
}

func TestGBKReadsBack(t *testing.T) {
	m, dir := tiny(t)
	i := slices.IndexFunc(m.Deliveries, func(d demo.Delivery) bool { return d.Layer == "dltb" })
	ds, layer := open(t, dir, m.Deliveries[i])
	defer func() { _ = ds.Close() }()
	names := map[string]bool{}
	for feature := layer.NextFeature(); feature != nil; feature = layer.NextFeature() {
		fields := feature.Fields()
		dlmc, remark := fields["DLMC"], fields["BZ"]
		names[dlmc.String()] = true
		if remark.String() != "演示数据" {
			t.Fatalf("remark reads %q", remark.String())
		}
		feature.Close()
	}
	for _, want := range []string{"水田", "乔木林地", "河流水面", "农村宅基地"} {
		if !names[want] {
			t.Errorf("no parcel is %s: %v", want, names)
		}
	}
}
