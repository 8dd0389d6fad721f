package grid_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/postgis/postgistest"
	"onemap/tiles/grid"
)

func TestParse(t *testing.T) {
	for sentence, c := range map[string]struct {
		grid    grid.Grid
		z, x, y string
		ok      bool
	}{
		"the world is one tile of Web Mercator":    {grid.WebMercatorQuad(), "0", "0", "0", true},
		"the world is two tiles of CRS84":          {grid.WorldCRS84Quad(), "0", "1", "0", true},
		"CRS84 has one row at level 0":             {grid.WorldCRS84Quad(), "0", "0", "1", false},
		"c has no level 0":                         {grid.TiandituC(), "0", "0", "0", false},
		"c has two columns at level 1":             {grid.TiandituC(), "1", "1", "0", true},
		"c has one row at level 1":                 {grid.TiandituC(), "1", "0", "1", false},
		"w has two rows at level 1":                {grid.TiandituW(), "1", "0", "1", true},
		"w has no level 0":                         {grid.TiandituW(), "0", "0", "0", false},
		"c ends at level 18":                       {grid.TiandituC(), "18", "262143", "131071", true},
		"c has no level 19":                        {grid.TiandituC(), "19", "0", "0", false},
		"CGCS2000 is drawn to level 21":            {grid.CGCS2000Quad(), "21", "4194303", "2097151", true},
		"CGCS2000 is not drawn at level 22":        {grid.CGCS2000Quad(), "22", "0", "0", false},
		"Web Mercator is not drawn at level 23":    {grid.WebMercatorQuad(), "23", "0", "0", false},
		"a sign is refused":                        {grid.TiandituC(), "1", "-1", "0", false},
		"a leading zero is refused":                {grid.TiandituC(), "01", "1", "0", false},
		"a level that a byte cannot hold is not 0": {grid.WebMercatorQuad(), "256", "0", "0", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := c.grid.Parse(c.z, c.x, c.y)
			if c.ok && (err != nil || fmt.Sprint(got.Z, got.X, got.Y) != c.z+" "+c.x+" "+c.y) || !c.ok && !errors.Is(err, grid.ErrOutside) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(uint8(0), "10", "830", "445")
	f.Add(uint8(3), "1", "1", "0")
	f.Add(uint8(1), "256", "-1", " 1")
	f.Fuzz(func(t *testing.T, which uint8, z, x, y string) {
		g := grid.All()[int(which)%len(grid.All())]
		tile, err := g.Parse(z, x, y)
		if err != nil {
			return
		}
		if fmt.Sprintf("%d %d %d", tile.Z, tile.X, tile.Y) != strings.Join([]string{z, x, y}, " ") || !g.Has(tile) || !g.InSquare(tile).Valid() {
			t.Errorf("%s: %q/%q/%q became %v", g.ID, z, x, y, tile)
		}
		e := g.Degrees(tile)
		if again, err := g.At(int(tile.Z), e.Center()[0], e.Center()[1]); err != nil || again != tile || e.Min[1] < -90 {
			t.Errorf("%s %v covers %v, in whose middle is %v, %v", g.ID, tile, e, again, err)
		}
	})
}

// The worked figures are those of a point and of a bounding box in Yunfu.
func TestTheTileOfAPlace(t *testing.T) {
	for sentence, c := range map[string]struct {
		grid     grid.Grid
		level    int
		lon, lat float64
		want     maptile.Tile
	}{
		"c at level 17":               {grid.TiandituC(), 17, 112.04, 22.93, maptile.New(106328, 24419, 17)},
		"w at level 10":               {grid.TiandituW(), 10, 112.04, 22.93, maptile.New(830, 444, 10)},
		"CRS84 is a level above":      {grid.WorldCRS84Quad(), 16, 112.04, 22.93, maptile.New(106328, 24419, 16)},
		"the north-west corner":       {grid.TiandituC(), 1, -180, 90, maptile.New(0, 0, 1)},
		"the south-east corner":       {grid.TiandituC(), 2, 180, -90, maptile.New(3, 1, 2)},
		"the edge is the eastern one": {grid.TiandituC(), 1, 0, 0, maptile.New(1, 0, 1)},
	} {
		if got, err := c.grid.At(c.level, c.lon, c.lat); got != c.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", sentence, got, err, c.want)
		}
	}
	for sentence, c := range map[string]struct {
		level    int
		lon, lat float64
	}{"too far north for Mercator": {3, 0, 86}, "no longitude": {3, 181, 0}, "not a number": {3, math.NaN(), 0}, "no such level": {25, 0, 0}} {
		if got, err := grid.WebMercatorQuad().At(c.level, c.lon, c.lat); !errors.Is(err, grid.ErrOutside) {
			t.Errorf("%s: got %v, %v", sentence, got, err)
		}
	}
}

func TestLimits(t *testing.T) {
	yunfu := [4]float64{111.05, 22.37, 112.52, 23.33} // reaches into columns 827 to 832 at level 10
	got := grid.TiandituC().Limits(yunfu, 0, 10)
	if len(got) != 10 || got[0] != (grid.Limits{Matrix: "1", MaxRow: 0, MinCol: 1, MaxCol: 1}) || got[9] != (grid.Limits{Matrix: "10", MinRow: 189, MaxRow: 192, MinCol: 827, MaxCol: 832}) {
		t.Errorf("c: %+v", got)
	}
	everything := [4]float64{-180, -90, 180, 90}
	for _, g := range grid.All() {
		for _, l := range g.Limits(everything, 0, 30) {
			level, err := strconv.Atoi(l.Matrix)
			if want := (grid.Limits{Matrix: l.Matrix, MaxRow: g.Rows(level) - 1, MaxCol: g.Columns(level) - 1}); err != nil || l != want {
				t.Errorf("%s: the world's limits are %+v, want %+v", g.ID, l, want)
			}
		}
	}
}

// TestEachGridNumbersTheSameTiles holds the grids of one square against each
// other: level n of c is level n−1 of WorldCRS84Quad, w is WebMercatorQuad.
func TestEachGridNumbersTheSameTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4490))
	c, crs84, cgcs, w, web := grid.TiandituC(), grid.WorldCRS84Quad(), grid.CGCS2000Quad(), grid.TiandituW(), grid.WebMercatorQuad()
	for range 20_000 {
		level := 1 + r.IntN(18)
		x, y := uint32(r.IntN(c.Columns(level))), uint32(r.IntN(c.Rows(level)))
		tile, above := maptile.New(x, y, maptile.Zoom(level)), maptile.New(x, y, maptile.Zoom(level-1))
		if c.Extent(tile) != crs84.Extent(above) || c.Extent(tile) != cgcs.Extent(above) || c.InSquare(tile) != crs84.InSquare(above) {
			t.Fatalf("c %v covers %v, WorldCRS84Quad %v covers %v", tile, c.Extent(tile), above, crs84.Extent(above))
		}
		if w.Extent(tile) != web.Extent(tile) {
			t.Fatalf("w %v covers %v", tile, w.Extent(tile))
		}
		lon, lat := r.Float64()*360-180, r.Float64()*180-90
		one, err := c.At(level, lon, lat)
		other, err2 := crs84.At(level-1, lon, lat)
		if err != nil || err2 != nil || one.X != other.X || one.Y != other.Y || !c.Extent(one).Contains([2]float64{lon, lat}) {
			t.Fatalf("%g, %g is in %v of c and in %v of WorldCRS84Quad, %v, %v", lon, lat, one, other, err, err2)
		}
	}
	for level := 1; level <= 18; level++ {
		if c.Columns(level) != crs84.Columns(level-1) || c.Rows(level) != crs84.Rows(level-1) || c.Columns(level) != 1<<level || c.Rows(level) != 1<<(level-1) {
			t.Errorf("level %d of c has %d by %d tiles", level, c.Columns(level), c.Rows(level))
		}
	}
}

