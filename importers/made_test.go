package importers_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"onemap/layers"
)

// dbfField is a column of a table made by hand.
type dbfField struct {
	name     string // bytes as they go into the file
	kind     byte   // C, N, D or L
	size     int
	decimals int
}

// table is a DBF made by hand; values are bytes as they go into the file.
type table struct {
	fields  []dbfField
	rows    [][]string
	deleted []int // rows to be marked as deleted
	ldid    byte
}

func (d table) bytes() []byte {
	length := 1
	for _, f := range d.fields {
		length += f.size
	}
	var b bytes.Buffer
	head := make([]byte, 32)
	head[0], head[1], head[2], head[3] = 3, 124, 1, 1
	binary.LittleEndian.PutUint32(head[4:], uint32(len(d.rows)))
	binary.LittleEndian.PutUint16(head[8:], uint16(33+32*len(d.fields)))
	binary.LittleEndian.PutUint16(head[10:], uint16(length))
	head[29] = d.ldid
	b.Write(head)
	for _, f := range d.fields {
		one := make([]byte, 32)
		copy(one[:11], f.name)
		one[11], one[16], one[17] = f.kind, byte(f.size), byte(f.decimals)
		b.Write(one)
	}
	b.WriteByte('\r')
	for i, row := range d.rows {
		mark := byte(' ')
		if slices.Contains(d.deleted, i) {
			mark = '*'
		}
		b.WriteByte(mark)
		for j, f := range d.fields {
			cell := bytes.Repeat([]byte(" "), f.size)
			copy(cell, row[j])
			b.Write(cell)
		}
	}
	b.WriteByte(0x1a)
	return b.Bytes()
}

// shapes returns .shp and .shx of polygons, each one ring.
func shapes(rings [][][2]float64) (shp, shx []byte) {
	header := func(words int) []byte {
		h := make([]byte, 100)
		binary.BigEndian.PutUint32(h, 9994)
		binary.BigEndian.PutUint32(h[24:], uint32(words))
		binary.LittleEndian.PutUint32(h[28:], 1000)
		binary.LittleEndian.PutUint32(h[32:], 5)
		for i, v := range []float64{-180, -90, 4e7, 6e6} {
			binary.LittleEndian.PutUint64(h[36+8*i:], math.Float64bits(v))
		}
		return h
	}
	var body, index bytes.Buffer
	for i, ring := range rings {
		var r bytes.Buffer
		box := [4]float64{ring[0][0], ring[0][1], ring[0][0], ring[0][1]}
		for _, p := range ring {
			box = [4]float64{min(box[0], p[0]), min(box[1], p[1]), max(box[2], p[0]), max(box[3], p[1])}
		}
		_ = binary.Write(&r, binary.LittleEndian, uint32(5))
		_ = binary.Write(&r, binary.LittleEndian, box)
		_ = binary.Write(&r, binary.LittleEndian, [3]uint32{1, uint32(len(ring)), 0})
		_ = binary.Write(&r, binary.LittleEndian, ring)
		_ = binary.Write(&index, binary.BigEndian, [2]uint32{uint32(50 + body.Len()/2), uint32(r.Len() / 2)})
		_ = binary.Write(&body, binary.BigEndian, [2]uint32{uint32(i + 1), uint32(r.Len() / 2)})
		body.Write(r.Bytes())
	}
	shp = append(header(50+body.Len()/2), body.Bytes()...)
	shx = append(header(50+index.Len()/2), index.Bytes()...)
	return shp, shx
}

// squares are n clockwise squares of 0.001°, eastward from 112, 22.9.
func squares(n int) [][][2]float64 {
	all := make([][][2]float64, n)
	for i := range all {
		x, y := 112+0.002*float64(i%500), 22.9+0.002*float64(i/500)
		all[i] = [][2]float64{{x, y}, {x, y + 0.001}, {x + 0.001, y + 0.001}, {x + 0.001, y}, {x, y}}
	}
	return all
}

const prj4490 = `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

// plot is the layer that files made by hand are for.
func plot() layers.Definition {
	return layers.Definition{
		ID: "plot", Theme: "base", Name: "地块", NameEN: "Plots", Aliases: []string{"DK"}, Geometry: layers.Polygon, Key: []string{"code"},
		Fields: []layers.Field{
			{Name: "code", Label: "编号", LabelEN: "Code", Type: layers.Text, Length: 12, Required: true},
			{Name: "name", Label: "坐落单位名称", LabelEN: "Place", Type: layers.Text, Aliases: []string{"zldwmc"}},
			{Name: "area", Label: "面积", LabelEN: "Area", Type: layers.Decimal, Scale: 2},
			{Name: "storeys", Label: "层数", LabelEN: "Storeys", Type: layers.Integer},
			{Name: "built", Label: "建成日期", LabelEN: "Built", Type: layers.Date},
			{Name: "listed", Label: "是否登记", LabelEN: "Listed", Type: layers.Boolean},
		},
	}
}

// delivery are the files of a Shapefile made by hand, without folder: name → content.
func delivery(d table, prj string) map[string][]byte {
	shp, shx := shapes(squares(len(d.rows)))
	files := map[string][]byte{"plot.shp": shp, "plot.shx": shx, "plot.dbf": d.bytes()}
	if prj != "" {
		files["plot.prj"] = []byte(prj)
	}
	return files
}

// put writes files into a new folder and returns it.
func put(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// zipped packs files in the order of their names; a name that isn't UTF-8 goes
// in as it is, without the flag.
func zipped(t testing.TB, files map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "delivery.zip", b.Bytes())
}

// zippedWith packs one member with a mode of its own.
func zippedWith(t testing.TB, name string, mode fs.FileMode, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(mode)
	f, err := w.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "delivery.zip", b.Bytes())
}

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gbk(t testing.TB, text string) string {
	t.Helper()
	encoded, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// plainTable is a table of n rows with a code and a Chinese name in GBK.
func plainTable(t testing.TB, n int) table {
	t.Helper()
	d := table{fields: []dbfField{{"CODE", 'C', 12, 0}, {"ZLDWMC", 'C', 40, 0}}}
	for i := range n {
		d.rows = append(d.rows, []string{fmt.Sprintf("%c%03d", 'A'+i%26, 1+i/26), gbk(t, "罗定市罗城街道")})
	}
	return d
}
