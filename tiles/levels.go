package tiles

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/coverage"
	"onemap/tiles/draw"
	"onemap/tiles/grid"
)

// LevelsTop is the highest zoom for which an archive's shapes are put into
// tables of PostGIS as well, for live tiles: above it a tile holds so few
// features that their own shapes are quick enough.
const LevelsTop = 12

var (
	//go:embed sql/level.sql
	levelSQL string
	//go:embed sql/edited_level.sql
	editedLevelSQL string
	//go:embed sql/level_table.sql
	levelTableSQL string
)

// levelTable names the table of one zoom of an archive. The archive's
// fingerprint is in the name: another way of drawing has other tables.
func levelTable(l layers.Layer, fingerprint string, zoom int) pgx.Identifier {
	return levelName(l.Definition.ID, l.Published.Number, fingerprint, zoom)
}

func levelName(layer string, version int, fingerprint string, zoom int) pgx.Identifier {
	return pgx.Identifier{"levels", fmt.Sprintf("%.36s_v%d_z%d_%.12s", layer, version, zoom, fingerprint)}
}

// tables are those of the archive's levels.
func (r ArchiveRecord) tables() []pgx.Identifier {
	var all []pgx.Identifier
	for _, zoom := range r.Levels {
		all = append(all, levelName(r.Layer, r.Version, r.Fingerprint, zoom))
	}
	return all
}

// editedLevel is a subquery that stands for a level's table where edits beyond one
// touch a tile: its rows, but features that were edited have shapes of their own.
func editedLevel(l layers.Layer, table pgx.Identifier, zoom int, edit int64) string {
	side := unit(grid.Mercator, maptile.Zoom(zoom))
	return strings.NewReplacer("{level}", table.Sanitize(), "{from}", l.From(), "{edited}", l.EditedBeyond(edit), "{columns}", again(l), "{importance}", importance(l),
		"{tolerance}", fmt.Sprint(2*side), "{scale}", fmt.Sprint(1/side), "{half}", fmt.Sprint(grid.Mercator.Side()/2/side)).Replace(strings.TrimSpace(editedLevelSQL))
}

// levelStatements are those of a live tile that is made from a level: a table or a
// subquery with its columns.
func levelStatements(l layers.Layer, from string, edited bool) statements {
	few := "(SELECT f.* FROM " + from + " f WHERE f.geom && ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)" +
		" ORDER BY f.importance DESC NULLS LAST, f.fid LIMIT @most)"
	fill := func(from string) string {
		return strings.NewReplacer("{table}", from, "{columns}", tileColumns(l), "{method}", draw.Method).Replace(levelSQL)
	}
	count := "SELECT tile.*, (SELECT count(*) FROM " + from + " f WHERE f.geom && ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)) FROM (" +
		strings.TrimSpace(fill(few)) + ") tile ORDER BY tile.fid"
	return statements{all: fill(from), some: count, level: true, edited: edited}
}

// levelArguments are what they are given for a tile.
func levelArguments(t maptile.Tile, edited bool) pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{"x": int(t.X), "y": int(t.Y), "limit": FeatureLimit + 1}
	if edited {
		args["z"] = int(t.Z)
	}
	return args
}

// again lists the columns that tiles carry as tileColumns has named them.
func again(l layers.Layer) string {
	var columns strings.Builder
	for _, f := range l.TileFields() {
		columns.WriteString(", f." + pgx.Identifier{f.Name}.Sanitize())
	}
	return columns.String()
}

// levelWriter puts the shapes of an archive into tables, in one transaction that
// begins with the first shape and is ended by its user.
type levelWriter struct {
	ctx    context.Context
	db     *pgxpool.Pool
	layer  layers.Layer
	tx     pgx.Tx
	rows   chan levelRow
	copied chan error
	zooms  map[int]bool
}

type levelRow struct {
	zoom int16
	fid  int64
	geom []byte // EWKB
}

// shape is [pyramid.Options].Shape.
func (w *levelWriter) shape(zoom int, id uint64, parts [][]coverage.Point) error {
	if w.tx == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	w.zooms[zoom] = true
	select {
	case w.rows <- levelRow{int16(zoom), int64(id), appendShape(nil, w.layer.Definition.Geometry, parts)}:
		return nil
	case err := <-w.copied:
		w.copied <- err
		return fmt.Errorf("tiles: levels: %w", err)
	}
}