// TestTheRegisteredGridsAreThoseOfTheRegister compares with the register's own files where they are at hand.
func TestTheRegisteredGridsAreThoseOfTheRegister(t *testing.T) {
	for _, g := range []grid.Grid{grid.WebMercatorQuad(), grid.WorldCRS84Quad()} {
		t.Run(g.ID, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "tms", g.ID+".json"))
			if errors.Is(err, os.ErrNotExist) {
				t.Skipf("the register's %s.json is not at hand", g.ID)
			}
			var want, got map[string]any
			if err := errors.Join(err, json.Unmarshal(text, &want)); err != nil {
				t.Fatal(err)
			}
			ours, err := json.Marshal(g.Definition(""))
			if err := errors.Join(err, json.Unmarshal(ours, &got)); err != nil {
				t.Fatal(err)
			}
			if difference := differ(got, want); difference != "" {
				t.Error(difference)
			}
		})
	}
}

// differ tells where two JSON values differ. Numbers are equal to the register's 14 digits.
func differ(got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		got, _ := got.(map[string]any)
		if len(got) != len(want) {
			return fmt.Sprintf("members of %v, want those of %v", got, want)
		}
		for k, v := range want {
			if d := differ(got[k], v); d != "" {
				return k + ": " + d
			}
		}
		return ""
	case []any:
		got, _ := got.([]any)
		if len(got) != len(want) {
			return fmt.Sprintf("%d elements, want %d", len(got), len(want))
		}
		for i, v := range want {
			if d := differ(got[i], v); d != "" {
				return fmt.Sprintf("%d: %s", i, d)
			}
		}
		return ""
	case float64:
		if n, ok := got.(float64); ok && math.Abs(n-want) <= 1e-13*math.Abs(want) {
			return ""
		}
	default:
		if got == want {
			return ""
		}
	}
	return fmt.Sprintf("got %v, want %v", got, want)
}

