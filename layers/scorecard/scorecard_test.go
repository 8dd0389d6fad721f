package scorecard

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"onemap/layers"
)

func TestPoints(t *testing.T) {
	for sentence, c := range map[string]struct {
		defects  Defects
		features int64
		points   float64
		grade    Grade
	}{
		"nothing is wrong":                           {Defects{}, 1000, 100, Excellent},
		"an empty delivery has no faults":            {Defects{}, 0, 100, Excellent},
		"a refused row in a hundred takes 12":        {Defects{B: 1}, 100, 88, Good},
		"in a thousand it takes 1.2":                 {Defects{B: 1}, 1000, 98.8, Excellent},
		"a small delivery counts as a hundred":       {Defects{B: 1}, 3, 88, Good},
		"a warning takes a third of a refused row":   {Defects{C: 3}, 100, 88, Good},
		"a note takes 1":                             {Defects{D: 10}, 100, 90, Excellent},
		"all classes add up":                         {Defects{B: 2, C: 3, D: 4}, 200, 80, Good},
		"60 has passed":                              {Defects{D: 40}, 100, 60, Passed},
		"less has not":                               {Defects{D: 41}, 100, 59, Failed},
		"an objection to the whole fails it":         {Defects{A: 1}, 1_000_000, 58, Failed},
		"two leave 16, whatever the size":            {Defects{A: 2}, 1_000_000, 16, Failed},
		"never less than 0":                          {Defects{A: 9, B: 9}, 10, 0, Failed},
		"a tenth is the finest":                      {Defects{D: 1}, 999, 99.9, Excellent},
		"89.99 of the formula is called 90, as told": {Defects{D: 1001}, 10_000, 90, Excellent},
	} {
		t.Run(sentence, func(t *testing.T) {
			if points, grade := c.defects.Points(c.features), c.defects.Grade(c.features); points != c.points || grade != c.grade {
				t.Errorf("%g, %s; want %g, %s", points, grade, c.points, c.grade)
			}
		})
	}
}

func TestClassesOfDefects(t *testing.T) {
	var d Defects
	for _, f := range []Finding{
		{Level: layers.Error, Count: 7},                // overlaps: one objection, however many places
		{Level: layers.Error, Count: 3, Refuses: true}, // rows
		{Level: layers.Warning, Count: 5},
		{Level: layers.Remark, Count: 2, Fixed: true},
		{Level: layers.Error, Count: 0},
		{Level: layers.Off, Count: 4},
	} {
		d.Add(f)
	}
	if (d != Defects{A: 1, B: 3, C: 5, D: 2}) {
		t.Errorf("%+v", d)
	}
}

func TestFreshness(t *testing.T) {
	delivered := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	edited := delivered.AddDate(0, 1, 0)
	published := &layers.Version{ImportedAt: delivered}
	for sentence, c := range map[string]struct {
		cycle   string
		v       *layers.Version
		newest  *time.Time
		now     time.Time
		overdue bool
		late    int
		due     bool
	}{
		"within the year":             {"每年", published, &delivered, delivered.AddDate(0, 11, 0), false, 0, true},
		"ten days late":               {"每年", published, &delivered, delivered.Add(time.Duration(375.25 * 24 * float64(time.Hour))), true, 10, true},
		"by month":                    {"每月", published, &delivered, delivered.AddDate(0, 2, 0), true, 28, true},
		"no cycle that is known":      {"封库后按批次", published, &delivered, delivered.AddDate(9, 0, 0), false, 0, false},
		"nothing was delivered":       {"每年", nil, nil, delivered, false, 0, false},
		"a draft is a delivery too":   {"每年", nil, &delivered, delivered.AddDate(0, 1, 0), false, 0, true},
		"an edit is no delivery":      {"每月", &layers.Version{ImportedAt: delivered, EditedAt: &edited}, &delivered, delivered.AddDate(0, 2, 0), true, 28, true},
		"at the very moment it isn't": {"每日", published, &delivered, delivered.Add(24 * time.Hour), false, 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := fresh(c.cycle, c.v, c.newest, c.now)
			if f.Overdue != c.overdue || f.DaysLate != c.late || (f.DueAt != nil) != c.due {
				t.Errorf("%+v", f)
			}
		})
	}
	if f := fresh("每月", &layers.Version{ImportedAt: delivered, EditedAt: &edited}, &delivered, edited); !f.DataDate.Equal(edited) {
		t.Errorf("what was edited is as of the edit: %+v", f)
	}
}

func points(n float64) *float64 { return &n }

func TestDepartmentsAreMeansOfWhatIsMeasured(t *testing.T) {
	one := 1
	list := departments([]Card{
		{Department: "水务局", Published: &one, Versions: []Version{{Number: 2, Points: points(10)}, {Number: 1, Points: points(90), Defects: Defects{C: 1}}}},
		{Department: "林业局", Versions: []Version{{Number: 1}}},
		{Department: "水务局", Versions: []Version{{Number: 1, Points: points(95.1), Defects: Defects{C: 2, D: 1}}}, Freshness: Freshness{Overdue: true}},
	})
	if len(list) != 2 || list[0].Name != "水务局" || list[0].Layers != 2 || list[0].Measured != 2 || *list[0].Points != 92.6 || list[0].Overdue != 1 || (list[0].Defects != Defects{C: 3, D: 1}) {
		t.Errorf("%+v", list)
	}
	if list[1].Points != nil || list[1].Measured != 0 {
		t.Errorf("nothing was measured: %+v", list[1])
	}
}

func TestTheTableAsAFile(t *testing.T) {
	delivered := time.Date(2026, 1, 1, 16, 0, 0, 0, time.UTC)
	board := Board{Layers: []Card{
		{Layer: "pond", Name: "=池塘", Department: "水务局", Freshness: Freshness{Cycle: "每年", DeliveredAt: &delivered, Overdue: true, DaysLate: 3}, Versions: []Version{{Number: 1, FeatureCount: 12, Points: points(88), Grade: Good, Defects: Defects{B: 1}}}},
		{Layer: "none", Name: "没有"},
	}}
	var file bytes.Buffer
	if err := board.Write(&file, CSV); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(file.String(), "\r\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[1], "pond,'=池塘,水务局,1,12,88,良,0,1,0,0,") || !strings.HasSuffix(lines[1], ",每年,,2026-01-02,,3") {
		t.Errorf("%q", lines)
	}
	file.Reset()
	if err := board.Write(&file, XLSX); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("数据质量")
	if err != nil || len(rows) != 3 || len(rows[0]) != len(columns) || rows[1][5] != "88" || rows[1][1] != "=池塘" {
		t.Errorf("%q, %v", rows, err)
	}
	if formula, err := book.GetCellFormula("数据质量", "B2"); err != nil || formula != "" {
		t.Errorf("a name became the formula %q, %v", formula, err)
	}
	if err := board.Write(&file, "pdf"); err == nil {
		t.Error("a format that there isn't")
	}
}
