package demo_test

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"onemap/data/demo"
)

// tinyDir holds the tiny city of seed 1, which most tests read.
var tinyDir string

var tinyFiles = sync.OnceValues(func() (demo.Manifest, error) {
	return demo.Generate(context.Background(), demo.Options{Scale: demo.Tiny, Seed: 1, Dir: tinyDir})
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "onemap-demo-test-*")
	if err != nil {
		panic(err)
	}
	tinyDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// tiny returns the manifest and the folder of the tiny city of seed 1.
func tiny(t *testing.T) (demo.Manifest, string) {
	t.Helper()
	m, err := tinyFiles()
	if err != nil {
		t.Fatal(err)
	}
	return m, tinyDir
}

// generated makes a tiny city of its own.
func generated(t *testing.T, seed uint64) (demo.Manifest, string) {
	t.Helper()
	dir := t.TempDir()
	m, err := demo.Generate(context.Background(), demo.Options{Scale: demo.Tiny, Seed: seed, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return m, dir
}

// contents hashes all files of a folder, archives by member.
func contents(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	sums := map[string][32]byte{}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sums[name.Name()] = sha256.Sum256(content)
		if filepath.Ext(path) != ".zip" {
			continue
		}
		archive, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range archive.File {
			r, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			sums[name.Name()+"/"+member.Name] = sha256.Sum256(content)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return sums
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	m, first := generated(t, 7)
	_, second := generated(t, 7)
	_, other := tiny(t)
	a, b, c := contents(t, first), contents(t, second), contents(t, other)
	for name, sum := range a {
		// GDAL puts fresh ids into every FileGDB; its rows are compared below
		if b[name] != sum && !strings.Contains(name, ".gdb") {
			t.Errorf("%s differs between two runs", name)
		}
	}
	for _, d := range m.Deliveries {
		if d.Format == "FileGDB" && decoded(t, first, d) != decoded(t, second, d) {
			t.Errorf("%s: the rows of %s differ between two runs", d.File, d.SourceLayer)
		}
	}
	if maps.Equal(a, c) {
		t.Error("another seed gives the same city")
	}
}

func TestTinyHasAllLayersAndStaysSmall(t *testing.T) {
	m, dir := tiny(t)
	rows := 0
	var layers []string
	for _, d := range m.Deliveries {
		rows += d.Rows
		layers = append(layers, d.Layer)
		if d.Rows == 0 {
			t.Errorf("%s has no rows", d.Layer)
		}
		if _, err := os.Stat(filepath.Join(dir, d.File)); err != nil {
			t.Error(err)
		}
		if d.Format == "CSV" && (d.CRS == "" || d.LonColumn == "" || d.LatColumn == "") {
			t.Errorf("%s: a CSV does not carry its system; the manifest must", d.File)
		}
	}
	slices.Sort(layers)
	if n := len(slices.Compact(layers)); n != 40 || len(m.Deliveries) != 40 {
		t.Errorf("%d layers in %d deliveries, want each of the 40 layers once", n, len(m.Deliveries))
	}
	if rows >= 2000 {
		t.Errorf("%d rows; tiny is to stay under 2,000", rows)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".work*"))
	if err != nil || len(left) > 0 {
		t.Errorf("work files left: %v %v", left, err)
	}
}

func TestShapefilesAreGBKAsDepartmentsWriteThem(t *testing.T) {
	m, dir := tiny(t)
	withPage, without := 0, 0
	for _, d := range m.Deliveries {
		if d.Format != "Shapefile" {
			continue
		}
		archive, err := zip.OpenReader(filepath.Join(dir, d.File))
		if err != nil {
			t.Fatal(err)
		}
		page := false
		for _, member := range archive.File {
			page = page || strings.HasSuffix(member.Name, ".cpg")
			if !strings.HasSuffix(member.Name, ".dbf") {
				continue
			}
			r, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			var header [32]byte
			if _, err := io.ReadFull(r, header[:]); err != nil {
				t.Fatal(err)
			}
			if header[29] != 0x4d {
				t.Errorf("%s: language id %#x, want 0x4d (GBK)", d.File, header[29])
			}
		}
		if page {
			withPage++
		} else {
			without++
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if withPage != 1 || without < 3 {
		t.Errorf("%d Shapefiles with a .cpg and %d without; want 1 and several", withPage, without)
	}
}

func TestMistakesAreToldApart(t *testing.T) {
	_, err := demo.Generate(context.Background(), demo.Options{Scale: "huge", Dir: t.TempDir()})
	if !errors.Is(err, demo.ErrUnknownScale) {
		t.Errorf("scale huge: %v, want ErrUnknownScale", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = demo.Generate(ctx, demo.Options{Scale: demo.Tiny, Dir: t.TempDir()})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, want context.Canceled", err)
	}
}
