package repair_test

import (
	"errors"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/importers/repair"
	"onemap/layers"
)

func TestMend(t *testing.T) {
	nan := math.NaN()
	cases := map[string]struct {
		in     orb.Geometry
		text   string // in as WKT, where that is shorter
		kind   layers.GeometryKind
		want   string // WKT
		reason string // "" is unchanged
		err    error
	}{
		"a valid polygon only becomes multi": {text: "POLYGON((0 0,2 0,2 2,0 2,0 0))", kind: layers.Polygon, want: "MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)))"},
		"a bow-tie becomes two triangles":    {text: "POLYGON((0 0,2 2,2 0,0 2,0 0))", kind: layers.Polygon, want: "MULTIPOLYGON(((0 2,1 1,0 0,0 2)),((2 2,2 0,1 1,2 2)))", reason: "Self-intersection"},
		"a spike is cut off":                 {text: "POLYGON((0 0,2 0,2 2,1 2,1 5,1 2,0 2,0 0))", kind: layers.Polygon, want: "MULTIPOLYGON(((0 0,0 2,1 2,2 2,2 0,0 0)))", reason: "Ring Self-intersection"},
		"an open ring is closed":             {in: orb.Polygon{{{0, 0}, {2, 0}, {2, 2}, {0, 2}}}, kind: layers.Polygon, want: "MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)))", reason: "Ring not closed"},
		"a hole of two points is dropped":    {in: orb.Polygon{{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}}, {{1, 1}, {2, 2}, {1, 1}}}, kind: layers.Polygon, want: "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)))", reason: "Ring of too few points"},
		"a hole may touch the shell":         {text: "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 2,1 1,1 3,0 2))", kind: layers.Polygon, want: "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0),(0 2,1 1,1 3,0 2)))"},
		"a sliver of no area is refused":     {text: "POLYGON((0 0,1 1,2 2,0 0))", kind: layers.Polygon, err: repair.ErrEmpty},
		"a polygon of all the same point":    {text: "POLYGON((1 1,1 1,1 1,1 1))", kind: layers.Polygon, err: repair.ErrEmpty},
		"overlapping parts are united":       {text: "MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((1 0,3 0,3 2,1 2,1 0)))", kind: layers.Polygon, want: "MULTIPOLYGON(((0 2,1 2,2 2,3 2,3 0,2 0,1 0,0 0,0 2)))", reason: "Self-intersection"},
		"a line among polygons is dropped":   {text: "GEOMETRYCOLLECTION(POLYGON((0 0,2 0,2 2,0 2,0 0)),LINESTRING(0 0,5 5))", kind: layers.Polygon, want: "MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)))", reason: "Parts of another kind dropped"},
		"a line in a polygon layer":          {text: "LINESTRING(0 0,1 1)", kind: layers.Polygon, err: repair.ErrKind},
		"a polygon in a line layer":          {text: "POLYGON((0 0,2 0,2 2,0 2,0 0))", kind: layers.LineString, err: repair.ErrKind},
		"a point in a line layer":            {text: "POINT(0 0)", kind: layers.LineString, err: repair.ErrKind},
		"a line":                             {text: "LINESTRING(0 0,1 1)", kind: layers.LineString, want: "MULTILINESTRING((0 0,1 1))"},
		"a line of no length":                {text: "LINESTRING(1 1,1 1)", kind: layers.LineString, err: repair.ErrEmpty},
		"one line of two has no length":      {text: "MULTILINESTRING((1 1,1 1),(0 0,1 0))", kind: layers.LineString, want: "MULTILINESTRING((0 0,1 0))", reason: "Line of no length"},
		"a point":                            {text: "POINT(112 23)", kind: layers.Point, want: "MULTIPOINT((112 23))"},
		"points":                             {in: orb.MultiPoint{{1, 2}, {3, 4}}, kind: layers.Point, want: "MULTIPOINT((1 2),(3 4))"},
		"nothing":                            {in: nil, kind: layers.Point, err: repair.ErrEmpty},
		"an empty multipolygon":              {in: orb.MultiPolygon{}, kind: layers.Polygon, err: repair.ErrEmpty},
		"a polygon without rings":            {in: orb.Polygon{}, kind: layers.Polygon, err: repair.ErrEmpty},
		"not a number":                       {in: orb.Point{nan, 1}, kind: layers.Point, err: repair.ErrCoordinates},
		"infinite":                           {in: orb.Polygon{{{0, 0}, {math.Inf(1), 0}, {2, 2}, {0, 0}}}, kind: layers.Polygon, err: repair.ErrCoordinates},
		"metres":                             {in: orb.Point{554795, 2570619}, kind: layers.Point, err: repair.ErrCoordinates},
		"the pole":                           {in: orb.Point{0, 90}, kind: layers.Point, err: repair.ErrCoordinates},
	}
	m := repair.NewMender()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := c.in
			if c.text != "" {
				var err error
				if in, err = wkt.Unmarshal(c.text); err != nil {
					t.Fatal(err)
				}
			}
			got, r, err := m.Mend(in, c.kind)
			if !errors.Is(err, c.err) {
				t.Fatalf("got error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			if text := wkt.MarshalString(got); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
			if r.Reason != c.reason || r.Changed != (c.reason != "") || r.Changed && r.ReasonZH == "" {
				t.Errorf("got %+v, want reason %q", r, c.reason)
			}
		})
	}
}

func TestRepairSaysWhereAndHowMuch(t *testing.T) {
	bowTie := orb.Polygon{{{112, 22}, {114, 24}, {114, 22}, {112, 24}, {112, 22}}}
	_, r, err := repair.NewMender().Mend(bowTie, layers.Polygon)
	if err != nil {
		t.Fatal(err)
	}
	if r.Where != (orb.Point{113, 23}) {
		t.Errorf("the crossing is at 113, 23, not %v", r.Where)
	}
}

// parcel is a circle of n points, about 100 m wide.
func parcel(n int) orb.Polygon {
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring = append(ring, orb.Point{112 + 0.0005*cos, 23 + 0.0005*sin})
	}
	return orb.Polygon{append(ring, ring[0])}
}

func BenchmarkMendValidParcel(b *testing.B) {
	m, g := repair.NewMender(), parcel(30)
	b.ReportAllocs()
	for b.Loop() {
		if _, r, err := m.Mend(g, layers.Polygon); err != nil || r.Changed {
			b.Fatal(r, err)
		}
	}
}

func FuzzMend(f *testing.F) {
	f.Add(0.0, 0.0, 2.0, 2.0, 2.0, 0.0, 0.0, 2.0)
	f.Add(112.0, 23.0, 112.0, 23.0, 113.0, 23.0, math.NaN(), 1.0)
	m := repair.NewMender()
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i float64) {
		ring := orb.Ring{{a, b}, {c, d}, {e, g}, {h, i}, {a, b}}
		got, _, err := m.Mend(orb.Polygon{ring}, layers.Polygon)
		if err != nil {
			return
		}
		again, r, err := m.Mend(got, layers.Polygon)
		if err != nil || r.Changed {
			t.Errorf("what was mended is not valid: %v, %+v, %v", again, r, err)
		}
	})
}
