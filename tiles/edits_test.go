package tiles

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"onemap/tiles/grid"
)

// However edits come in, what is found of them in a tile is what looking at every
// one of them finds; where the oldest were let go it is never less.
func TestTheNewestEditInATileIsFound(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	box := func(in grid.Square) orb.Bound {
		side, corner := in.Side(), in.Corner()
		at := orb.Point{corner[0] + side*(0.5+random.Float64()/2), corner[1] - side*random.Float64()/2}
		return orb.Bound{Min: at, Max: orb.Point{at[0] + side*random.ExpFloat64()*1e-4, at[1] + side*random.ExpFloat64()*1e-4}}
	}
	all, known := []editMark{}, &versionEdits{}
	for _, batch := range []int{1, 3, 200, 100, 1, 5000, 7, 300, mostMarks - 5000, 10} {
		var more []editMark
		for range batch {
			m := editMark{id: int64(3*len(all) + 5)}
			for _, in := range grid.Squares() {
				m.boxes[in] = []orb.Bound{box(in)}
				if random.IntN(2) == 0 {
					m.boxes[in] = append(m.boxes[in], box(in))
				}
			}
			all, more = append(all, m), append(more, m)
		}
		known = known.with(more)
		if known.last != all[len(all)-1].id {
			t.Fatalf("the last is %d, want %d", known.last, all[len(all)-1].id)
		}
		for range 300 {
			zoom := maptile.Zoom(1 + random.IntN(14))
			at := maptile.New(uint32(random.Uint64N(1<<zoom)), uint32(random.Uint64N(1<<zoom)), zoom)
			for _, in := range grid.Squares() {
				want := known.floor
				for _, m := range all {
					for _, b := range m.boxes[in] {
						if b.Intersects(reach(in, at)) {
							want = max(want, m.id)
						}
					}
				}
				if got := known.newest(in, at); got != want {
					t.Fatalf("after %d edits, %v %v: %d, want %d", len(all), in, at, got, want)
				}
			}
		}
	}
	if len(known.marks) != mostMarks || known.floor == 0 {
		t.Errorf("%d places are kept, floor %d", len(known.marks), known.floor)
	}
}

func TestATileReachesAsFarAsItsBuffer(t *testing.T) {
	at := maptile.New(13290, 7121, 14)
	side := grid.Mercator.Side() / (1 << 14)
	west := grid.Mercator.Corner()[0] + float64(at.X)*side
	north := grid.Mercator.Corner()[1] - float64(at.Y)*side
	for sentence, c := range map[string]struct {
		x, y float64 // of a point edited, in sides of the tile from its north-west corner
		want bool
	}{
		"within":                        {0.5, 0.5, true},
		"just within the buffer, west":  {-0.0156, 0.5, true},
		"just beyond the buffer, west":  {-0.0157, 0.5, false},
		"just within the buffer, south": {0.5, 1.0156, true},
		"just beyond the buffer, south": {0.5, 1.0157, false},
	} {
		p := orb.Point{west + c.x*side, north - c.y*side}
		edits := versionEdits{}.with([]editMark{{id: 7, boxes: [2][]orb.Bound{grid.Mercator: {p.Bound()}}}})
		if got := edits.newest(grid.Mercator, at) == 7; got != c.want {
			t.Errorf("%s: %v", sentence, got)
		}
	}
}

func BenchmarkTheNewestEditInATile(b *testing.B) {
	random := rand.New(rand.NewPCG(4, 4))
	var marks []editMark
	for i := range mostMarks {
		p := orb.Point{12.4e6 + random.Float64()*1e5, 2.6e6 + random.Float64()*1e5}
		marks = append(marks, editMark{id: int64(i + 1), boxes: [2][]orb.Bound{grid.Mercator: {p.Bound().Pad(50)}}})
	}
	edits := versionEdits{}.with(marks)
	for i := 0; b.Loop(); i++ {
		edits.newest(grid.Mercator, maptile.New(13290+uint32(i%64), 7121, 14))
	}
}
