package registration

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func record() Record {
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	return Record{
		ID: "land", Name: "=云浮地类图", ThemeName: "自然资源", Department: "云浮市自然资源局", Kinds: []string{"WMTS", "WMS"}, CRS: "EPSG:4490", Extent: [4]float64{111.05, 22.37, 112.52, 23.33},
		Layers: []Layer{{"dltb", "地类图斑", 3, "TD/T 1057-2020"}}, Services: []Service{{"WMTS", "OGC WMTS 1.0.0", "https://map.example.gov.cn/services/land/wmts", "EPSG:4490"}},
		Version: 2, Published: &at, Tags: []string{}, Calls: &Calls{"2026-05-01", "2026-05-02", 10, 2, 1},
	}
}

func TestARecordIsWrittenAlikeEachTime(t *testing.T) {
	pack := func() []byte {
		var b bytes.Buffer
		if err := record().Package(&b, []File{{"wmts.xml", []byte("<a/>")}}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := pack()
	if !bytes.Equal(first, pack()) {
		t.Error("the same record gave other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, f := range z.File {
		names += f.Name + " "
	}
	if names != "registration.json registration.xlsx wmts.xml " {
		t.Errorf("files: %s", names)
	}
	text, err := record().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var again Record
	if err := json.Unmarshal(text, &again); err != nil || again.Extent != record().Extent || again.Services[0] != record().Services[0] || again.Calls.Systems != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestTheWorkbookHasTextsOnly(t *testing.T) {
	var b bytes.Buffer
	if err := record().Workbook(&b); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for cell, want := range map[string]string{"A2": "产品名称 name", "B2": "'=云浮地类图", "B1": "land"} {
		if got, err := book.GetCellValue("产品", cell); err != nil || got != want {
			t.Errorf("%s: %q, %v", cell, got, err)
		}
	}
	if got, err := book.GetCellValue("服务", "C2"); err != nil || got != record().Services[0].Endpoint {
		t.Errorf("%q, %v", got, err)
	}
	if formula, err := book.GetCellFormula("产品", "B2"); err != nil || formula != "" {
		t.Errorf("a formula: %q, %v", formula, err)
	}
}
