package crs_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

func TestPositionsAsPeopleWriteThem(t *testing.T) {
	seat := orb.Point{112.04, 22.92}
	for sentence, c := range map[string]struct {
		system, text string
		want         orb.Point
	}{
		"two numbers":                  {"4490", "112.04,22.92", seat},
		"with blanks":                  {"4490", "  112.04   22.92 ", seat},
		"a Chinese comma":              {"4490", "112.04，22.92", seat},
		"degrees, minutes and seconds": {"4490", "112°02′24″ 22°55′12″", seat},
		"with letters, latitude first": {"4490", "22°55′12.0″N, 112°02′24.0″E", seat},
		"letters before":               {"4490", "N22°55'12\" E112°2'24\"", seat},
		"in Chinese":                   {"4490", "北22度55分12秒 东112度2分24秒", seat},
		"south and west":               {"4490", "22°55′12″S 112°02′24″W", orb.Point{-112.04, -22.92}},
		"degrees and minutes":          {"4490", "112°2.4′E 22°55.2′N", seat},
		"degrees alone":                {"4490", "112.04° 22.92°", seat},
		"a surveyor's X is north":      {"4546", "X=2536055.2270 Y=606690.2781", orb.Point{606690.2781, 2536055.2270}},
		"and may come last":            {"4546", "Y: 606690.2781; X: 2536055.2270", orb.Point{606690.2781, 2536055.2270}},
		"with the zone's number":       {"4525", "X2536055.2270 Y37606690.2781", orb.Point{37606690.2781, 2536055.2270}},
		"metres, x first":              {"4525", "37606690.2781 2536055.2270", orb.Point{37606690.2781, 2536055.2270}},
	} {
		got, err := crs.ParsePosition(mustParse(t, c.system), c.text)
		if err != nil || math.Abs(got[0]-c.want[0]) > 1e-12*math.Abs(c.want[0]) || math.Abs(got[1]-c.want[1]) > 1e-12*math.Abs(c.want[1]) {
			t.Errorf("%s: %v, %v; want %v", sentence, got, err, c.want)
		}
	}
	for sentence, c := range map[string][2]string{
		"nothing":                       {"4490", ""},
		"one number":                    {"4490", "112.04"},
		"three numbers":                 {"4490", "112 22 5"},
		"not a number":                  {"4490", "NaN 22"},
		"infinite":                      {"4490", "Inf 22"},
		"an exponent":                   {"4490", "1e2 22"},
		"sixty minutes":                 {"4490", "112°60′00″ 22°55′12″"},
		"sixty seconds":                 {"4490", "112°00′60″ 22°55′12″"},
		"a fraction and a smaller unit": {"4490", "112.5°02′ 22°55′12″"},
		"two latitudes":                 {"4490", "22°55′12″N 22°55′12″N"},
		"a letter on both sides":        {"4490", "N22°55′12″N 112°02′24″E"},
		"X twice":                       {"4546", "X=1 X=2"},
		"degrees in metres":             {"4546", "112°02′24″ 22°55′12″"},
		"a NUL":                         {"4490", "112.04,22.92\x00"},
		"too long":                      {"4490", "112.04,22." + strings.Repeat("9", 300)},
	} {
		if got, err := crs.ParsePosition(mustParse(t, c[0]), c[1]); !errors.Is(err, crs.ErrNotation) {
			t.Errorf("%s: %v, %v", sentence, got, err)
		}
	}
}

func TestPositionsWritten(t *testing.T) {
	for _, c := range []struct {
		system string
		at     orb.Point
		form   crs.Form
		want   string
	}{
		{"4490", orb.Point{112.04, 22.92}, crs.Decimal, "112.040000000, 22.920000000"},
		{"4490", orb.Point{112.04, 22.92}, crs.DMS, "22°55′12.00000″N 112°02′24.00000″E"},
		{"4490", orb.Point{-0.5, -59.9999999999}, crs.DMS, "60°00′00.00000″S 0°30′00.00000″W"},
		{"4525", orb.Point{37606690.2781, 2536055.227}, crs.Survey, "X=2536055.2270 Y=37606690.2781"},
		{"4546", orb.Point{606690.2781, 2536055.227}, crs.Decimal, "606690.2781, 2536055.2270"},
	} {
		got, err := crs.WritePosition(mustParse(t, c.system), c.at, c.form)
		if err != nil || got != c.want {
			t.Errorf("%v: %q, %v; want %q", c.at, got, err, c.want)
		}
		back, err := crs.ParsePosition(mustParse(t, c.system), got)
		if err != nil || math.Abs(back[0]-c.at[0]) > 1e-4 || math.Abs(back[1]-c.at[1]) > 1e-4 {
			t.Errorf("%q came back as %v, %v", got, back, err)
		}
	}
	if _, err := crs.WritePosition(crs.CGCS2000, orb.Point{}, crs.Survey); !errors.Is(err, crs.ErrNotation) {
		t.Errorf("a survey in degrees: %v", err)
	}
}

func FuzzParsePosition(f *testing.F) {
	for _, text := range []string{"112.04,22.92", "22°55′12″N 112°02′24″E", "X=1 Y=2", "112°° 22"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range []crs.System{crs.CGCS2000, crs.WebMercator} {
			p, err := crs.ParsePosition(s, text)
			if err != nil && !errors.Is(err, crs.ErrNotation) || math.IsNaN(p[0]-p[0]) {
				t.Fatalf("%q: %v, %v", text, p, err)
			}
		}
	})
}
