package tiles

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/draw"
	"onemap/tiles/flights"
	"onemap/tiles/grid"
	"onemap/tiles/mvt"
	"onemap/tiles/packed"
)

const (
	// Extent is the number of units to a tile's side.
	Extent = mvt.Extent
	// Buffer is how far, in those units, geometries reach over a tile's edge,
	// so that lines and labels meet across it.
	Buffer = draw.Buffer
)

//go:embed sql/rows.sql
var rowsSQL string

// liveLevel compresses live tiles in half the time of those in archives, and a
// tenth worse: they are sent a few times and archives for years.
const liveLevel = 2

// Built is one layer's share of a tile, made live.
type Built struct {
	Layer   string
	Zoom    int
	Seconds float64
	Bytes   int // before compression
	LeftOut int // features for which there was no room
	Err     error
}

// Observer is told what a [Builder] does.
type Observer interface {
	Tile(b Built)
	// Cache is told where a live tile was found: memory, second or none; and error
	// where the second level failed, which costs a tile its place there and nothing else.
	Cache(found string)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Tile(Built)   {}
func (nobody) Cache(string) {}

// Builder finds the tiles of published layers: in archives where they were
// built ahead, else it draws them from what PostGIS holds.
type Builder struct {
	db       *pgxpool.Pool
	archives *Archives
	observe  Observer
	queue    *queue
	cache    *Cache // may be nil
	packers  packed.Pool
	drawers  sync.Pool // of *draw.Drawer
	flights  flights.Group[part]
	shares   shares
}

// part is the share of one layer in a tile.
type part struct {
	packed  []byte
	leftOut int // features
}

// NewBuilder builds from db, and takes from archives what is there. archives
// and observe may be nil.
func NewBuilder(db *pgxpool.Pool, archives *Archives, observe Observer) *Builder {
	if observe == nil {
		observe = nobody{}
	}
	return &Builder{db: db, archives: archives, observe: observe, queue: newQueue(db), packers: packed.Pool{Level: liveLevel}}
}

// live finds a layer's share in the cache or builds it from PostGIS. All who ask
// for the same one at the same time wait for one building of it; it is given up
// when the last of them has gone. Where too many wait for others it is an [ErrBusy].
func (b *Builder) live(ctx context.Context, s *share, t maptile.Tile) (part, error) {
	key := s.liveTag(t)
	if p, ok := b.remembered(key); ok {
		return p, nil
	}
	return b.flights.Do(ctx, key, func(ctx context.Context) (part, error) {
		if p, ok := b.shelved(ctx, key); ok {
			return p, nil
		}
		if err := b.queue.enter(ctx); err != nil {
			return part{}, err
		}
		p, err := b.query(ctx, s, t)
		b.queue.leave()
		if err == nil {
			b.keep(ctx, key, p)
		}
		return p, err
	})
}

// query asks for all features first, one more than there is room for: only a
// tile that turns out too full is asked for again.
func (b *Builder) query(ctx context.Context, s *share, t maptile.Tile) (part, error) {
	built := Built{Layer: s.layer.Definition.ID, Zoom: int(t.Z)}
	start := time.Now()
	sql, args := s.question(t)
	p := painting{b.drawer(), drawnLayer(s.layer), frameOf(s.layer, s.square, t)}
	if sql.level {
		p.frame = draw.LevelFrame(t)
	}
	defer b.drawers.Put(p.drawer)
	features, _, err := p.draw(ctx, b.db, sql.all, args, FeatureLimit)
	mvt := p.drawer.Tile()
	if err == nil && (features > FeatureLimit || len(mvt) > ByteLimit) {
		mvt, built.LeftOut, err = p.crowded(ctx, b.db, sql.some, args, features, len(mvt))
	}
	built.Seconds, built.Bytes, built.Err = time.Since(start).Seconds(), len(mvt), err
	b.observe.Tile(built)
	if err != nil {
		return part{}, fmt.Errorf("tiles: building %s %v %d/%d/%d: %w", built.Layer, s.square, t.Z, t.X, t.Y, err)
	}
	return part{b.packers.Pack(mvt), built.LeftOut}, nil
}

// Question is what PostGIS is asked for the set's first layer of a live tile: a
// statement of the layer's version, and the tile's address as its arguments.
func (s Set) Question(t maptile.Tile) (string, pgx.StrictNamedArgs) {
	sql, args := s.shares[0].question(t)
	return sql.all, args
}

// arguments are those of a live tile that is made from the version's own shapes.
func arguments(t maptile.Tile) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"z": int(t.Z), "x": int(t.X), "y": int(t.Y), "limit": FeatureLimit + 1}
}

// unit is the side of a tile's unit at a zoom, in metres of EPSG:3857 or degrees of EPSG:4490.
func unit(in grid.Square, zoom maptile.Zoom) float64 {
	return in.Side() / Extent / float64(uint64(1)<<zoom)
}

// statement is the one SQL text of a layer's version in a square: only z, x and y vary from
// tile to tile, and they are bound, so each connection prepares it once.
func statement(l layers.Layer, in grid.Square) string { return fill(l, in, l.From()) }

// fill is the statement that reads features from a table or a subquery.
func fill(l layers.Layer, in grid.Square, from string) string {
	return strings.NewReplacer(
		"{table}", from, "{columns}", tileColumns(l), "{geom}", geometryColumn(in), "{square}", squareArgument(in), "{method}", draw.Method,
	).Replace(rowsSQL)
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
