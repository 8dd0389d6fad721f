package wkb_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"onemap/postgis/postgistest"
	"onemap/tiles/wkb"
)

// TestWhatPostGISWrites reads shapes of every kind in both forms that PostGIS
// sends, and compares points and parts.
func TestWhatPostGISWrites(t *testing.T) {
	db := postgistest.DB(t)
	for shape, want := range map[string]string{
		"POINT(1 2)":                           "points [{1 2}] ends [1] outer []",
		"POINT EMPTY":                          "points [] ends [] outer []",
		"MULTIPOINT((1 2),(3 4))":              "points [{1 2} {3 4}] ends [1 2] outer []",
		"LINESTRING(1 2,3 4,5 6)":              "points [{1 2} {3 4} {5 6}] ends [3] outer []",
		"MULTILINESTRING((1 2,3 4),(5 6,7 8))": "points [{1 2} {3 4} {5 6} {7 8}] ends [2 4] outer []",
		"POLYGON((0 0,9 0,9 9,0 0))":           "points [{0 0} {9 0} {9 9} {0 0}] ends [4] outer [0]",
		"POLYGON EMPTY":                        "points [] ends [] outer []",
		"MULTIPOLYGON(((0 0,9 0,9 9,0 0),(4 2,5 2,5 3,4 2)),((20 0,29 0,29 9,20 0)))": "points [{0 0} {9 0} {9 9} {0 0} {4 2} {5 2} {5 3} {4 2} {20 0} {29 0} {29 9} {20 0}] ends [4 8 12] outer [0 2]",
		"MULTIPOLYGON EMPTY": "points [] ends [] outer []",
	} {
		var plain, noted []byte
		if err := db.QueryRow(t.Context(), "SELECT ST_AsBinary(g, 'NDR'), ST_AsEWKB(g, 'NDR') FROM ST_GeomFromText($1, 4490) AS g", shape).Scan(&plain, &noted); err != nil {
			t.Fatal(err)
		}
		var r wkb.Reader
		for range 2 { // the second must not know of the first
			for _, b := range [][]byte{plain, noted} {
				s, err := r.Read(b)
				if err != nil {
					t.Fatalf("%s: %v", shape, err)
				}
				if got := fmt.Sprintf("points %v ends %v outer %v", s.Points, s.Ends, s.Outer); got != want {
					t.Errorf("%s: %s", shape, got)
				}
			}
		}
	}
}

func TestWhatIsNoGeometry(t *testing.T) {
	for sentence, text := range map[string]string{
		"nothing":                       "",
		"big-endian":                    "00000000013ff00000000000004000000000000000",
		"an unknown type":               "0163000000",
		"three dimensions":              "01e90300000000000000000000000000000000000000000000000000f03f",
		"a point cut short":             "0101000000000000000000f03f",
		"more bytes than it says":       "0101000000000000000000f03f000000000000004000",
		"four billion points":           "0102000000ffffffff",
		"four billion rings":            "0103000000ffffffff00000000",
		"four billion polygons":         "0106000000ffffffff0103000000",
		"a collection in a collection":  "010600000001000000010600000000000000",
		"a coordinate that is infinite": "0101000000000000000000f07f0000000000000040",
		"half of a point is no number":  "0101000000000000000000f87f0000000000000040",
		"a line among points":           "0104000000020000000101000000000000000000f03f0000000000000040010200000000000000",
		"a hole in nothing":             "010300000002000000000000000100000000000000000000000000000000000000",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := new(wkb.Reader).Read(b); !errors.Is(err, wkb.ErrMalformed) {
			t.Errorf("%s: %+v, %v", sentence, s, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"0101000000000000000000f03f0000000000000040", "0102000000ffffffff", "010300000001000000ffffffff",
		"010600000001000000010300000001000000040000000000000000000000000000000000000000000000000022400000000000000000000000000000224000000000000022400000000000000000000000000000000000",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	var r wkb.Reader
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := r.Read(b)
		if err != nil {
			if !errors.Is(err, wkb.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if 16*len(s.Points) > len(b) {
			t.Fatalf("%d points in %d bytes", len(s.Points), len(b))
		}
		before := 0
		for i, end := range s.Ends {
			if end <= before || len(s.Part(i)) != end-before {
				t.Fatalf("ends %v", s.Ends)
			}
			before = end
		}
		if before != len(s.Points) || s.Kind == wkb.Polygons && len(s.Ends) > 0 && (len(s.Outer) == 0 || s.Outer[0] != 0) {
			t.Fatalf("%+v", s)
		}
	})
}
