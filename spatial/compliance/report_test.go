package compliance_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onemap/importers"
	"onemap/spatial/area"
	"onemap/spatial/compliance"
)

func TestThePageStandsAloneAndEscapes(t *testing.T) {
	w := newTown(t)
	r := w.request(site)
	r.Name, r.Reason = `<script>alert(1)</script>`, `"x" & y`
	a, _, err := w.office.Check(w.ctx, w.catalogue(), r)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := a.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, wanted := range []string{"合规审查报告", "禁止 Prohibited", "&lt;script&gt;", a.QuestionHash, a.AnswerHash, "<svg", "地类统计", "公顷", "亩", "operator:test", "未审查"} {
		if !strings.Contains(text, wanted) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
	for _, unwanted := range []string{"<script", "http://", "https://", "src=", "NaN", "ZgotmplZ", "%!"} {
		if strings.Contains(strings.ReplaceAll(text, `xmlns="http://www.w3.org/2000/svg"`, ""), unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
}

func TestTheWorkbookHasEveryPiece(t *testing.T) {
	w := newTown(t)
	r := w.request(site)
	r.Name = "=1+1"
	a, _, err := w.office.Check(w.ctx, w.catalogue(), r)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := a.WriteWorkbook(&out); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if name, _ := book.GetCellValue("概况", "B1"); name != "=1+1" {
		t.Errorf("the project is called %q", name)
	}
	if formula, _ := book.GetCellFormula("概况", "B1"); formula != "" {
		t.Errorf("the project's name became the formula %q", formula)
	}
	rows, err := book.GetRows("占用明细", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	pieces, sum := 0, 0.0
	for _, f := range a.Findings {
		pieces += len(f.Pieces)
	}
	for _, row := range rows[1:] {
		if row[0] == "占用永久基本农田" {
			m2, err := strconv.ParseFloat(row[4], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += m2
		}
	}
	if want := finding(t, a, "permanent_farmland").Size.M2; len(rows) != pieces+1 || math.Abs(sum-want) > 0.001 {
		t.Errorf("%d rows for %d pieces, %f m² of %f", len(rows)-1, pieces, sum, want)
	}
}

func TestTheShapefilesComeBackAsTheyWent(t *testing.T) {
	w := newTown(t)
	a := w.check("POLYGON((112.0041 22.9041, 112.0099 22.9041, 112.0099 22.9047, 112.0041 22.9047, 112.0041 22.9041))")
	for _, encoding := range []string{"UTF-8", "gbk"} {
		var out bytes.Buffer
		if err := a.WriteShapefiles(&out, encoding, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		members := map[string]string{}
		for _, f := range archive.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(r)
			members[f.Name] = string(text)
		}
		chinese := map[string]string{"UTF-8": "占用永久基本农田", "gbk": "\xd5\xbc\xd3\xc3\xd3\xc0\xbe\xc3\xbb\xf9\xb1\xbe\xc5\xa9\xcc\xef"}[encoding]
		if members["pieces.cpg"] != strings.ToUpper(encoding) || !strings.Contains(members["pieces.dbf"], chinese) || members["pieces_points.shp"] == "" || !strings.Contains(members["pieces.prj"], "2000") {
			t.Errorf("%s: .cpg %q, members %d", encoding, members["pieces.cpg"], len(members))
		}
		file := filepath.Join(t.TempDir(), "pieces.zip")
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		back, err := importers.ReadOutline(t.Context(), importers.OutlineOptions{File: file, SourceLayer: "pieces", CRS: "EPSG:4490"})
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		for _, f := range a.Collection().Features {
			want += area.Of(f.Geometry.Geometry())
		}
		if got := area.Of(back.Shape()); math.Abs(got-want) > 0.01 || want < 1e5 {
			t.Errorf("%s: read back %f m², written %f", encoding, got, want)
		}
	}
	if err := a.WriteShapefiles(io.Discard, "EBCDIC", ""); !errors.Is(err, compliance.ErrEncoding) {
		t.Errorf("another encoding: %v", err)
	}
}

func TestLandClassesHaveTheirGroups(t *testing.T) {
	var r compliance.Rules
	for code, group := range map[string]string{"0101": "农用地", "1006": "农用地", "1003": "建设用地", "0404": "未利用地", "0810A": "建设用地", "1104K": "农用地", "99": ""} {
		if r.Land.Groups == nil {
			text, err := os.ReadFile("../../data/landuse/land_classes.json")
			if err == nil {
				err = json.Unmarshal(text, &r.Land)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := r.Land.Group(code); got != group {
			t.Errorf("class %s is in group %q, want %q", code, got, group)
		}
	}
}
