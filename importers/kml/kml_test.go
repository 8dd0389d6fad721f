package kml_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/wkt"

	"onemap/importers/kml"
)

// within puts elements into a document.
func within(text string) string {
	return `<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>` + text + `</Document></kml>`
}

// placed puts a geometry into a placemark.
func placed(geometry string) string { return within("<Placemark>" + geometry + "</Placemark>") }

// readAll shows a document's layers, each with its fields, values and shapes.
func readAll(text string) (string, error) {
	d, err := kml.Scan(strings.NewReader(text), "file")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, l := range d.Layers {
		var names []string
		for _, f := range l.Fields {
			names = append(names, f.Name)
		}
		fmt.Fprintf(&out, "%s(%s)", l.Name, strings.Join(names, ","))
		r := kml.NewReader(strings.NewReader(text), l)
		for rows := int64(0); ; rows++ {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				if rows != l.Placemarks {
					return "", fmt.Errorf("%d placemarks read, %d counted", rows, l.Placemarks)
				}
				break
			}
			if err != nil {
				return "", err
			}
			shape := "-"
			if p.Geometry != nil {
				shape = wkt.MarshalString(p.Geometry)
			}
			fmt.Fprintf(&out, " [%s %s]", strings.Join(p.Values, "|"), shape)
		}
		out.WriteString("\n")
	}
	return out.String(), nil
}

func TestShapes(t *testing.T) {
	ring := func(at string) string { return "<LinearRing><coordinates>" + at + "</coordinates></LinearRing>" }
	for sentence, c := range map[string]struct{ geometry, want string }{
		"a point":                             {`<Point><coordinates>112,22.9</coordinates></Point>`, "POINT(112 22.9)"},
		"a point with an altitude":            {`<Point><coordinates>112,22.9,55.5</coordinates></Point>`, "POINT(112 22.9)"},
		"blanks and breaks round positions":   {"<LineString><coordinates>\n\t112,22.9 \r\n\u00a0113,23,0\u3000114,24\n</coordinates></LineString>", "LINESTRING(112 22.9,113 23,114 24)"},
		"blanks beside commas":                {`<LineString><coordinates>112, 22.9 ,0 113 ,23,</coordinates></LineString>`, "LINESTRING(112 22.9,113 23)"},
		"a comment amid the positions":        {`<LineString><coordinates>112,22.9<!-- x --> 113,23</coordinates></LineString>`, "LINESTRING(112 22.9,113 23)"},
		"a ring by itself is a line":          {ring("112,22 113,22 113,23 112,22"), "LINESTRING(112 22,113 22,113 23,112 22)"},
		"a polygon with a hole before it":     {`<Polygon><innerBoundaryIs>` + ring("1,1 2,1 2,2 1,1") + `</innerBoundaryIs><outerBoundaryIs>` + ring("0,0 9,0 9,9 0,0") + `</outerBoundaryIs></Polygon>`, "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))"},
		"two holes in one boundary":           {`<Polygon><outerBoundaryIs>` + ring("0,0 9,0 9,9 0,0") + `</outerBoundaryIs><innerBoundaryIs>` + ring("1,1 2,1 2,2 1,1") + ring("3,3 4,3 4,4 3,3") + `</innerBoundaryIs></Polygon>`, "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1),(3 3,4 3,4 4,3 3))"},
		"a ring that isn't closed":            {`<Polygon><outerBoundaryIs>` + ring("0,0 9,0 9,9") + `</outerBoundaryIs></Polygon>`, "POLYGON((0 0,9 0,9 9,0 0))"},
		"several of a kind":                   {`<MultiGeometry><Point><coordinates>1,2</coordinates></Point><MultiGeometry><Point><coordinates>3,4</coordinates></Point></MultiGeometry></MultiGeometry>`, "MULTIPOINT((1 2),(3 4))"},
		"several kinds":                       {`<MultiGeometry><Point><coordinates>1,2</coordinates></Point><LineString><coordinates>3,4 5,6</coordinates></LineString></MultiGeometry>`, "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(3 4,5 6))"},
		"a track":                             {`<gx:Track><when>2024-01-01</when><gx:coord>112 23 1</gx:coord><gx:coord>112.1 23 1</gx:coord></gx:Track>`, "LINESTRING(112 23,112.1 23)"},
		"no number":                           {`<Point><coordinates>112,north</coordinates></Point>`, "POINT(NaN NaN)"},
		"one number alone":                    {`<LineString><coordinates>112 113,23</coordinates></LineString>`, "LINESTRING(NaN NaN,113 23)"},
		"four numbers":                        {`<Point><coordinates>112,23,4,5</coordinates></Point>`, "POINT(NaN NaN)"},
		"without coordinates":                 {`<Point><coordinates> </coordinates></Point>`, "-"},
		"a model, which is no geometry":       {`<Model><Location><longitude>1</longitude></Location></Model>`, "-"},
		"a view's position is no geometry":    {`<LookAt><longitude>1</longitude></LookAt><Point><coordinates>1,2</coordinates></Point>`, "POINT(1 2)"},
		"elements with a prefix of their own": {`<k:Point xmlns:k="http://www.opengis.net/kml/2.2"><k:coordinates>1,2</k:coordinates></k:Point>`, "POINT(1 2)"},
	} {
		got, err := readAll(placed(c.geometry))
		if want := "file(Name,description) [| " + c.want + "]\n"; err != nil || got != strings.Replace(want, "file(", "Layer0(", 1) {
			t.Errorf("%s: got %s, %v, want %s", sentence, got, err, c.want)
		}
	}
}

