package tiles

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/grid"
	"onemap/tiles/packed"
	"onemap/tiles/pyramid"
)

const (
	// Extent is the number of units to a tile's side.
	Extent = 4096
	// Buffer is how far, in those units, geometries reach over a tile's edge,
	// so that lines and labels meet across it.
	Buffer = 64
	// FeatureLimit is the most features of one layer in one tile. A layer's
	// lowest zoom is chosen so that this is not met; where it is, the tile says so.
	FeatureLimit = 50_000
)

//go:embed sql/build.sql
var buildSQL string

//go:embed sql/build_labelled.sql
var buildLabelledSQL string

// Observer is told of every tile of one layer that PostGIS built.
type Observer func(layer string, zoom int, seconds float64, bytes int, err error)

// Builder finds the tiles of published layers: in archives where they were
// built ahead, else it builds them in PostGIS.
type Builder struct {
	db       *pgxpool.Pool
	archives *Archives
	observe  Observer
	packers  packed.Pool
	flights  flights[part]
	shares   shares
}

// part is the share of one layer in a tile.
type part struct {
	packed    []byte
	truncated bool
}

// NewBuilder builds from db, and takes from archives what is there. archives
// and observe may be nil.
func NewBuilder(db *pgxpool.Pool, archives *Archives, observe Observer) *Builder {
	if observe == nil {
		observe = func(string, int, float64, int, error) {}
	}
	return &Builder{db: db, archives: archives, observe: observe}
}

// live builds a layer's share in PostGIS. All who ask for the same one at the
// same time wait for one building of it; it is given up when the last of them has
// gone.
func (b *Builder) live(ctx context.Context, s *share, t maptile.Tile) (part, error) {
	return b.flights.do(ctx, s.liveTag(t), func(ctx context.Context) (part, error) { return b.query(ctx, s, t) })
}

func (b *Builder) query(ctx context.Context, s *share, t maptile.Tile) (part, error) {
	start := time.Now()
	var mvt []byte
	var features int
	l := s.layer
	sql, args := question(l, s.square, t)
	err := b.db.QueryRow(ctx, sql, args).Scan(&mvt, &features)
	b.observe(l.Definition.ID, int(t.Z), time.Since(start).Seconds(), len(mvt), err)
	if err != nil {
		return part{}, fmt.Errorf("tiles: building %s %v %d/%d/%d: %w", l.Definition.ID, s.square, t.Z, t.X, t.Y, err)
	}
	return part{b.packers.Pack(mvt), features > FeatureLimit}, nil
}

// Question is what PostGIS is asked for one layer of one tile of WebMercatorQuad:
// the layer's one statement, and the tile's address as its arguments.
func Question(l layers.Layer, t maptile.Tile) (string, pgx.StrictNamedArgs) {
	return question(l, grid.Mercator, t)
}

func question(l layers.Layer, in grid.Square, t maptile.Tile) (string, pgx.StrictNamedArgs) {
	args := pgx.StrictNamedArgs{
		"layer": l.Definition.ID, "z": int(t.Z), "x": int(t.X), "y": int(t.Y), "limit": FeatureLimit + 1,
		"tolerance": tolerance(l, in, t),
	}
	if labels := l.Definition.LabelLayer(); labels != "" {
		side, extent := unit(in, t.Z), in.Extent(t)
		args["labels"], args["area"], args["unit"] = labels, pyramid.LabelArea*side*side, side
		args["west"], args["north"] = extent.Min[0], extent.Max[1]
	}
	return statement(l, in), args
}

// tolerance is how far a border may move in a tile, in metres of EPSG:3857 or degrees of EPSG:4490:
// two units, a quarter of a pixel on a tile of 512, where nobody can see it. The
// highest zoom, which viewers magnify, keeps every vertex.
func tolerance(l layers.Layer, in grid.Square, t maptile.Tile) float64 {
	if int(t.Z) >= l.Definition.MaxZoom {
		return 0
	}
	return 2 * unit(in, t.Z)
}

// unit is the side of a tile's unit at a zoom, in metres of EPSG:3857 or degrees of EPSG:4490.
func unit(in grid.Square, zoom maptile.Zoom) float64 {
	return in.Side() / Extent / float64(uint64(1)<<zoom)
}

// statement is the one SQL text of a layer's version in a square: only z, x and y vary from
// tile to tile, and they are bound, so each connection prepares it once.
func statement(l layers.Layer, in grid.Square) string {
	sql := buildSQL
	if l.Definition.LabelLayer() != "" {
		sql = buildLabelledSQL
	}
	var again strings.Builder
	for _, f := range l.TileFields() {
		again.WriteString(", f." + pgx.Identifier{f.Name}.Sanitize())
	}
	return strings.NewReplacer(
		"{table}", l.Table().Sanitize(), "{columns}", tileColumns(l), "{again}", again.String(), "{geom}", geometryColumn(in), "{square}", squareArgument(in),
	).Replace(sql)
}

// geometryColumn is the column that holds the shapes in a square's plane.
func geometryColumn(in grid.Square) string {
	if in == grid.Geographic {
		return layers.GeomColumn
	}
	return layers.MercatorColumn
}

// squareArgument tells ST_TileEnvelope which square is divided; without it that is
// Mercator's. The envelope is a constant, which PostgreSQL makes once.
func squareArgument(in grid.Square) string {
	if in == grid.Mercator {
		return ""
	}
	b := in.Extent(maptile.New(0, 0, 0))
	return fmt.Sprintf(", bounds => ST_MakeEnvelope(%g, %g, %g, %g, %d)", b.Min[0], b.Min[1], b.Max[0], b.Max[1], in.SRID())
}

// tileColumns lists the columns that tiles carry, each with a comma in front,
// in types that a tile has.
func tileColumns(l layers.Layer) string {
	var columns strings.Builder
	for _, f := range l.TileFields() {
		name := pgx.Identifier{f.Name}.Sanitize()
		switch f.Type {
		case layers.Decimal: // a tile has no exact decimals
			fmt.Fprintf(&columns, ", f.%s::float8 AS %s", name, name)
		case layers.Date, layers.Time: // nor dates
			fmt.Fprintf(&columns, ", f.%s::text AS %s", name, name)
		default:
			fmt.Fprintf(&columns, ", f.%s", name)
		}
	}
	return columns.String()
}
