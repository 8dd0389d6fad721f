package tiles

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"onemap/tiles/grid"
)

//go:embed sql/edits.sql
var editsSQL string

const (
	// mostMarks is how many edits of a version are known by their place: some 10 MB.
	// Of older ones it is taken that they may lie anywhere.
	mostMarks = 50_000
	// looseMarks is how many edits are looked at one by one before all are put in order.
	looseMarks = 256
)

// versionKey names a version of a layer.
type versionKey struct {
	layer   string
	version int
}

// editMark is where an edit lies.
type editMark struct {
	id    int64
	at    time.Time
	boxes [2][]orb.Bound // by square: before and after, or one
}

// versionEdits is where the edits of a version lie. It does not change; what
// comes later makes another.
type versionEdits struct {
	last    int64      // the last one that is known
	floor   int64      // edits up to this one may lie anywhere
	marks   []editMark // those after floor, oldest first
	ordered int        // how many of the marks are in the trees
	trees   [2]boxTree // by square
}

// newest is the last edit that may show in a tile of a square, its buffer
// included; 0 is none.
func (v *versionEdits) newest(in grid.Square, t maptile.Tile) int64 {
	box := reach(in, t)
	for i := len(v.marks) - 1; i >= v.ordered; i-- {
		for _, b := range v.marks[i].boxes[in] {
			if b.Intersects(box) {
				return v.marks[i].id
			}
		}
	}
	return v.trees[in].newest(box, v.floor)
}

// reach is what a tile can show, in the square's plane: the tile, its buffer, and
// a little more, for what rounding does.
func reach(in grid.Square, t maptile.Tile) orb.Bound {
	side := unit(in, t.Z) * Extent
	corner := in.Corner()
	west, north := corner[0]+float64(t.X)*side, corner[1]-float64(t.Y)*side
	margin := side*Buffer/Extent + in.Side()*1e-12
	return orb.Bound{Min: orb.Point{west - margin, north - side - margin}, Max: orb.Point{west + side + margin, north + margin}}
}

// after counts the edits beyond one and tells when the first and the last of them
// were made.
func (v *versionEdits) after(edit int64) (n int, first, last time.Time) {
	for _, m := range v.marks {
		if m.id > edit {
			if n++; n == 1 {
				first = m.at
			}
			last = m.at
		}
	}
	return n, first, last
}

// with are the edits and further ones, oldest first.
func (v versionEdits) with(more []editMark) *versionEdits {
	if len(more) == mostMarks { // there may be others between
		v.floor, v.marks, v.ordered = more[0].id-1, nil, 0
	}
	v.marks = append(v.marks, more...)
	v.last = v.marks[len(v.marks)-1].id
	if over := len(v.marks) - mostMarks; over > 0 {
		v.floor, v.marks, v.ordered = v.marks[over-1].id, v.marks[over:], 0
	}
	if v.ordered == 0 || len(v.marks)-v.ordered > looseMarks {
		v.ordered = len(v.marks)
		for _, in := range grid.Squares() {
			v.trees[in] = newBoxTree(v.marks, in)
		}
	}
	return &v
}

// loadEdits returns what is known of edits and what came since.
func loadEdits(ctx context.Context, db *pgxpool.Pool, known map[versionKey]*versionEdits) (map[versionKey]*versionEdits, error) {
	layers, versions, last := make([]string, 0, len(known)), make([]int, 0, len(known)), make([]int64, 0, len(known))
	for key, v := range known {
		layers, versions, last = append(layers, key.layer), append(versions, key.version), append(last, v.last)
	}
	rows, err := db.Query(ctx, editsSQL, pgx.StrictNamedArgs{"layers": layers, "versions": versions, "known": last, "most": mostMarks})
	if err != nil {
		return nil, fmt.Errorf("tiles: edits: %w", err)
	}
	more := map[versionKey][]editMark{}
	var r struct {
		layer                                        string
		version                                      int
		id                                           int64
		at                                           time.Time
		before, after, beforeMercator, afterMercator []float64
	}
	_, err = pgx.ForEachRow(rows, []any{&r.layer, &r.version, &r.id, &r.at, &r.before, &r.after, &r.beforeMercator, &r.afterMercator}, func() error {
		mark := editMark{id: r.id, at: r.at}
		mark.boxes[grid.Geographic] = boxesOf(r.before, r.after)
		mark.boxes[grid.Mercator] = boxesOf(r.beforeMercator, r.afterMercator)
		key := versionKey{r.layer, r.version}
		more[key] = append(more[key], mark)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("tiles: edits: %w", err)
	}
	if len(more) == 0 {
		return known, nil
	}
	now := maps.Clone(known)
	if now == nil {
		now = map[versionKey]*versionEdits{}
	}
	for key, marks := range more {
		var before versionEdits
		if v, ok := known[key]; ok {
			before = *v
		}
		now[key] = before.with(marks)
	}
	return now, nil
}

// boxesOf are the boxes of west, south, east and north; one where both are the same.
func boxesOf(before, after []float64) []orb.Bound {
	var boxes []orb.Bound
	for _, b := range [][]float64{before, after} {
		if len(b) != 4 {
			continue
		}
		box := orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}
		if len(boxes) == 0 || boxes[0] != box {
			boxes = append(boxes, box)
		}
	}
	return boxes
}
