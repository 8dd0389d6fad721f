package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// everyFormat is every format that is read, with the way to make a file of it.
func everyFormat() []formatted {
	by := func(driver, name string, options ...string) func(context.Context, string, int) (string, error) {
		return func(ctx context.Context, dir string, rows int) (string, error) {
			return converted(ctx, dir, rows, driver, name, options...)
		}
	}
	own := func(name string, write func(io.Writer, int) error) func(context.Context, string, int) (string, error) {
		return func(_ context.Context, dir string, rows int) (string, error) { return written(dir, name, rows, write) }
	}
	national := []string{"-a_srs", "EPSG:4490"}
	return []formatted{
		{"shp", by("ESRI Shapefile", "shp/a.shp", national...), nil},
		{"gdb", by("OpenFileGDB", "a.gdb", append(national, "-nlt", "MULTIPOLYGON")...), nil},
		{"gpkg", by("GPKG", "a.gpkg", national...), nil},
		{"fgb", by("FlatGeobuf", "a.fgb", national...), nil},
		{"tab", by("MapInfo File", "tab/a.tab", "-a_srs", "EPSG:4326", "-lco", "ENCODING=CP936"), nil},
		{"mif", by("MapInfo File", "mif/a.mif", "-a_srs", "EPSG:4326", "-lco", "ENCODING=CP936"), nil},
		{"geojson", by("GeoJSON", "a.geojson"), nil},
		{"geojsonseq", own("a.geojsonl", writeFeatures), nil},
		{"gml", by("GML", "a.gml", append(national, "-dsco", "FORMAT=GML3.2")...), nil},
		{"kml", own("a.kml", writeKML), nil},
		{"kmz", own("a.kmz", writeKMZ), nil},
		{"dxf", own("a.dxf", writeDrawing), []string{"--crs", "EPSG:4525", "--map", "Layer=name"}},
		{"redline", own("a.txt", writeRedline), []string{"--map", "地块编号=water_id,地块名称=name"}},
		{"csv", own("a.csv", writeCSV), []string{"--crs", "EPSG:4490"}},
		{"csv16", own("b.csv", writeCSV16), []string{"--crs", "EPSG:4490"}},
		{"xlsx", own("a.xlsx", writeWorkbook), []string{"--crs", "EPSG:4490"}},
	}
}

// pitch and corners make each area: a round of so many corners on a square grid.
const (
	pitch   = 40.0 // metres from area to area
	corners = 24
)

// area is the outline of an area as easting and northing in metres, closed.
func area(i, rows int) [][2]float64 {
	across := int(math.Ceil(math.Sqrt(float64(rows))))
	x, y := 37606000+pitch*float64(i%across), 2536000+pitch*float64(i/across)
	outline := make([][2]float64, corners+1)
	for k := range outline {
		turn := 2 * math.Pi * float64(k%corners) / corners
		outline[k] = [2]float64{x + 0.45*pitch*math.Cos(turn), y + 0.45*pitch*math.Sin(turn)}
	}
	return outline
}

// degrees writes an outline as longitudes and latitudes in degrees, joined.
func degrees(i, rows int, between, after string) string {
	var b strings.Builder
	for k, p := range area(i, rows) {
		if k > 0 {
			b.WriteString(after)
		}
		fmt.Fprintf(&b, "%.9f%s%.9f", 112+(p[0]-37606000)/102_000, between, 22.9+(p[1]-2536000)/110_800)
	}
	return b.String()
}

// words are the attributes of a row: code, name and a remark of its own.
func words(i int) (code, name, remark string) {
	return fmt.Sprintf("W%08d", i), fmt.Sprintf("云浮市罗定市第%d号水域", i), fmt.Sprintf("依据年度变更调查成果整理，图斑第%d号，权属单位为村集体经济组织", i)
}