func TestFoldersAndFields(t *testing.T) {
	const point = "<Point><coordinates>1,2</coordinates></Point>"
	for sentence, c := range map[string]struct{ text, want string }{
		"placemarks before and behind a folder within": {
			within("<name>A</name><Folder><name>B</name><Placemark><name>b1</name></Placemark><Folder><name>C</name><Placemark><name>c</name></Placemark></Folder><Placemark><name>b2</name></Placemark></Folder><Placemark><name>a</name></Placemark>"),
			"A(Name,description) [a| -]\nB(Name,description) [b1| -] [b2| -]\nC(Name,description) [c| -]\n",
		},
		"two folders of a name, one of none, one empty": {
			within("<Folder><name>B</name><Placemark/></Folder><Folder><name>B</name><Placemark/></Folder><Folder/><Folder><Placemark/></Folder>"),
			"B(Name,description) [| -]\nB (#2)(Name,description) [| -]\nLayer2(Name,description) [| -]\n",
		},
		"a name behind the placemarks": {within("<Placemark/><name>A</name>"), "A(Name,description) [| -]\n"},
		"a placemark in no document":   {"<kml><Placemark>" + point + "</Placemark></kml>", "file(Name,description) [| POINT(1 2)]\n"},
		"a placemark that is the root": {"<Placemark>" + point + "</Placemark>", "file(Name,description) [| POINT(1 2)]\n"},
		"data, of a schema and without": {
			within(`<name>A</name><Placemark><ExtendedData><Data name="编号"><displayName>x</displayName><value> A1 </value></Data><SchemaData schemaUrl="#s"><SimpleData name="mj">1.5</SimpleData></SchemaData></ExtendedData></Placemark><Placemark><ExtendedData><Data name="mj"><value>2</value></Data></ExtendedData></Placemark>`),
			"A(Name,description,编号,mj) [||A1|1.5 -] [|||2 -]\n",
		},
		"times": {
			within("<name>A</name><Placemark><TimeStamp><when>2024-05</when></TimeStamp></Placemark><Placemark><TimeSpan><begin>2024</begin><end>2024-03-04T05:06:07Z</end></TimeSpan></Placemark>"),
			"A(Name,description,timestamp,begin,end) [||2024-05-01|| -] [|||2024-01-01|2024-03-04T05:06:07Z -]\n",
		},
		"a description in HTML": {within("<name>A</name><Placemark><name>罗定&amp;新兴&nbsp;</name><description><![CDATA[<b>x</b>]]></description></Placemark>"), "A(Name,description) [罗定&新兴|<b>x</b> -]\n"},
		"nothing":               {within(""), ""},
	} {
		if got, err := readAll(c.text); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", sentence, got, err, c.want)
		}
	}
}

