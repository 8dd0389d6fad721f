package draw_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	decoder "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"onemap/tiles/draw"
	"onemap/tiles/mvt"
	"onemap/tiles/wkb"
)

// level is the well-known binary of rings in units of a zoom's tiles.
func level(rings ...[]float64) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{1}, wkb.PolygonCode)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(rings)))
	for _, r := range rings {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(r)/2))
		for _, v := range r {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// TestOneShape draws single shapes in units of the first tile of a zoom.
func TestOneShape(t *testing.T) {
	for sentence, c := range map[string]struct {
		shape []byte
		want  string
	}{
		"a polygon round the whole tile":              {level([]float64{-9e5, -9e5, 9e5, -9e5, 9e5, 9e5, -9e5, 9e5, -9e5, -9e5}), "[[[-64 4160] [-64 -64] [4160 -64] [4160 4160] [-64 4160]]]"},
		"the same with a hole round the tile":         {level([]float64{-9e5, -9e5, 9e5, -9e5, 9e5, 9e5, -9e5, 9e5, -9e5, -9e5}, []float64{-8e5, -8e5, 8e5, -8e5, 8e5, 8e5, -8e5, 8e5, -8e5, -8e5}), "<nil>"},
		"a hole that fills the tile but for a corner": {level([]float64{-9e5, -9e5, 9e5, -9e5, 9e5, 9e5, -9e5, 9e5, -9e5, -9e5}, []float64{-8e5, -8e5, 4160, -8e5, 4160, 4000, 4000, 4160, -8e5, 4160, -8e5, -8e5}), "[[[4000 4160] [4160 4000] [4160 4160] [4000 4160]]]"},
		"only an edge in the buffer":                  {level([]float64{4160, 0, 5000, 0, 5000, 100, 4160, 100, 4160, 0}), "<nil>"},
		"a comb cut through its teeth":                {level([]float64{10, 4100, 20, 4100, 20, 4200, 30, 4200, 30, 4100, 40, 4100, 40, 5000, 10, 5000, 10, 4100}), "[[[[10 4100] [20 4100] [20 4160] [10 4160] [10 4100]]] [[[30 4100] [40 4100] [40 4160] [30 4160] [30 4100]]]]"},
		"a spike goes":                                {level([]float64{0, 0, 100, 0, 100, 50, 300, 50, 100, 50, 100, 100, 0, 100, 0, 0}), "[[[0 0] [100 0] [100 100] [0 100] [0 0]]]"},
		"less than half a unit":                       {level([]float64{0.1, 0.1, 0.4, 0.1, 0.4, 0.4, 0.1, 0.1}), "<nil>"},
		"a line there and back":                       {level([]float64{0, 0, 100, 0, 0, 0, 0, 0}), "<nil>"},
	} {
		var d draw.Drawer
		got := drawn(t, &d, draw.LevelFrame(maptile.New(0, 0, 9)), []stored{{1, c.shape}})[1]
		if text := fmt.Sprint(got); text != c.want {
			t.Errorf("%s: %s, want %s", sentence, text, c.want)
		}
	}
}

// TestAShapeTooCrookedToDraw is a ring of so many spikes, some to each unit, that
// to part them where they cross would take minutes.
func TestAShapeTooCrookedToDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var ring []float64
	for i := range 40_001 {
		far, turn := 1800+200*r.Float64(), 2*math.Pi*float64(i%40_000)/40_000
		ring = append(ring, 2000+far*math.Cos(turn), 2000+far*math.Sin(turn))
	}
	copy(ring[len(ring)-2:], ring[:2])
	start := time.Now()
	var d draw.Drawer
	got := drawn(t, &d, draw.LevelFrame(maptile.New(0, 0, 0)), []stored{{1, level(ring)}})[1]
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if area := math.Abs(planar.Area(got)); math.Abs(area-math.Pi*1900*1900) > 0.1*math.Pi*1900*1900 {
		t.Errorf("it has %g square units", area)
	}
}

func TestABadShapeNamesItsFeature(t *testing.T) {
	var d draw.Drawer
	d.Begin(draw.Layer{Name: "shape"}, draw.LevelFrame(maptile.New(0, 0, 0)))
	if err := d.Add(42, []byte{1, 3}, nil); err == nil || err.Error() != "draw: feature 42: wkb: not a geometry: it begins otherwise" {
		t.Errorf("%v", err)
	}
}

// FuzzAdd draws what is read of any bytes: whatever it is, all points of the tile lie in its buffer.
func FuzzAdd(f *testing.F) {
	f.Add(level([]float64{0, 0, 5000, 3, 4000, 4000, 0, 0}), uint8(14))
	f.Add(level([]float64{-9e5, -9e5, 9e5, -9e5, 9e5, 9e5, -9e5, 9e5, -9e5, -9e5}, []float64{1e300, 1e300, -1e300, 7, 7, 7, 1e300, 1e300}), uint8(3))
	var d draw.Drawer
	f.Fuzz(func(t *testing.T, shape []byte, zoom uint8) {
		z := maptile.Zoom(zoom % 23)
		for _, frame := range []draw.Frame{draw.LevelFrame(maptile.New(0, 0, z)), frame(at(middle, int(z)), 2)} {
			d.Begin(draw.Layer{Name: "shape", Label: "label", LabelArea: 10}, frame)
			if err := d.Add(1, shape, nil); err != nil {
				return
			}
			layers, err := decoder.Unmarshal(d.Tile())
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range layers {
				for _, one := range l.Features {
					if b := one.Geometry.Bound(); b.Min[0] < -draw.Buffer || b.Min[1] < -draw.Buffer || b.Max[0] > mvt.Extent+draw.Buffer || b.Max[1] > mvt.Extent+draw.Buffer {
						t.Fatalf("%v of %x reaches over the buffer", one.Geometry, shape)
					}
				}
			}
		}
	})
}

// BenchmarkAdd draws a parcel that lies in the tile, and one that is cut.
func BenchmarkAdd(b *testing.B) {
	for name, middle := range map[string]float64{"within": 2000, "cut": 4170} {
		b.Run(name, func(b *testing.B) {
			var ring []float64
			for i := range 26 {
				far, turn := 80+20*math.Sin(float64(9*(i%25))), 2*math.Pi*float64(i%25)/25
				ring = append(ring, middle+far*math.Cos(turn), 2000+far*math.Sin(turn))
			}
			shape := level(ring)
			layer := draw.Layer{Name: "shape", Fields: []draw.Field{{Name: "code", Value: func(b []byte) mvt.Value { return mvt.Text(string(b)) }}}}
			f := draw.LevelFrame(maptile.New(0, 0, 9))
			f.Tolerance = 2
			var d draw.Drawer
			d.Begin(layer, f)
			for i := 0; b.Loop(); i++ {
				if i%1000 == 0 {
					d.Begin(layer, f)
				}
				if err := d.Add(7, shape, [][]byte{[]byte("0101")}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
