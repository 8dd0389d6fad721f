package web

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"onemap/spatial/risk"
	"onemap/spatial/warnings"
)

func TestARiskIsWrittenAsEncodingJSONWouldWriteIt(t *testing.T) {
	capacity, bearing := 300.0, 359.99
	high := &risk.Level{Rank: 3, Name: "高", NameEN: "High"}
	near := risk.Place{
		Layer: "geohazard_point", Version: 12, FID: 1 << 40, Key: "4453\"\n\\\u2028", Kind: "geohazard-point", Name: "<隐患点>&", NameEN: "Point\x7f", Title: "托洞",
		DistanceMetres: 0.01, BearingDegrees: &bearing, Nearest: [2]float64{112.0000001, -0.0000001}, Attributes: json.RawMessage(`[{"field":"kind","value":null}]`),
	}
	for sentence, a := range map[string]riskAnswer{
		"nothing at all": {Longitude: 1e-9, Latitude: 22, At: "2026-05-01T00:00:00Z", Answer: risk.Answer{
			Dangers: []risk.Danger{}, Counts: []risk.Count{}, Shelters: []risk.Shelter{}, Versions: map[string]int{}, Missing: []string{},
		}, Warnings: []shownWarning{}},
		"all there can be": {Longitude: 112.123456789012, Latitude: 22.9, Radius: 500, At: "2026-05-01T00:00:00Z", Answer: risk.Answer{
			Dangers: []risk.Danger{
				{Place: near, Level: high, Word: "大型（Ⅱ级）", WordEN: "Large (II)", Settled: true, Now: &risk.Level{Rank: 4}, Warnings: []int64{7, 8}},
				{Place: risk.Place{Attributes: json.RawMessage(`[]`)}, Warnings: []int64{}},
			},
			Found: 20, Counts: []risk.Count{{Kind: "a", Name: "甲", NameEN: "A", Count: 3, Highest: high}, {Kind: "b"}}, Highest: high, Now: high,
			Shelters: []risk.Shelter{{Place: near, Capacity: &capacity}, {Place: near}}, Versions: map[string]int{"b": 2, "a": 1}, Missing: []string{"c", "d"}, Rules: "2026.1",
		}, Warnings: []shownWarning{{Warning: warnings.Warning{ID: 3, State: warnings.Active, Content: warnings.Content{ValidFrom: time.Unix(0, 0), Headline: "<暴雨>"}}, KindName: "暴雨"}, {}}},
	} {
		var got, want any
		text, err := json.Marshal(a)
		if err == nil {
			err = json.Unmarshal(text, &want)
		}
		if err != nil {
			t.Fatal(err)
		}
		mine, err := appendRisk(nil, &a)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(mine, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, %v; want %s", sentence, mine, err, text)
		}
	}
}
