package quality

import (
	"testing"
	"time"

	"onemap/data"
	"onemap/layers"
)

// benchmarkPlan holds rows to the rules of the parcels.
func benchmarkPlan(t testing.TB) *Plan {
	t.Helper()
	all, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	y := layers.Yardstick{Dictionaries: map[string]layers.Dictionary{}}
	for _, d := range all.Dictionaries {
		y.Dictionaries[d.ID] = d
	}
	for _, d := range all.Layers {
		if d.ID == "dltb" {
			p, err := Compile(d, y, t.TempDir(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
	}
	t.Fatal("there is no layer dltb")
	return nil
}
