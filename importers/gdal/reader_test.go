package gdal_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/importers/gdal"
)

func geojson(t *testing.T, features ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.geojson")
	text := `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) gdal.Layer {
	t.Helper()
	d, err := gdal.Open(path, "GeoJSON")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d.Layers()[0]
}

func TestValues(t *testing.T) {
	layer := open(t, geojson(t,
		`{"type":"Feature","properties":{"i":0,"f":0.5,"s":"罗定","d":"2024-01-02","l":[1,2]},"geometry":{"type":"Point","coordinates":[112,23,99]}}`,
		`{"type":"Feature","properties":{"i":null,"f":null,"s":null,"d":null,"l":null},"geometry":null}`))
	names := map[string]int{}
	for i, f := range layer.Fields {
		names[f.Name] = i
	}
	r := layer.Read([]int{names["s"], names["i"], names["f"], names["d"], names["l"]})
	defer r.Close()
	batch, err := r.Next(10, 1<<20)
	if err != nil || batch.Rows != 2 {
		t.Fatalf("%d rows, %v", batch.Rows, err)
	}
	var got []string
	err = batch.Each(func(wkb []byte, v []gdal.Value) error {
		got = append(got, fmt.Sprintf("%d bytes, %c %s, %c %d, %c %g, %c %s, %c %s", len(wkb),
			v[0].Kind, v[0].Text, v[1].Kind, v[1].Int, v[2].Kind, v[2].Float, v[3].Kind, v[3].Time.Format("2006-01-02"), v[4].Kind, v[4].Text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A point of two dimensions is 21 bytes; a missing number is no 0.
	want := []string{"21 bytes, s 罗定, i 0, f 0.5, t 2024-01-02, s (2:1,2)", "0 bytes, 0 , 0 0, 0 0, 0 0001-01-01, 0 "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := r.Next(10, 1<<20); !errors.Is(err, io.EOF) {
		t.Errorf("after the last row: %v", err)
	}
}

func TestBatchesAreAsSmallAsAskedFor(t *testing.T) {
	var features []string
	for i := range 10 {
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"i":%d},"geometry":{"type":"Point","coordinates":[112,23]}}`, i))
	}
	r := open(t, geojson(t, features...)).Read([]int{0})
	defer r.Close()
	var sizes []int
	for {
		b, err := r.Next(4, 1<<20)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, b.Rows)
	}
	if fmt.Sprint(sizes) != "[4 4 2]" {
		t.Errorf("batches of %v", sizes)
	}
	r.Close() // once more does no harm
	if _, err := r.Next(4, 1<<20); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.geojson")
	if err := os.WriteFile(path, []byte(`{"type":"FeatureCollection","features":[`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".none"} {
		if _, err := gdal.Open(p, "GeoJSON"); !errors.Is(err, gdal.ErrOpen) {
			t.Errorf("got %v", err)
		}
	}
}
