package gridcode_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"onemap/spatial/gridcode"
)

func scheme(t testing.TB, id string) gridcode.Scheme {
	t.Helper()
	s, err := gridcode.Named(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The vectors of beidou, through the front that requests use.
func TestBeiDouVectors(t *testing.T) {
	f, err := os.Open("../beidou/testdata/beidou_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 120 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	s := scheme(t, "beidou")
	for _, row := range rows[1:] {
		lon, _ := strconv.ParseFloat(row[0], 64)
		lat, _ := strconv.ParseFloat(row[1], 64)
		level, _ := strconv.Atoi(row[2])
		got, err := s.Encode(orb.Point{lon, lat}, level)
		if err != nil || got != row[3] {
			t.Errorf("%s: got %s, %v, want %s", row, got, err, row[3])
		}
		c, err := s.Decode(row[3])
		if err != nil || c.Level != level || !slices.Contains(c.Corners, c.Corners[4]) {
			t.Errorf("%s: %+v, %v", row[3], c, err)
		}
	}
}

// Known codes: of the standard's annex, of the S2 library's own tests, and of
// the geohash of its first description (57.64911, 10.40744).
func TestKnownCodes(t *testing.T) {
	for sentence, c := range map[string]struct {
		scheme string
		at     orb.Point
		level  int
		want   string
	}{
		"BeiDou":        {"beidou", orb.Point{112.043945, 22.92815}, 5, "N49F854259A"},
		"geohash":       {"geohash", orb.Point{10.40744, 57.64911}, 11, "u4pruydqqvj"},
		"geohash south": {"geohash", orb.Point{-70.67, -33.45}, 5, "66j9x"},
		"S2 face":       {"s2", orb.Point{0, 0}, 0, "1"},
	} {
		s := scheme(t, c.scheme)
		got, err := s.Encode(c.at, c.level)
		if err != nil {
			t.Fatal(err)
		}
		if c.want != got {
			t.Errorf("%s: got %s, want %s", sentence, got, c.want)
		}
	}
}

func TestDecodingWhatWasEncoded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range gridcode.Schemes() {
		for range 300 {
			p := orb.Point{360*r.Float64() - 180, 170*r.Float64() - 85}
			level := s.First + r.IntN(s.Last-s.First+1)
			code, err := s.Encode(p, level)
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.Decode(code)
			if err != nil || c.Code != code || c.Level != level {
				t.Fatalf("%s: %+v, %v", code, c, err)
			}
			if back, err := s.Encode(c.Centre, level); err != nil || back != code {
				t.Fatalf("%s: its centre is in %s, %v", code, back, err)
			}
			if s.ID != "s2" && !c.Corners.Bound().Pad(1e-12).Contains(p) {
				t.Fatalf("%s: %v is not in %v", code, p, c.Corners)
			}
		}
	}
}

func TestNeighbours(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for _, s := range gridcode.Schemes() {
		for range 100 {
			level := 3 + r.IntN(min(s.Last, 16)-3) // S2 cells of level 2 near here meet at a corner of the cube
			code, err := s.Encode(orb.Point{111 + 2*r.Float64(), 22 + 1.5*r.Float64()}, level)
			if err != nil {
				t.Fatal(err)
			}
			around, err := s.Neighbours(code)
			if err != nil || len(around) != 8 || slices.Contains(around, code) {
				t.Fatalf("%s of %s: %v, %v", code, s.ID, around, err)
			}
			for _, one := range around { // and it is a neighbour of each
				if back, err := s.Neighbours(one); err != nil || !slices.Contains(back, code) {
					t.Fatalf("%s is beside %s, but not the other way: %v, %v", one, code, back, err)
				}
			}
		}
	}
	// Round the date line, and at the equator, where BeiDou codes are reflected.
	for code, want := range map[string]string{"N60A": "N01A", "N31A": "S31A", "S30A": "N31A"} {
		if around, err := scheme(t, "beidou").Neighbours(code); err != nil || !slices.Contains(around, want) {
			t.Errorf("%s: %v, %v; want %s among them", code, around, err, want)
		}
	}
}

func TestACoverHasWhatItShould(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	shape := orb.MultiPolygon{
		{{{112.03, 22.90}, {112.06, 22.91}, {112.07, 22.95}, {112.045, 22.93}, {112.03, 22.94}, {112.03, 22.90}}, {{112.04, 22.91}, {112.045, 22.92}, {112.05, 22.91}, {112.04, 22.91}}},
		{{{112.10, 22.90}, {112.11, 22.90}, {112.10, 22.91}, {112.10, 22.90}}},
	}
	for id, level := range map[string]int{"beidou": 5, "geohash": 7, "s2": 16} {
		s := scheme(t, id)
		codes, err := s.Cover(shape, level, 10_000)
		if err != nil || len(codes) < 300 {
			t.Fatalf("%s: %d, %v", id, len(codes), err)
		}
		hits := 0
		for range 20_000 { // every place in the shape is in a cell of the cover
			p := orb.Point{112.02 + 0.1*r.Float64(), 22.89 + 0.07*r.Float64()}
			if !planar.MultiPolygonContains(shape, p) {
				continue
			}
			hits++
			code, err := s.Encode(p, level)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := slices.BinarySearch(codes, code); !ok {
				t.Fatalf("%s: %v in %s is not covered", id, p, code)
			}
		}
		if hits < 1000 {
			t.Errorf("only %d samples", hits)
		}
		for _, code := range codes { // and every cell has something of the shape near its middle
			c, err := s.Decode(code)
			if err != nil {
				t.Fatal(err)
			}
			if !planar.MultiPolygonContains(shape, c.Centre) && planar.DistanceFrom(shape, c.Centre) > planar.Distance(c.Centre, c.Corners[0])*1.5 {
				t.Errorf("%s: %s has nothing of the shape", id, code)
			}
		}
		if _, err := s.Cover(shape, level, 100); !errors.Is(err, gridcode.ErrTooMany) {
			t.Errorf("%s: too many: %v", id, err)
		}
	}
}

func TestTheCoverOfACellIsTheCell(t *testing.T) {
	for id, level := range map[string]int{"beidou": 4, "geohash": 6, "s2": 14} {
		s := scheme(t, id)
		code, err := s.Encode(orb.Point{112.04, 22.92}, level)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Decode(code)
		if err != nil {
			t.Fatal(err)
		}
		if codes, err := s.Cover(orb.MultiPolygon{{c.Corners}}, level, 100); err != nil || !slices.Equal(codes, []string{code}) {
			t.Errorf("%s: %v, %v", code, codes, err)
		}
	}
}

func TestWhatHasNoCode(t *testing.T) {
	for _, s := range gridcode.Schemes() {
		for sentence, p := range map[string]orb.Point{"not a number": {math.NaN(), 0}, "beyond": {181, 0}, "beyond a pole": {0, 90.1}, "infinite": {0, math.Inf(1)}} {
			if code, err := s.Encode(p, 3); !errors.Is(err, gridcode.ErrPosition) {
				t.Errorf("%s, %s: %s, %v", s.ID, sentence, code, err)
			}
		}
		for _, level := range []int{s.First - 1, s.Last + 1} {
			if code, err := s.Encode(orb.Point{112, 22}, level); !errors.Is(err, gridcode.ErrLevel) {
				t.Errorf("%s, level %d: %s, %v", s.ID, level, code, err)
			}
		}
		for _, code := range []string{"", "!", "N49F854259A105623750012345", "罗", "\x00", "aaaaaaaaaaaaaaaaaaaaa"} {
			if c, err := s.Decode(code); !errors.Is(err, gridcode.ErrCode) {
				t.Errorf("%s: %q: %+v, %v", s.ID, code, c, err)
			}
		}
	}
	if _, err := gridcode.Named("w3w"); !errors.Is(err, gridcode.ErrScheme) {
		t.Errorf("%v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, code := range []string{"N49F854259A", "1", "3404", "u4pruydqqvj", "S30A", "X"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		for _, s := range gridcode.Schemes() {
			c, err := s.Decode(code)
			if err != nil {
				if !errors.Is(err, gridcode.ErrCode) {
					t.Fatal(err)
				}
				continue
			}
			if again, err := s.Decode(c.Code); err != nil || again.Centre != c.Centre {
				t.Fatalf("%q: %+v, then %+v, %v", code, c, again, err)
			}
			if _, err := s.Neighbours(code); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func ExampleScheme_Encode() {
	for _, s := range gridcode.Schemes() {
		level := map[string]int{"beidou": 5, "s2": 16, "geohash": 7}[s.ID]
		code, err := s.Encode(orb.Point{112.043945, 22.92815}, level) // 云城区
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.ID, level, code)
	}
	// Output:
	// beidou 5 N49F854259A
	// s2 16 36a9a2ab9
	// geohash 7 wkpdmtg
}
