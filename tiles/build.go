package tiles

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"
	"golang.org/x/sync/errgroup"

	"onemap/layers"
	"onemap/tiles/packed"
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

// Tile is a built vector tile, of one or several layers.
type Tile struct {
	MVT       []byte // Mapbox Vector Tile 2; empty where nothing is to be drawn
	Gzip      []byte // the same, compressed once; nil for an empty tile
	Truncated bool   // a layer had more than FeatureLimit features here
}

// Empty tells whether nothing is to be drawn.
func (t Tile) Empty() bool { return len(t.MVT) == 0 }

// Set is a choice of published layers that make tiles together.
type Set struct {
	Layers []layers.Layer
	tag    string
}

// NewSet makes a set of layers, in drawing order of the tile.
func NewSet(chosen []layers.Layer) Set {
	h := sha256.New()
	for _, l := range chosen {
		// The statement names the version's table and its columns.
		fmt.Fprintf(h, "%s\n%s\n%d-%d\n", statement(l), l.Published.ContentHash, l.Definition.MinZoom, l.Definition.MaxZoom)
	}
	return Set{chosen, hex.EncodeToString(h.Sum(nil)[:8])}
}

// Tag names the content of the set: it changes when a version is published or
// the way tiles are built changes, and only then.
func (s Set) Tag() string { return s.tag }

// ETag is the strong validator of one tile of the set, without quotes. It is
// known without building the tile.
func (s Set) ETag(t maptile.Tile) string {
	return fmt.Sprintf("%s-%d-%d-%d", s.tag, t.Z, t.X, t.Y)
}

// Observer is told of every tile of one layer that PostGIS built.
type Observer func(layer string, zoom int, seconds float64, bytes int, err error)

// Builder builds tiles of published layers in PostGIS.
type Builder struct {
	db      *pgxpool.Pool
	observe Observer
	packers packed.Pool
	flights flights[part]
	whole   flights[Tile]
}

// part is the share of one layer in a tile.
type part struct {
	mvt       []byte
	truncated bool
}

// NewBuilder builds from db. observe may be nil.
func NewBuilder(db *pgxpool.Pool, observe Observer) *Builder {
	if observe == nil {
		observe = func(string, int, float64, int, error) {}
	}
	return &Builder{db: db, observe: observe}
}

// Build returns a tile of the set. All who ask for the same tile at the same
// time wait for one building of it; it is given up when the last of them has
// gone. A layer outside its zooms is left out.
func (b *Builder) Build(ctx context.Context, s Set, t maptile.Tile) (Tile, error) {
	return b.whole.do(ctx, s.ETag(t), func(ctx context.Context) (Tile, error) {
		return b.build(ctx, s, t)
	})
}

func (b *Builder) build(ctx context.Context, s Set, t maptile.Tile) (Tile, error) {
	parts := make([]part, len(s.Layers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4) // one request must not take the whole pool
	for i, l := range s.Layers {
		if int(t.Z) < l.Definition.MinZoom || int(t.Z) > l.Definition.MaxZoom {
			continue
		}
		group.Go(func() (err error) {
			// A layer's share is the same in every set, so sets share it too.
			parts[i], err = b.flights.do(ctx, NewSet([]layers.Layer{l}).ETag(t), func(ctx context.Context) (part, error) {
				return b.query(ctx, l, t)
			})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Tile{}, err
	}
	// Layers of a tile are repeated fields of one message: joined bytes are a joined tile.
	var tile Tile
	for _, p := range parts {
		tile.MVT = append(tile.MVT, p.mvt...)
		tile.Truncated = tile.Truncated || p.truncated
	}
	if tile.Empty() {
		return tile, nil
	}
	tile.Gzip = b.packers.Pack(tile.MVT)
	return tile, nil
}

func (b *Builder) query(ctx context.Context, l layers.Layer, t maptile.Tile) (part, error) {
	start := time.Now()
	var p part
	var features int
	sql, args := Question(l, t)
	err := b.db.QueryRow(ctx, sql, args).Scan(&p.mvt, &features)
	b.observe(l.Definition.ID, int(t.Z), time.Since(start).Seconds(), len(p.mvt), err)
	if err != nil {
		return part{}, fmt.Errorf("tiles: building %s %d/%d/%d: %w", l.Definition.ID, t.Z, t.X, t.Y, err)
	}
	p.truncated = features > FeatureLimit
	return p, nil
}

// Question is what PostGIS is asked for one layer of one tile: the layer's one
// statement, and the tile's address as its arguments.
func Question(l layers.Layer, t maptile.Tile) (string, pgx.StrictNamedArgs) {
	return statement(l), pgx.StrictNamedArgs{
		"layer": l.Definition.ID, "z": int(t.Z), "x": int(t.X), "y": int(t.Y), "limit": FeatureLimit + 1,
		"tolerance": toleranceMetres(l, t),
	}
}

// toleranceMetres is how far a border may move in a tile, in metres of EPSG:3857:
// two units, a quarter of a pixel on a tile of 512, where nobody can see it. The
// highest zoom, which viewers magnify, keeps every vertex.
func toleranceMetres(l layers.Layer, t maptile.Tile) float64 {
	const circumference = 2 * math.Pi * 6378137
	if int(t.Z) >= l.Definition.MaxZoom {
		return 0
	}
	return 2 * circumference / Extent / float64(uint64(1)<<t.Z)
}

// statement is the one SQL text of a layer's version: only z, x and y vary from
// tile to tile, and they are bound, so each connection prepares it once.
func statement(l layers.Layer) string {
	return strings.NewReplacer("{table}", l.Table().Sanitize(), "{columns}", tileColumns(l)).Replace(buildSQL)
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
