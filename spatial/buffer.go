package spatial

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

//go:embed sql/buffer.sql
var bufferSQL string

// ErrBuffer reports a distance, and ErrBufferShape a shape, that no buffer is made of.
var (
	ErrBuffer      = errors.New("spatial: no buffer")
	ErrBufferShape = errors.New("spatial: no buffer of this shape")
)

// The bounds of a buffer.
const (
	MaxBufferMetres    = 50_000
	MaxBufferPositions = 20_000
	MaxBufferDegrees   = 10 // from the shape's west to its east, and from south to north
)

// Buffered is the area within a distance of a shape.
type Buffered struct {
	Geometry json.RawMessage `db:"geometry" json:"geometry"` // MultiPolygon, EPSG:4490, longitude first
	AreaM2   float64         `db:"area_m2" json:"area_m2"`   // on the ellipsoid
	Fault    *string         `db:"fault" json:"-"`           // of a polygon that isn't valid
}

// Buffer returns what lies within a distance in metres of a shape in EPSG:4490
// degrees. Round corners are of 16 chords a quarter, which stay inside by less than 0.13 %
// of the distance; the plane it is made in is UTM, whose scale adds at most 0.1 %.
// A distance not above 0 or above [MaxBufferMetres] is an [ErrBuffer]; a shape
// without positions, with too many, with one off the globe, larger than
// [MaxBufferDegrees], or with a polygon that crosses itself, an [ErrBufferShape].
func Buffer(ctx context.Context, db *pgxpool.Pool, shape orb.Geometry, metres float64) (Buffered, error) {
	if !(metres > 0 && metres <= MaxBufferMetres) {
		return Buffered{}, fmt.Errorf("%w: %g m is not above 0 and at most %d m", ErrBuffer, metres, MaxBufferMetres)
	}
	positions := 0
	if !onGlobe(shape, &positions) || positions == 0 || positions > MaxBufferPositions {
		return Buffered{}, fmt.Errorf("%w: a shape has 1 to %d positions in degrees, and rings close", ErrBufferShape, MaxBufferPositions)
	}
	if box := shape.Bound(); box.Max[0]-box.Min[0] > MaxBufferDegrees || box.Max[1]-box.Min[1] > MaxBufferDegrees {
		return Buffered{}, fmt.Errorf("%w: it is more than %d degrees from side to side", ErrBufferShape, MaxBufferDegrees)
	}
	bytes, err := wkb.Marshal(shape)
	if err != nil {
		return Buffered{}, fmt.Errorf("%w: %w", ErrBufferShape, err)
	}
	rows, err := db.Query(ctx, bufferSQL, pgx.StrictNamedArgs{"shape": bytes, "metres": metres})
	if err != nil {
		return Buffered{}, fmt.Errorf("spatial: buffer: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Buffered])
	if err != nil {
		return Buffered{}, fmt.Errorf("spatial: buffer: %w", err)
	}
	if found.Fault != nil {
		return Buffered{}, fmt.Errorf("%w: %s", ErrBufferShape, *found.Fault)
	}
	return found, nil
}

// onGlobe counts the positions of a shape, and tells whether all are degrees.
func onGlobe(shape orb.Geometry, positions *int) bool {
	switch g := shape.(type) {
	case orb.Point:
		*positions++
		return math.Abs(g[0]) <= 180 && math.Abs(g[1]) <= 90
	case orb.MultiPoint:
		return allOnGlobe(g, positions)
	case orb.LineString:
		return len(g) > 1 && allOnGlobe(g, positions)
	case orb.MultiLineString:
		return allOnGlobe(g, positions)
	case orb.Ring:
		return len(g) > 3 && g[0] == g[len(g)-1] && allOnGlobe(g, positions)
	case orb.Polygon:
		return len(g) > 0 && allOnGlobe(g, positions)
	case orb.MultiPolygon:
		return allOnGlobe(g, positions)
	case orb.Collection:
		return allOnGlobe(g, positions)
	default:
		return false
	}
}

func allOnGlobe[G orb.Geometry](parts []G, positions *int) bool {
	for _, part := range parts {
		if !onGlobe(part, positions) {
			return false
		}
	}
	return true
}
