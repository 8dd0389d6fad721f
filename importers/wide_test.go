package importers_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"onemap/importers"
)

// utf16Of is a text in two bytes a character, with a byte order mark.
func utf16Of(t testing.TB, text string, order unicode.Endianness) []byte {
	t.Helper()
	b, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTextsOfTwoBytesACharacter(t *testing.T) {
	const table = "code,经度,纬度\nA,112.04,22.92\n"
	for sentence, c := range map[string]struct {
		name, encoding string
		content        []byte
	}{
		"CSV as Excel's Unicode text":        {"测站.csv", "UTF-16LE", utf16Of(t, strings.ReplaceAll(table, ",", "\t"), unicode.LittleEndian)},
		"the other byte order":               {"测站.csv", "UTF-16BE", utf16Of(t, table, unicode.BigEndian)},
		"under the name that Excel gives it": {"测站.txt", "UTF-16LE", utf16Of(t, strings.ReplaceAll(table, ",", "\t"), unicode.LittleEndian)},
	} {
		t.Run(sentence, func(t *testing.T) {
			file := write(t, c.name, c.content)
			archive := zipped(t, map[string][]byte{c.name: c.content})
			for _, path := range []string{file, filepath.Dir(file), archive} {
				if path != file && c.name == "测站.txt" {
					continue // among other files a .txt is a red line or a remark
				}
				s, o := newFake(t, stations()), into(path)
				o.CRS, o.TempDir = "4490", t.TempDir()
				r := mustRun(t, s, o)
				if r.Accepted != 1 || r.Encoding.Name != c.encoding || r.SourceLayer != "测站" {
					t.Errorf("report %+v", r)
				}
				if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
	plotted := `<?xml version="1.0" encoding="UTF-16"?><kml><Placemark><name>罗定市</name><ExtendedData><Data name="code"><value>A</value></Data></ExtendedData>` +
		`<Polygon><outerBoundaryIs><LinearRing><coordinates>112,22.9 112.001,22.9 112.001,22.901 112,22.901 112,22.9</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>`
	feature := `{"type":"Feature","properties":{"code":"A","name":"罗定市"},"geometry":{"type":"Polygon","coordinates":[[[112,22.9],[112.001,22.9],[112.001,22.901],[112,22.901],[112,22.9]]]}}`
	for name, text := range map[string]string{"红线.kml": plotted, "a.geojson": `{"type":"FeatureCollection","features":[` + feature + `]}`, "a.geojsonl": feature + "\n"} {
		t.Run(name, func(t *testing.T) {
			content := utf16Of(t, text, unicode.LittleEndian)
			for _, path := range []string{write(t, name, content), zipped(t, map[string][]byte{name: content})} {
				s := newFake(t, plot())
				r := mustRun(t, s, into(path))
				if r.Encoding.Name != "UTF-16LE" || r.Accepted != 1 || s.rows[0][2] != any("罗定市") {
					t.Errorf("report %+v, rows %v", r, s.rows)
				}
			}
		})
	}
	t.Run("cut off in a character", func(t *testing.T) {
		o := into(write(t, "a.csv", append(utf16Of(t, table+"B罗,112.04,22.92", unicode.LittleEndian), 'x')))
		o.CRS = "4490"
		if r := mustRun(t, newFake(t, stations()), o); r.Accepted+r.Rejected != 2 || r.Repaired+r.Rejected == 0 {
			t.Errorf("silent about it: %+v", r)
		}
	})
}

func TestAFeatureBeyondMemory(t *testing.T) {
	ring := strings.Repeat("[112.000000001,22.900000001],", 700_000) + "[112.1,22.9],[112.1,23]"
	feature := `{"type":"Feature","properties":{"code":"A"},"geometry":{"type":"Polygon","coordinates":[[` + ring + `]]}}`
	for name, text := range map[string]string{"a.geojson": `{"type":"FeatureCollection","features":[` + feature + `]}`, "a.geojsonl": feature + "\n" + feature + "\n"} {
		if p := wantProblem(t, newFake(t, plot()), into(write(t, name, []byte(text))), importers.ErrFormat); !strings.Contains(p.ZH, "16 MiB") {
			t.Error(p)
		}
	}
}