func TestTiandituAsItIsDescribed(t *testing.T) {
	d := grid.TiandituC().Definition("https://map.example.gov.cn")
	first, last := d.Matrices[0], d.Matrices[len(d.Matrices)-1]
	if d.URI != "https://map.example.gov.cn/tileMatrixSets/c" || d.CRS != "http://www.opengis.net/def/crs/EPSG/0/4490" || d.Axes != [2]string{"Lat", "Lon"} {
		t.Errorf("%+v", d)
	}
	if first.ID != "1" || first.CellSize != 0.703125 || first.Origin != [2]float64{90, -180} || math.Abs(first.ScaleDenominator-279541132.0143589) > 1e-6 || first.Width != 2 || first.Height != 1 {
		t.Errorf("level 1: %+v", first)
	}
	if last.ID != "18" || last.Width != 1<<18 || last.Height != 1<<17 {
		t.Errorf("level 18: %+v", last)
	}
	// What Tianditu prints for level 18 of both grids is for 96 dots to the inch: 25.4/96 mm to a pixel.
	w := grid.TiandituW().Definition("")
	for _, m := range []grid.Matrix{last, w.Matrices[17]} {
		if printed := m.ScaleDenominator * 0.28 / (25.4 / 96); math.Abs(printed-2256.998866688275) > 1e-3 {
			t.Errorf("Tianditu would print %v for %+v", printed, m)
		}
	}
	if w.URI != "" || w.Matrices[0].Origin[0] >= 0 || math.Abs(w.Matrices[0].CellSize-78271.51696402048) > 1e-7 {
		t.Errorf("%+v", w.Matrices[0])
	}
}

// TestPostGISHasTheSameTiles lets PostGIS say what tiles cover.
func TestPostGISHasTheSameTiles(t *testing.T) {
	db := postgistest.DB(t)
	r := rand.New(rand.NewPCG(2, 4490))
	for _, g := range grid.All() {
		for range 100 {
			level := g.First + r.IntN(g.Top()-g.First+1)
			tile := maptile.New(uint32(r.IntN(g.Columns(level))), uint32(r.IntN(g.Rows(level))), maptile.Zoom(level))
			s, degrees := g.InSquare(tile), g.Degrees(tile)
			corner, side := g.Square.Corner(), g.Square.Side()
			var got, ll [4]float64
			err := db.QueryRow(t.Context(), `
				WITH tile AS (SELECT ST_TileEnvelope($1, $2, $3, bounds => ST_MakeEnvelope($4, $5, $6, $7, $8)) AS e)
				SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e), ST_XMin(l), ST_YMin(l), ST_XMax(l), ST_YMax(l) FROM tile, LATERAL (SELECT ST_Transform(e, 4490) AS l) d`,
				int(s.Z), int(s.X), int(s.Y), corner[0], corner[1]-side, corner[0]+side, corner[1], g.Square.SRID()).Scan(&got[0], &got[1], &got[2], &got[3], &ll[0], &ll[1], &ll[2], &ll[3])
			if err != nil {
				t.Fatal(err)
			}
			e := g.Extent(tile)
			for i, want := range []float64{e.Min[0], e.Min[1], e.Max[0], e.Max[1]} {
				if math.Abs(got[i]-want) > 1e-12*side {
					t.Errorf("%s %v covers %v, PostGIS says %v", g.ID, tile, e, got)
				}
			}
			for i, want := range []float64{degrees.Min[0], degrees.Min[1], degrees.Max[0], degrees.Max[1]} {
				if math.Abs(ll[i]-want) > 1e-9 {
					t.Errorf("%s %v covers %v in degrees, PostGIS says %v", g.ID, tile, degrees, ll)
				}
			}
		}
	}
}

func TestParseSquares(t *testing.T) {
	for sentence, c := range map[string]struct {
		list string
		want []grid.Square
		err  error
	}{
		"the usual one":                {"WebMercatorQuad", []grid.Square{grid.Mercator}, nil},
		"both":                         {"WebMercatorQuad, CGCS2000Quad", []grid.Square{grid.Mercator, grid.Geographic}, nil},
		"names of one square are one":  {"c,WorldCRS84Quad", []grid.Square{grid.Geographic}, nil},
		"a grid that nobody knows":     {"WebMercatorQuad,d", nil, grid.ErrUnknown},
		"nothing":                      {"", nil, grid.ErrUnknown},
		"names are told apart by case": {"C", nil, grid.ErrUnknown},
	} {
		if got, err := grid.ParseSquares(c.list); !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v", sentence, got, err)
		}
	}
}

func ExampleGrid_At() {
	tile, err := grid.TiandituC().At(17, 112.04, 22.93)
	fmt.Println(tile.Z, tile.X, tile.Y, err)
	e := grid.TiandituC().Degrees(tile)
	fmt.Printf("%.5f to %.5f E, %.5f to %.5f N\n", e.Min[0], e.Max[0], e.Min[1], e.Max[1])
	// Output:
	// 17 106328 24419 <nil>
	// 112.03857 to 112.04132 E, 22.92847 to 22.93121 N
}
