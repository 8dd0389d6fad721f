package demo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"onemap/data"
	"onemap/spatial/warnings"
)

func TestWarningsSayThatTheyAreADemonstration(t *testing.T) {
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 1, 8, 30, 0, 0, time.UTC)
	all := Warnings([]Place{{"445302001", "甲"}, {"445302002", "乙"}, {"445302003", "丙"}}, now)
	colours := map[string]bool{}
	for _, one := range all {
		c := one.Content
		colours[c.Colour] = true
		for _, text := range []string{c.Headline, c.Text, c.Advice, c.Issuer} {
			if !strings.Contains(text, "演示") {
				t.Errorf("%s: %q doesn't say that it is a demonstration", c.Kind, text)
			}
		}
		if _, known := register.Kind(c.Kind); !known || len(c.Divisions) == 0 || !c.ValidTo.After(now) {
			t.Errorf("%+v", c)
		}
	}
	if len(all) != 4 || len(colours) != 4 {
		t.Errorf("%d warnings in %d colours", len(all), len(colours))
	}
	if one := Warnings([]Place{{"445302001", "甲"}}, now); len(one) != 4 || !slices.Equal(one[0].Content.Divisions, []string{"445302001"}) {
		t.Errorf("in a city of one place: %+v", one)
	}
	if none := Warnings(nil, now); len(none) != 0 {
		t.Errorf("without a place: %+v", none)
	}
}