func TestWhatIsCounted(t *testing.T) {
	d, err := kml.Scan(strings.NewReader(within(`<NetworkLink><Link><href>x</href></Link></NetworkLink><GroundOverlay/>
<Schema name="s"><SimpleField name="n" type="int"/></Schema>
<Placemark><ExtendedData><Data name="n"><value>1</value></Data></ExtendedData><Point><coordinates>1,2,3</coordinates></Point></Placemark><Placemark><gx:Track><gx:coord>1 2 0</gx:coord></gx:Track></Placemark>
<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 9,0 9,9</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark><Placemark/>`)), "file")
	if err != nil {
		t.Fatal(err)
	}
	l := d.Layers[0]
	if d.NetworkLinks != 1 || d.Overlays != 1 || l.Placemarks != 4 || l.Geometries != 3 || l.Altitudes != 1 || l.Tracks != 1 || l.Unclosed != 1 || l.Fields[2].Kind != kml.Integer {
		t.Errorf("got %+v", d)
	}
}

func TestWhatIsRefused(t *testing.T) {
	whole := placed("<Point><coordinates>1,2</coordinates></Point>")
	for sentence, c := range map[string]struct {
		text    string
		refused bool
	}{
		"a document type":        {`<!DOCTYPE kml [<!ENTITY a "b">]>` + whole, true},
		"in small letters":       {`<!doctype kml>` + whole, true},
		"a placemark of 33 MiB":  {placed("<description>" + strings.Repeat("x", 33<<20) + "</description>"), true},
		"33 MiB before anything": {"<kml><!--" + strings.Repeat("x", 33<<20) + "--></kml>", true},
		"elements without end":   {strings.Repeat("<kml>", 1000), true},
		"the same in a style":    {within("<Style>" + strings.Repeat("<a>", 1000)), true},
		"20,000 folders":         {within(strings.Repeat("<Folder/>", 20_000)), true},
		"5,000 fields":           {within(strings.Repeat("<Placemark><ExtendedData>", 1) + manyData(5000) + "</ExtendedData></Placemark>"), true},
		"cut off":                {whole[:len(whole)-60], false},
		"cut off at its end":     {whole[:len(whole)-3], false},
		"nothing":                {"", false},
		"another document":       {"<gpx></gpx>", false},
		"bytes that aren't text": {placed("<name>\xc2\xde\xb6\xa8</name>"), false},
		"a stray &":              {placed("<name>A & B</name>"), false},
	} {
		_, err := kml.Scan(strings.NewReader(c.text), "file")
		var syntax *kml.SyntaxError
		if !errors.As(err, &syntax) || errors.Is(err, kml.ErrRefused) != c.refused || syntax.ZH == "" || syntax.EN == "" {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
}

func manyData(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<Data name="f%d"><value>1</value></Data>`, i)
	}
	return b.String()
}

func FuzzScan(f *testing.F) {
	f.Add(placed("<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 9,0 9,9</coordinates></LinearRing></outerBoundaryIs></Polygon>"))
	f.Add(within(`<Folder><name>a</name><Placemark><ExtendedData><Data name="n"><value>1</value></Data></ExtendedData><gx:Track><gx:coord>1 2</gx:coord></gx:Track></Placemark></Folder>`))
	f.Add("<kml><Document><Placemark><Point><coordinates>,,,")
	f.Add("</Document>")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := readAll(text)
		var syntax *kml.SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Error(err)
		}
	})
}