// written makes a file once with a writer of ours.
func written(dir, name string, rows int, write func(io.Writer, int) error) (string, error) {
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	f, err := os.Create(file + ".part")
	if err != nil {
		return "", err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	if err := write(out, rows); err != nil {
		return "", err
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	return file, os.Rename(f.Name(), file)
}

// converted makes a file once with ogr2ogr.
func converted(ctx context.Context, dir string, rows int, driver, name string, options ...string) (string, error) {
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file + ".made"); err == nil {
		return file, nil
	}
	source, err := written(dir, "a.geojsonl", rows, writeFeatures)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "ogr2ogr", append([]string{"-f", driver, file, source, "-gt", "65536"}, options...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("ogr2ogr: %w: %s", err, bytes.TrimSpace(out))
	}
	return file, os.WriteFile(file+".made", nil, 0o644)
}

func writeFeatures(w io.Writer, rows int) error {
	for i := range rows {
		code, name, remark := words(i)
		_, err := fmt.Fprintf(w, `{"type":"Feature","properties":{"water_id":%q,"name":%q,"remark":%q,"area_km2":%.4f},"geometry":{"type":"Polygon","coordinates":[[[%s]]]}}`+"\n",
			code, name, remark, 0.001, degrees(i, rows, ",", "],["))
		if err != nil {
			return err
		}
	}
	return nil
}

func writeKML(w io.Writer, rows int) error {
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>水域</name>`+"\n")
	for i := range rows {
		code, name, remark := words(i)
		fmt.Fprintf(w, "<Placemark><name>%s</name><ExtendedData><Data name=\"water_id\"><value>%s</value></Data><Data name=\"remark\"><value>%s</value></Data></ExtendedData>"+
			"<Polygon><outerBoundaryIs><LinearRing><coordinates>%s</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>\n",
			name, code, remark, degrees(i, rows, ",", " "))
	}
	_, err := fmt.Fprint(w, "</Folder></Document></kml>\n")
	return err
}

// zipped writes one member of an archive.
func zipped(z *zip.Writer, name string, write func(io.Writer) error) error {
	member, err := z.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(member, 1<<20)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

func writeKMZ(w io.Writer, rows int) error {
	z := zip.NewWriter(w)
	if err := zipped(z, "doc.kml", func(w io.Writer) error { return writeKML(w, rows) }); err != nil {
		return err
	}
	return z.Close()
}

func writeDrawing(w io.Writer, rows int) error {
	fmt.Fprint(w, "0\nSECTION\n2\nENTITIES\n")
	for i := range rows {
		fmt.Fprintf(w, "0\nLWPOLYLINE\n8\n水域\n90\n%d\n70\n1\n", corners)
		for _, p := range area(i, rows)[:corners] {
			fmt.Fprintf(w, "10\n%.4f\n20\n%.4f\n", p[0], p[1])
		}
	}
	_, err := fmt.Fprint(w, "0\nENDSEC\n0\nEOF\n")
	return err
}

func writeRedline(w io.Writer, rows int) error {
	fmt.Fprint(w, "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=37\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n")
	for i := range rows {
		code, name, _ := words(i)
		fmt.Fprintf(w, "%d,0.1,%s,%s,面,,,,@\n", corners+1, code, name)
		for k, p := range area(i, rows) {
			fmt.Fprintf(w, "J%d,1,%.4f,%.4f\n", k%corners+1, p[1], p[0])
		}
	}
	return nil
}

func writeCSV(w io.Writer, rows int) error {
	fmt.Fprint(w, "water_id,name,remark,WKT\n")
	for i := range rows {
		code, name, remark := words(i)
		if _, err := fmt.Fprintf(w, "%s,%s,%s,\"POLYGON ((%s))\"\n", code, name, remark, degrees(i, rows, " ", ", ")); err != nil {
			return err
		}
	}
	return nil
}

// writeCSV16 writes it as Excel's "Unicode text" does.
func writeCSV16(w io.Writer, rows int) error {
	encoder := transform.NewWriter(w, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder())
	if err := writeCSV(encoder, rows); err != nil {
		return err
	}
	return encoder.Close()
}

// writeWorkbook keeps every text but the outlines among the shared strings, as
// Excel does.
func writeWorkbook(w io.Writer, rows int) error {
	z := zip.NewWriter(w)
	const main, relations = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`, "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	parts := []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"xl/workbook.xml", `<workbook ` + main + ` xmlns:r="` + relations + `"><sheets><sheet name="水域" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relations +
			`/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + relations + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
	}
	for _, p := range parts {
		if err := zipped(z, p.name, func(w io.Writer) error { _, err := io.WriteString(w, p.text); return err }); err != nil {
			return err
		}
	}
	err := zipped(z, "xl/sharedStrings.xml", func(w io.Writer) error {
		fmt.Fprintf(w, `<sst %s><si><t>water_id</t></si><si><t>name</t></si><si><t>remark</t></si><si><t>WKT</t></si>`, main)
		for i := range rows {
			code, name, remark := words(i)
			fmt.Fprintf(w, "<si><t>%s</t></si><si><t>%s</t></si><si><t>%s</t></si>", code, name, remark)
		}
		_, err := io.WriteString(w, "</sst>")
		return err
	})
	if err != nil {
		return err
	}
	err = zipped(z, "xl/worksheets/sheet1.xml", func(w io.Writer) error {
		fmt.Fprintf(w, `<worksheet %s><sheetData><row r="1">`, main)
		for k, column := range "ABCD" {
			fmt.Fprintf(w, `<c r="%c1" t="s"><v>%d</v></c>`, column, k)
		}
		fmt.Fprint(w, "</row>")
		for i := range rows {
			fmt.Fprintf(w, `<row r="%d">`, i+2)
			for k, column := range "ABC" {
				fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, column, i+2, 4+3*i+k)
			}
			fmt.Fprintf(w, `<c r="D%d" t="inlineStr"><is><t>POLYGON ((%s))</t></is></c></row>`, i+2, degrees(i, rows, " ", ", "))
		}
		_, err := io.WriteString(w, "</sheetData></worksheet>")
		return err
	})
	if err != nil {
		return err
	}
	return z.Close()
}
