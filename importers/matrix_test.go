package importers_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"onemap/importers"
)

// TestEncodingMatrix takes every language id of a DBF header with every .cpg and
// every kind of text, in GB18030 and in UTF-8: each comes out as the right text
// or with a stated problem, and never with a replacement character.
func TestEncodingMatrix(t *testing.T) {
	encodings := map[string]func(string) string{
		"GB18030": func(s string) string {
			b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
			if err != nil {
				t.Fatal(err)
			}
			return b
		},
		"UTF-8": func(s string) string { return s },
	}
	// Each content is a field name, a value, and the text that must come of it.
	// Values are cut to their column's width as writers cut them: at any byte.
	long := strings.Repeat("云浮市罗定市罗城街道", 13) // 130 characters: more than 254 bytes in either encoding
	contents := map[string]struct {
		field, value string
		size         int
		fill         byte // what the column is padded with
	}{
		"a field name cut in a character": {"坐落单位名称", "罗定市罗城街道", 60, ' '},
		"a value cut in a character":      {"NAME", "A" + long, 254, ' '},
		"characters of four bytes":        {"NAME", "𬭩𬬻塘㙍村", 60, ' '},
		"full-width digits":               {"NAME", "云城区０１２３号", 60, ' '},
		"trailing noughts":                {"NAME", "新兴县新城镇", 60, 0},
		"garbage behind a nought":         {"NAME", "新兴县新城镇\x00\xff\xfe\x81", 60, 0},
		"one word":                        {"NAME", "罗定", 60, ' '},
		"a blank and a letter":            {"NAME", "罗定 A区", 60, ' '},
	}
	cpgs := map[string]string{
		"GBK": "GBK", "936": "936", "CP936": "CP936", "GB18030": "GB18030", "UTF-8": "UTF-8", "absent": "",
		"wrong: Latin-1": "ISO-8859-1", "wrong: Big5": "BIG5", "wrong: Cyrillic": "windows-1251", "wrong: no name": "乱码",
	}
	cases := 0
	for encoding, encode := range encodings {
		for kind, content := range contents {
			for cpg, text := range cpgs {
				for _, ldid := range []byte{0x4d, 0x00, 0x57} {
					cases++
					name, value := encode(content.field), encode(content.value)
					name, value = name[:min(len(name), 10)], value[:min(len(value), content.size)]
					d := table{ldid: ldid, fields: []dbfField{{"CODE", 'C', 12, 0}, {name, 'C', content.size, 0}}}
					for i := range 3 {
						d.rows = append(d.rows, []string{fmt.Sprint("A", i), value + strings.Repeat(string(rune(content.fill)), content.size-len(value))})
					}
					files := delivery(d, prj4490)
					if text != "" {
						files["plot.cpg"] = []byte(text)
					}
					def := plot()
					def.Fields[1].Aliases = []string{"name", "坐落单位"}
					s := newFake(t, def)
					label := fmt.Sprintf("%s, %s, .cpg %s, LDID 0x%02X", encoding, kind, cpg, ldid)
					report, err := importers.Run(t.Context(), s, into(filepath.Join(put(t, files), "plot.shp")))
					if err != nil {
						t.Errorf("%s: %v", label, err)
						continue
					}
					want, _, _ := strings.Cut(content.value, "\x00")
					if len(encode(want)) > content.size { // all characters that fit whole
						for len(encode(want)) > content.size {
							_, n := utf8.DecodeLastRuneInString(want)
							want = want[:len(want)-n]
						}
					}
					for _, got := range s.column(t, "plot", "name") {
						if got != want {
							t.Errorf("%s: got %q as %s (%s)", label, got, report.Encoding.Name, report.Encoding.EN)
							break
						}
					}
					if strings.ContainsRune(fmt.Sprintf("%+v", report), utf8.RuneError) {
						t.Errorf("%s: a replacement character in the report", label)
					}
				}
			}
		}
	}
	if cases != 2*8*10*3 {
		t.Errorf("%d cases", cases)
	}
}

func TestBig5IsTakenAtItsWord(t *testing.T) {
	name, err := traditionalchinese.Big5.NewEncoder().String("雲浮市羅定市羅城街道")
	if err != nil {
		t.Fatal(err)
	}
	d := table{fields: []dbfField{{"CODE", 'C', 12, 0}, {"NAME", 'C', 40, 0}}, rows: [][]string{{"A", name}}}
	files := delivery(d, prj4490)
	files["plot.cpg"] = []byte("BIG5")
	s := newFake(t, plot())
	if r := mustRun(t, s, into(filepath.Join(put(t, files), "plot.shp"))); s.column(t, "plot", "name")[0] != "雲浮市羅定市羅城街道" {
		t.Errorf("got %q as %s", s.column(t, "plot", "name")[0], r.Encoding.Name)
	}
}
