package tiles

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
)

const (
	// FeatureLimit is the most features of one layer in one tile.
	FeatureLimit = pyramid.FeatureLimit
	// ByteLimit is the most bytes of one layer in one tile, before compression.
	ByteLimit = pyramid.ByteLimit
)

var (
	//go:embed sql/crowded.sql
	crowdedSQL string
	//go:embed sql/important.sql
	importantSQL string
)

// crowded draws a tile that does not keep the limits anew, of its most
// important features, and returns how many it had to leave out. features and
// bytes are what the plain statement found with these arguments, the limit of features and one at most.
func (p painting) crowded(ctx context.Context, db *pgxpool.Pool, sql string, args pgx.StrictNamedArgs, features, bytes int) (mvt []byte, leftOut int, err error) {
	for most := fewer(features, bytes); ; most = fewer(min(most, features), len(mvt)) {
		args["most"] = most
		var all int
		if features, all, err = p.draw(ctx, db, sql, args, most); err != nil {
			return nil, 0, err
		}
		if mvt = p.drawer.Tile(); len(mvt) <= ByteLimit || most == 1 {
			return mvt, max(0, all-most), nil
		}
	}
}

// fewer is how many features a tile may have, if so many take so many bytes:
// somewhat less than their share, for the important ones are large.
func fewer(features, bytes int) int {
	if bytes > ByteLimit {
		features = min(features-1, int(0.9*ByteLimit/float64(bytes)*float64(features)))
	}
	return max(1, min(features, FeatureLimit))
}

// crowdedStatement is the statement of a tile with room for @most features.
func crowdedStatement(l layers.Layer, in grid.Square) string {
	table := l.From()
	square := []string{"{table}", table, "{geom}", geometryColumn(in), "{square}", squareArgument(in)}
	important := strings.NewReplacer(append(square, "{importance}", importance(l))...).Replace(strings.TrimSpace(importantSQL))
	return strings.NewReplacer(append(square, "{build}", strings.TrimSpace(fill(l, in, important)))...).Replace(crowdedSQL)
}

// importance is the expression by which features stay in a tile that has no
// room for all, most first: the layer's rank, else area or length; points
// without a rank stay in the order of their ids.
func importance(l layers.Layer) string {
	if rank := rankOf(l); rank != "" {
		return rank
	}
	switch l.Definition.Geometry {
	case layers.Polygon:
		return "ST_Area(f.geom_3857)"
	case layers.LineString:
		return "ST_Length(f.geom_3857)"
	}
	return "0"
}

// rankOf is the layer's rank as an expression where more matters more, or "".
func rankOf(l layers.Layer) string {
	name, less := strings.CutPrefix(l.Definition.Rank, "-")
	f, ok := l.Columns.Field(name)
	if !ok {
		return ""
	}
	rank := fmt.Sprintf("f.%s::float8", pgx.Identifier{f.Name}.Sanitize())
	if less {
		rank = "-" + rank
	}
	return rank
}