func (w *levelWriter) begin() (err error) {
	if w.tx, err = w.db.Begin(w.ctx); err != nil {
		return fmt.Errorf("tiles: levels: %w", err)
	}
	if _, err = w.tx.Exec(w.ctx, "CREATE TEMPORARY TABLE tile_pieces (zoom int2 NOT NULL, fid int8 NOT NULL, geom geometry NOT NULL) ON COMMIT DROP"); err != nil {
		return fmt.Errorf("tiles: levels: %w", err)
	}
	w.rows, w.copied, w.zooms = make(chan levelRow, 1024), make(chan error, 1), map[int]bool{}
	go func() {
		_, err := w.tx.CopyFrom(w.ctx, pgx.Identifier{"tile_pieces"}, []string{"zoom", "fid", "geom"}, pgx.CopyFromFunc(func() ([]any, error) {
			r, more := <-w.rows
			if !more {
				return nil, nil
			}
			return []any{r.zoom, r.fid, r.geom}, nil
		}))
		w.copied <- err
	}()
	return nil
}

// finish makes the tables and returns the transaction, to be committed with the
// archive's record, and the zooms that have a table.
func (w *levelWriter) finish(fingerprint string) (pgx.Tx, []int, error) {
	zooms := []int{}
	if w.tx == nil {
		tx, err := w.db.Begin(w.ctx)
		w.tx = tx
		return tx, zooms, err
	}
	close(w.rows)
	err := <-w.copied
	w.rows = nil
	for zoom := 0; zoom <= LevelsTop && err == nil; zoom++ {
		if w.zooms[zoom] {
			zooms = append(zooms, zoom)
			err = w.table(zoom, levelTable(w.layer, fingerprint, zoom).Sanitize())
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("tiles: levels: %w", err)
	}
	return w.tx, zooms, nil
}

// table makes the table of one zoom from the pieces that were copied.
func (w *levelWriter) table(zoom int, table string) error {
	l := w.layer
	joined := map[layers.GeometryKind]string{
		layers.Polygon:    "ST_ForcePolygonCCW(ST_Union(geom))", // which is the right way round where y grows downward
		layers.LineString: "ST_LineMerge(ST_CollectionHomogenize(ST_Collect(geom)))",
		layers.Point:      "ST_CollectionHomogenize(ST_Collect(geom))",
	}[l.Definition.Geometry]
	sql := strings.NewReplacer("{level}", table, "{zoom}", fmt.Sprint(zoom), "{joined}", joined, "{importance}", importance(l),
		"{table}", l.From(), "{columns}", again(l)).Replace(levelTableSQL)
	for _, one := range []string{"DROP TABLE IF EXISTS " + table, sql, "CREATE INDEX ON " + table + " USING gist (geom)", "ANALYZE " + table} {
		if _, err := w.tx.Exec(w.ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// close gives up what was not committed.
func (w *levelWriter) close() {
	if w.tx == nil {
		return
	}
	if w.rows != nil { // the copy is under way still
		close(w.rows)
		<-w.copied
	}
	_ = w.tx.Rollback(context.WithoutCancel(w.ctx)) // after a commit there is nothing left to give up
}

// dropStrayLevels drops the tables that no archive has, as those of versions
// that were deleted.
func (a *Archives) dropStrayLevels(ctx context.Context) error {
	rows, err := a.db.Query(ctx, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'levels'")
	if err != nil {
		return fmt.Errorf("tiles: levels: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("tiles: levels: %w", err)
	}
	records, err := a.records(ctx) // after the tables: those that are made meanwhile are not in the list
	if err != nil {
		return err
	}
	owned := map[string]bool{}
	for _, r := range records {
		for _, t := range r.tables() {
			owned[t[1]] = true
		}
	}
	var failed error
	for _, t := range tables {
		if !owned[t] {
			_, err := a.db.Exec(ctx, "DROP TABLE IF EXISTS "+pgx.Identifier{"levels", t}.Sanitize())
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Level is the table with a layer's shapes as its archive draws them at a zoom, and
// that zoom: fid, geom in units of 4096 to a tile's side, x eastward and y southward
// from the north-west corner of EPSG:3857, and the columns that tiles carry. There
// is none above [LevelsTop], nor where no archive made one, nor while edits wait to be
// folded in or the layer is of an earlier time.
func (a *Archives) Level(l layers.Layer, zoom int) (pgx.Identifier, int, bool) {
	if l.Published == nil || l.Until != nil || a.Waiting(l) > 0 {
		return nil, 0, false
	}
	known := a.held.Load().known(l, grid.Mercator)
	if known == nil || !slices.Contains(known.Levels, zoom) {
		return nil, 0, false
	}
	return levelTable(l, known.Fingerprint, zoom), zoom, true
}
