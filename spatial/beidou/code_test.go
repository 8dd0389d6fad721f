package beidou_test

import (
	"encoding/csv"
	"errors"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/beidou"
)

// The vectors' sources stand in their last column: the standard's own annex,
// the tests of two public libraries, and exact computation for Yunfu.
func TestVectors(t *testing.T) {
	f, err := os.Open("testdata/beidou_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 120 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows[1:] {
		var n [8]float64
		for i, column := range []int{0, 1, 2, 4, 5, 6, 7} {
			if n[i], err = strconv.ParseFloat(row[column], 64); err != nil {
				t.Fatal(err)
			}
		}
		code := row[3]
		got, err := beidou.Encode(orb.Point{n[0], n[1]}, int(n[2]))
		if err != nil || got != code {
			t.Errorf("%v, %v at level %v: got %q, %v, want %q (%s)", n[0], n[1], n[2], got, err, code, row[9])
		}
		cell, err := beidou.Decode(code)
		want := orb.Bound{Min: orb.Point{n[3], n[4]}, Max: orb.Point{n[5], n[6]}}
		if err != nil || cell.Level != int(n[2]) || !near(cell.Bound, want) {
			t.Errorf("%s: got %+v, %v, want %v (%s)", code, cell, err, want, row[9])
		}
	}
}

func near(a, b orb.Bound) bool {
	const hair = 2e-12 // the vectors have twelve decimals
	return math.Abs(a.Min[0]-b.Min[0]) < hair && math.Abs(a.Min[1]-b.Min[1]) < hair &&
		math.Abs(a.Max[0]-b.Max[0]) < hair && math.Abs(a.Max[1]-b.Max[1]) < hair
}

func TestWhatIsNoCode(t *testing.T) {
	for sentence, code := range map[string]string{
		"nothing":                     "",
		"a hemisphere alone":          "N",
		"no hemisphere":               "49F8",
		"column 0":                    "N00F",
		"column 61":                   "N61F",
		"a row beyond the poles":      "N49W",
		"half a level":                "N49F8",
		"an index that level 2 lacks": "N49FC0",
		"a digit that level 3 lacks":  "N49F856",
		"longer than level 10":        "N49F854259A1056237500",
		"a letter that isn't":         "N49F85425罗",
	} {
		if cell, err := beidou.Decode(code); !errors.Is(err, beidou.ErrCode) {
			t.Errorf("%s: got %+v, %v", sentence, cell, err)
		}
	}
	for sentence, p := range map[string]orb.Point{
		"near a pole": {112, 88}, "beyond the date line": {181, 0}, "not a number": {math.NaN(), 0},
	} {
		if code, err := beidou.Encode(p, 5); !errors.Is(err, beidou.ErrPosition) {
			t.Errorf("%s: got %s, %v", sentence, code, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, code := range []string{"N50J47539B82553", "S11J47539B8255346152", "N49F854259A", "n01A"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		cell, err := beidou.Decode(code)
		if err != nil {
			if !errors.Is(err, beidou.ErrCode) {
				t.Fatalf("%v", err)
			}
			return
		}
		back, err := beidou.Encode(cell.Bound.Center(), cell.Level)
		if err != nil && math.Abs(cell.Bound.Center()[1]) < 88 {
			t.Fatalf("%s: %v", code, err)
		}
		if again, decodeErr := beidou.Decode(back); err == nil && (decodeErr != nil || again.Bound != cell.Bound) && cell.Level < beidou.MaxLevel {
			t.Fatalf("%s came back as %s", code, back)
		}
	})
}
