package importers_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/importers"
	"onemap/importers/gdal"
	"onemap/importers/kml"
)

// redLineKML is a document as people draw it: a red line among remarks.
const redLineKML = `<?xml version="1.0" encoding="%s"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>云浮</name><Folder><name>红线</name>
<Placemark><name>罗定市</name><ExtendedData><Data name="code"><value>A1</value></Data></ExtendedData>
<LineString><coordinates>112,22.9,30 112.001,22.9,30 112.001,22.901,30 112,22.901,30 112,22.9,30</coordinates></LineString></Placemark>
<Placemark><name>新兴县</name><ExtendedData><Data name="code"><value>A2</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>112.01, 22.9 112.011, 22.9 112.011, 22.901 112.01, 22.901</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
</Folder></Document></kml>`

func TestKMLInAnyEncoding(t *testing.T) {
	for sentence, c := range map[string]struct {
		content, option, encoding string
		want                      error
	}{
		"UTF-8":                           {content: fmt.Sprintf(redLineKML, "UTF-8"), encoding: "UTF-8"},
		"GBK that says so":                {content: gbk(t, fmt.Sprintf(redLineKML, "GBK")), encoding: "GB18030"},
		"GB 2312 that says so":            {content: gbk(t, fmt.Sprintf(redLineKML, "gb2312")), encoding: "GB18030"},
		"GBK that says it is UTF-8":       {content: gbk(t, fmt.Sprintf(redLineKML, "UTF-8")), encoding: "GB18030"},
		"UTF-8 that says it is GBK":       {content: fmt.Sprintf(redLineKML, "GBK"), encoding: "UTF-8"},
		"GBK, by a person":                {content: gbk(t, fmt.Sprintf(redLineKML, "UTF-8")), option: "GBK", encoding: "GB18030"},
		"GBK that a person says is UTF-8": {content: gbk(t, fmt.Sprintf(redLineKML, "GBK")), option: "UTF-8", want: importers.ErrDamaged},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newFake(t, plot())
			o := into(write(t, "红线.kml", []byte(c.content)))
			o.Encoding = c.option
			if c.want != nil {
				wantProblem(t, s, o, c.want)
				return
			}
			r := mustRun(t, s, o)
			if r.Encoding.Name != c.encoding || r.SourceLayer != "红线" || !strings.Contains(fmt.Sprint(r.Notes), "高度") || !strings.Contains(fmt.Sprint(r.Notes), "闭合") {
				t.Errorf("report %+v", r)
			}
			wantPlots(t, s)
		})
	}
}

func TestAPositionThatIsNoneIsRefusedByItself(t *testing.T) {
	s := newFake(t, plot())
	r := mustRun(t, s, into(write(t, "a.kml", []byte(strings.Replace(fmt.Sprintf(redLineKML, "UTF-8"), "112.011, 22.901", "112.011, x", 1)))))
	if r.Accepted != 1 || r.Rejected != 1 || r.Rejections[0].Row != 2 || !strings.Contains(r.Rejections[0].Reason, "坐标") {
		t.Errorf("report %+v", r)
	}
}

// TestGDALReadsTheSamePlacemarks has GDAL's own reader say what is in a document.
func TestGDALReadsTheSamePlacemarks(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>文档</name>`)
	for folder := range 3 {
		fmt.Fprintf(&b, `<Folder><name>组%d</name>`, folder%2)
		for i := range 40 {
			at := func(dx, dy float64) string { return fmt.Sprintf("%.7f,%.7f,%d", 112+0.01*float64(i)+dx, 22.9+dy, i%3) }
			ring := "<LinearRing><coordinates>" + at(0, 0) + "\n" + at(0.005, 0) + " \t" + at(0.005, 0.005) + " " + at(0, 0) + "</coordinates></LinearRing>"
			hole := "<innerBoundaryIs><LinearRing><coordinates>" + at(0.002, 0.001) + " " + at(0.004, 0.001) + " " + at(0.004, 0.002) + " " + at(0.002, 0.001) + "</coordinates></LinearRing></innerBoundaryIs>"
			polygon := "<Polygon><outerBoundaryIs>" + ring + "</outerBoundaryIs>" + hole + "</Polygon>"
			fmt.Fprintf(&b, `<Placemark><name>第%d个 &amp; 其他</name><description><![CDATA[<td>%d</td>]]></description><ExtendedData><Data name="code"><value>%d</value></Data></ExtendedData>%s</Placemark>`, i, i, i, []string{
				polygon, "<MultiGeometry>" + polygon + polygon + "</MultiGeometry>", "<Point><coordinates>" + at(0, 0) + "</coordinates></Point>",
				"<LineString><coordinates>" + at(0, 0) + " " + at(1, 1) + "</coordinates></LineString>",
			}[i%4]) // not a ring by itself, of which GDAL hands on nothing
		}
		b.WriteString("</Folder>")
	}
	b.WriteString("</Document></kml>")
	file := write(t, "a.kml", []byte(b.String()))
	theirs, err := gdal.Open(file, "LIBKML")
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	ours, err := kml.Scan(strings.NewReader(b.String()), "a")
	if err != nil {
		t.Fatal(err)
	}
	all := theirs.Layers()
	if len(all) != len(ours.Layers) || len(all) != 3 {
		t.Fatalf("%d layers, GDAL has %d", len(ours.Layers), len(all))
	}
	for i, l := range all {
		if l.Name != ours.Layers[i].Name {
			t.Errorf("layer %s, GDAL calls it %s", ours.Layers[i].Name, l.Name)
		}
		want := shown(t, l)
		got := kml.NewReader(strings.NewReader(b.String()), ours.Layers[i])
		for n := 0; ; n++ {
			p, err := got.Next()
			if errors.Is(err, io.EOF) && n == len(want) && n == 40 {
				break
			}
			if err != nil || n >= len(want) {
				t.Fatalf("placemark %d of %d: %v", n, len(want), err)
			}
			if one := fmt.Sprintf("%s|%s|%s|%s", p.Values[0], p.Values[1], p.Values[2], wkt.MarshalString(p.Geometry)); one != want[n] {
				t.Errorf("placemark %d is %s, for GDAL %s", n, one, want[n])
			}
		}
	}
}

// shown is what GDAL reads of a layer: name, description, code and geometry.
func shown(t *testing.T, l gdal.Layer) []string {
	t.Helper()
	fields := map[string]int{}
	for i, f := range l.Fields {
		fields[f.Name] = i
	}
	r := l.Read([]int{fields["Name"], fields["description"], fields["code"]})
	defer r.Close()
	var all []string
	for {
		batch, err := r.Next(100, 1<<20)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		err = batch.Each(func(encoded []byte, v []gdal.Value) error {
			g, err := wkb.Unmarshal(encoded)
			all = append(all, fmt.Sprintf("%s|%s|%s|%s", v[0].Text, v[1].Text, v[2].Text, wkt.MarshalString(g)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
