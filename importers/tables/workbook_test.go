package tables_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onemap/importers/tables"
)

// parts are a small workbook's, by name; "sheet" and "texts" stand for the long names.
func parts(more map[string]string) map[string]string {
	const relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	all := map[string]string{
		"xl/workbook.xml": `<workbook xmlns:r="` + relation + `"><sheets><sheet name="图表" r:id="rId9"/><sheet name="数据" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="` + relation + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relation + `/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="rId3" Type="` + relation + `/styles" Target="styles.xml"/>` +
			`<Relationship Id="rId9" Type="` + relation + `/chartsheet" Target="chartsheets/sheet1.xml"/></Relationships>`,
		"xl/styles.xml":            `<styleSheet><numFmts><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/><numFmt numFmtId="177" formatCode="[h]:mm"/><numFmt numFmtId="178" formatCode="0.0&quot;ms&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="178"/><xf numFmtId="57"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     `<sst><si><t>罗定</t></si><si><r><t>新</t></r><rPh sb="0" eb="1"><t>xin</t></rPh><r><t xml:space="preserve"> 兴</t></r></si><si><t>a_x000D_b</t></si><si/></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData></sheetData></worksheet>`,
	}
	for name, text := range more {
		if text == "" {
			delete(all, name)
		} else {
			all[name] = text
		}
	}
	return all
}

func packed(t testing.TB, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// rowsOf reads a sheet of a workbook to its end.
func rowsOf(t testing.TB, path, sheet string) ([][]string, error) {
	t.Helper()
	temp := t.TempDir()
	w, err := tables.OpenWorkbook(path, temp, 1<<30)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if sheet == "" {
		sheet = w.Sheets()[0]
	}
	r, err := w.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all [][]string
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
}

func TestCells(t *testing.T) {
	for sentence, c := range map[string]struct{ row, want string }{
		"shared texts, with runs and escapes":       {`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="s"><v>3</v></c><c t="s"><v>0</v></c></row>`, "[罗定 新 兴 a\rb  罗定]"},
		"a text of its own":                         {`<row><c t="inlineStr"><is><t>罗</t></is></c></row>`, "[罗]"},
		"a formula's text, figure, truth and fault": {`<row><c t="str"><f>A1</f><v>x</v></c><c><f>1+1</f><v>2</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>`, "[x 2 1 #N/A]"},
		"cells that are left out":                   {`<row r="2"><c r="C2"><v>3</v></c><c><v>4</v></c><c r="AA2"><v>27</v></c></row>`, "[]\n[  3 4                       27]"},
		"rows that are left out":                    {`<row><c><v>1</v></c></row><row r="4"><c><v>4</v></c></row>`, "[1]\n[]\n[]\n[4]"},
		"figures with all their digits":             {`<row><c><v>112.03861234567</v></c><c><v>1.0000000000000001E-2</v></c></row>`, "[112.03861234567 1.0000000000000001E-2]"},
		"days by their style":                       {`<row><c s="1"><v>45293</v></c><c s="2"><v>45293.5</v></c><c s="5"><v>45293</v></c></row>`, "[2024-01-02 2024-01-02 12:00:00 2024-01-02]"},
		"spans and figures are no days":             {`<row><c s="0"><v>45293</v></c><c s="3"><v>45293</v></c><c s="4"><v>45293</v></c></row>`, "[45293 45293 45293]"},
		"text in a cell with a day's style":         {`<row><c s="1" t="s"><v>0</v></c></row>`, "[罗定]"},
	} {
		rows, err := rowsOf(t, packed(t, parts(map[string]string{"xl/worksheets/sheet1.xml": "<worksheet><cols/><sheetData>" + c.row + "</sheetData></worksheet>"})), "数据")
		var lines []string
		for _, row := range rows {
			lines = append(lines, fmt.Sprint(row))
		}
		if got := strings.Join(lines, "\n"); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", sentence, got, err, c.want)
		}
	}
}

// TestTextsBeyondMemory has more shared texts than blocks are kept, and refers
// to them far apart.
func TestTextsBeyondMemory(t *testing.T) {
	const n = 120_000
	var texts, rows strings.Builder
	text := func(i int) string { return fmt.Sprintf("第%d行%s", i, strings.Repeat("字", i%40)) }
	texts.WriteString("<sst>")
	for i := range n {
		fmt.Fprintf(&texts, "<si><t>%s</t></si>", text(i))
	}
	texts.WriteString("</sst>")
	for i := 0; i < n; i += 10 {
		fmt.Fprintf(&rows, `<row><c t="s"><v>%d</v></c><c t="s"><v>%d</v></c></row>`, i, n-1-i)
	}
	got, err := rowsOf(t, packed(t, parts(map[string]string{
		"xl/sharedStrings.xml": texts.String(), "xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + rows.String() + "</sheetData></worksheet>",
	})), "数据")
	if err != nil || len(got) != n/10 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for k, row := range got {
		if want := []string{text(10 * k), text(n - 1 - 10*k)}; !slices.Equal(row, want) {
			t.Fatalf("row %d is %q, want %q", k, row, want)
		}
	}
}

// TestExcelizeReadsTheSameCells has another reader say what is in a workbook.
func TestExcelizeReadsTheSameCells(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for i := range 300 {
		for j, v := range []any{fmt.Sprintf("编号 %d", i%7), 112 + float64(i)/3, i * i, true, "多行\r\n文字", nil, -0.0001} {
			cell, _ := excelize.CoordinatesToCellName(2*j+1, i+1+i/50)
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	want, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := rowsOf(t, path, "Sheet1")
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d rows of %d, %v", len(got), len(want), err)
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Fatalf("row %d is %q, for excelize %q", i+1, got[i], want[i])
		}
	}
}

func TestBrokenWorkbooks(t *testing.T) {
	row := func(text string) map[string]string {
		return map[string]string{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + text + "</sheetData></worksheet>"}
	}
	for sentence, change := range map[string]map[string]string{
		"no list of parts":        {"xl/_rels/workbook.xml.rels": ""},
		"no list of sheets":       {"xl/workbook.xml": ""},
		"no sheet":                {"xl/worksheets/sheet1.xml": ""},
		"styles that break off":   {"xl/styles.xml": "<styleSheet><cellXfs>"},
		"texts that break off":    {"xl/sharedStrings.xml": "<sst><si><t>a"},
		"a sheet that breaks off": {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row><c><v>1</v></c></row><row>"},
		"a document type":         {"xl/worksheets/sheet1.xml": "<!DOCTYPE a><worksheet/>"},
		"a text that isn't there": row(`<row><c t="s"><v>4</v></c></row>`),
		"a text before the first": row(`<row><c t="s"><v>-1</v></c></row>`),
		"a text without a number": row(`<row><c t="s"><v>x</v></c></row>`),
		"rows out of order":       row(`<row r="2"/><row r="1"/>`),
		"a row beyond all":        row(`<row r="2000000"/>`),
		"a column beyond all":     row(`<row><c r="ZZZZ1"/></row>`),
		"elements without end":    row(strings.Repeat("<a>", 100_000)),
		"runs within runs":        {"xl/sharedStrings.xml": "<sst><si>" + strings.Repeat("<r>", 100_000)},
		"a row of 17 MiB":         row("<row><c><v>" + strings.Repeat("1", 17<<20) + "</v></c></row>"),
		"a text of 2 MiB":         {"xl/sharedStrings.xml": "<sst><si><t>" + strings.Repeat("x", 2<<20) + "</t></si></sst>"},
		"deep styles":             {"xl/styles.xml": strings.Repeat("<a>", 100_000)},
	} {
		if rows, err := rowsOf(t, packed(t, parts(change)), ""); !errors.Is(err, tables.ErrWorkbook) {
			t.Errorf("%s: %d rows, %v", sentence, len(rows), err)
		}
	}
}

func FuzzSheet(f *testing.F) {
	f.Add(`<sst><si><t>a</t></si></sst>`, `<worksheet><sheetData><row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c t="inlineStr"><is><r><t>x</t></r></is></c></row></sheetData></worksheet>`)
	f.Add(`<sst/>`, `<row><c r="1"><v>45293`)
	f.Fuzz(func(t *testing.T, texts, sheet string) {
		rows, err := rowsOf(t, packed(t, parts(map[string]string{"xl/sharedStrings.xml": texts + " ", "xl/worksheets/sheet1.xml": sheet + " "})), "")
		if err != nil && !errors.Is(err, tables.ErrWorkbook) || len(rows) > 1<<20 {
			t.Error(len(rows), err)
		}
	})
}
