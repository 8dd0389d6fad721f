package layers

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

// ErrNoDifference reports a version that was not compared with another: the
// layer's first one, or one from before there were comparisons.
var ErrNoDifference = errors.New("layers: version was not compared")

var (
	//go:embed sql/published_number.sql
	publishedNumberSQL string
	//go:embed sql/compare.sql
	compareSQL string
	//go:embed sql/count_difference.sql
	countDifferenceSQL string
	//go:embed sql/record_difference.sql
	recordDifferenceSQL string
	//go:embed sql/difference.sql
	differenceSQL string
	//go:embed sql/difference_rows.sql
	differenceRowsSQL string
)

// Difference counts the features in which a version differs from its base, the
// version that was published when it was compared. Features are the same when
// their business keys are equal.
type Difference struct {
	Layer           string           `db:"layer" json:"layer"`
	Version         int              `db:"version" json:"version"`
	Base            int              `db:"base" json:"base"`
	Added           int64            `db:"added" json:"added"`
	Removed         int64            `db:"removed" json:"removed"`
	Changed         int64            `db:"changed" json:"changed"` // in geometry, fields or both
	ChangedGeometry int64            `db:"changed_geometry" json:"changed_geometry"`
	ChangedFields   int64            `db:"changed_fields" json:"changed_fields"`
	Unchanged       int64            `db:"unchanged" json:"unchanged"`
	Fields          map[string]int64 `db:"fields" json:"fields"` // field to features in which it changed
	ComputedAt      time.Time        `db:"computed_at" json:"computed_at"`
}

// DifferenceTable is the table that holds the features in which a version differs from its base.
func DifferenceTable(layer string, version int) pgx.Identifier {
	return pgx.Identifier{"differences", Table(layer, version)[1]}
}

// Compare compares a version with the published one, or again if that has
// changed, and keeps the outcome. Without a published version it returns an
// [ErrNoDifference]. It reads both versions once: see the test of publishing for its cost. It
// needs the right [access.Import].
func (s *Store) Compare(ctx context.Context, layer string, number int) (Difference, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return Difference{}, err
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		def, err := definitionOf(ctx, tx, layer, number)
		if err != nil {
			return err
		}
		table := DifferenceTable(layer, number)
		if _, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+table.Sanitize()); err != nil {
			return err
		}
		d, err := compare(ctx, tx, def, Table(layer, number), table)
		if err != nil {
			return err
		}
		return d.record(ctx, tx, number)
	})
	if err != nil {
		return Difference{}, fmt.Errorf("layers: comparing version %d of %s: %w", number, layer, err)
	}
	return s.Difference(ctx, layer, number)
}

// Difference returns how a version differs from its base; else an [ErrNoDifference].
func (s *Store) Difference(ctx context.Context, layer string, number int) (Difference, error) {
	missing := fmt.Errorf("%w: %s v%d", ErrNoDifference, layer, number)
	d, err := oneRow(ctx, s.db, missing, pgx.RowToStructByName[Difference], differenceSQL, pgx.StrictNamedArgs{"layer": layer, "version": number})
	if err != nil {
		return Difference{}, fmt.Errorf("layers: difference of version %d of %s: %w", number, layer, err)
	}
	return d, nil
}

// DifferenceRow is a feature in which a version differs from its base.
type DifferenceRow struct {
	N               int64           `db:"n"`        // its number in the difference, from 1
	Kind            string          `db:"kind"`     // added, removed or changed
	Key             string          `db:"key"`      // its business key, parts separated by spaces
	FID             *int64          `db:"fid"`      // in the version; nil when removed
	BaseFID         *int64          `db:"base_fid"` // in the base; nil when added
	GeometryChanged bool            `db:"geometry_changed"`
	Fields          []string        `db:"fields"`          // that changed
	Geometry        json.RawMessage `db:"geometry"`        // GeoJSON of the version's feature, of the base's when removed
	Properties      json.RawMessage `db:"properties"`      // in the version
	BaseProperties  json.RawMessage `db:"base_properties"` // in the base
}

// DifferenceQuery asks for a page of a difference.
type DifferenceQuery struct {
	FeatureQuery
	Kind string // added, removed or changed; "" is all
}

// DifferenceRows returns a page of a difference, and the number to continue
// after, or 0 when this was the last page.
func (s *Store) DifferenceRows(ctx context.Context, d Difference, q DifferenceQuery) ([]DifferenceRow, int64, error) {
	failed := func(err error) ([]DifferenceRow, int64, error) {
		return nil, 0, fmt.Errorf("layers: difference of version %d of %s: %w", d.Version, d.Layer, err)
	}
	ours, err := definitionOf(ctx, s.db, d.Layer, d.Version)
	if err != nil {
		return failed(err)
	}
	theirs, err := definitionOf(ctx, s.db, d.Layer, d.Base)
	if err != nil {
		return failed(err)
	}
	var bounds []float64
	if q.Bounds != nil {
		bounds = q.Bounds[:]
	}
	sql := fill(differenceRowsSQL,
		"{difference}", DifferenceTable(d.Layer, d.Version).Sanitize(),
		"{table}", Table(d.Layer, d.Version).Sanitize(), "{base}", Table(d.Layer, d.Base).Sanitize(),
		"{columns}", columnsOf("f", ours.Fields), "{base_columns}", columnsOf("b", theirs.Fields))
	rows, err := s.db.Query(ctx, sql, pgx.StrictNamedArgs{"after": q.After, "limit": q.Limit + 1, "kind": q.Kind, "bounds": bounds})
	if err != nil {
		return failed(err)
	}
	page, err := pgx.CollectRows(rows, pgx.RowToStructByName[DifferenceRow])
	if err != nil {
		return failed(err)
	}
	page, next := cutPage(page, q.Limit, func(r DifferenceRow) int64 { return r.N })
	return page, next, nil
}

// compare fills the table difference with what differs between table, which
// has the columns of def, and the published version.
func compare(ctx context.Context, tx pgx.Tx, def Definition, table, difference pgx.Identifier) (Difference, error) {
	var base *int
	if err := tx.QueryRow(ctx, publishedNumberSQL, pgx.StrictNamedArgs{"layer": def.ID}).Scan(&base); err != nil {
		return Difference{}, err
	}
	if base == nil {
		return Difference{}, fmt.Errorf("%w: of %s nothing is published", ErrNoDifference, def.ID)
	}
	theirs, err := definitionOf(ctx, tx, def.ID, *base)
	if err != nil {
		return Difference{}, err
	}
	// Sorting and joining keys; given back with the transaction.
	if _, err := tx.Exec(ctx, "SET LOCAL work_mem = '64MB'"); err != nil {
		return Difference{}, err
	}
	common := commonFields(def, theirs)
	replace := func(sql string) string {
		return fill(sql, "{difference}", difference.Sanitize(), "{table}", table.Sanitize(),
			"{base}", Table(def.ID, *base).Sanitize(), "{key}", keyOf(def, common), "{changed}", changedFields(common))
	}
	for _, statement := range []string{
		replace(compareSQL),
		replace("ALTER TABLE {difference} ADD PRIMARY KEY (n)"),
		replace("CREATE INDEX ON {difference} (fid)"),
		replace("CREATE INDEX ON {difference} (base_fid)"),
		replace("ANALYZE {difference}"),
		"SET LOCAL work_mem = DEFAULT",
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return Difference{}, err
		}
	}
	d := Difference{Layer: def.ID, Base: *base}
	err = tx.QueryRow(ctx, replace(countDifferenceSQL)).Scan(
		&d.Added, &d.Removed, &d.Changed, &d.ChangedGeometry, &d.ChangedFields, &d.Unchanged, &d.Fields)
	return d, err
}

// record keeps the counts as those of a version.
func (d Difference) record(ctx context.Context, tx pgx.Tx, version int) error {
	_, err := tx.Exec(ctx, recordDifferenceSQL, pgx.StrictNamedArgs{
		"layer": d.Layer, "version": version, "base": d.Base, "added": d.Added, "removed": d.Removed, "changed": d.Changed,
		"changed_geometry": d.ChangedGeometry, "changed_fields": d.ChangedFields, "unchanged": d.Unchanged, "fields": d.Fields,
	})
	return err
}

// definitionOf returns the definition that a version was imported under.
func definitionOf(ctx context.Context, db querier, layer string, number int) (Definition, error) {
	missing := fmt.Errorf("%w: %s has no version %d", ErrUnknownVersion, layer, number)
	return oneRow(ctx, db, missing, pgx.RowTo[Definition], versionDefinitionSQL, pgx.StrictNamedArgs{"layer": layer, "number": number})
}

// commonFields are the fields that both versions have as columns of one type.
func commonFields(ours, theirs Definition) []string {
	var names []string
	for _, f := range ours.Fields {
		if other, ok := theirs.Field(f.Name); ok && columnType(other) == columnType(f) {
			names = append(names, f.Name)
		}
	}
	return names
}

// keyOf is the SQL of a feature's business key. A layer without one, or whose
// key a version lacks, is compared by content: nothing changes then, features
// come and go.
func keyOf(def Definition, common []string) string {
	has := map[string]bool{}
	for _, name := range common {
		has[name] = true
	}
	var parts []string
	for _, name := range def.Key {
		if !has[name] {
			parts = nil
			break
		}
		parts = append(parts, fmt.Sprintf("coalesce(f.%s::text, '')", pgx.Identifier{name}.Sanitize()))
	}
	if len(parts) > 0 {
		return "(" + strings.Join(parts, " || ' ' || ") + `) COLLATE "C"`
	}
	content := []string{"f.geom::bytea::text"}
	for _, name := range common {
		content = append(content, fmt.Sprintf("f.%s::text", pgx.Identifier{name}.Sanitize()))
	}
	return fmt.Sprintf(`md5(ROW(%s)::text) COLLATE "C"`, strings.Join(content, ", "))
}

// changedFields is the SQL of the list of fields in which the rows a and b differ.
func changedFields(names []string) string {
	if len(names) == 0 {
		return "ARRAY[]::text[]"
	}
	cases := make([]string, len(names))
	for i, name := range names {
		column := pgx.Identifier{name}.Sanitize()
		cases[i] = fmt.Sprintf("CASE WHEN a.%s IS DISTINCT FROM b.%s THEN '%s' END", column, column, strings.ReplaceAll(name, "'", "''"))
	}
	// Most rows are equal, and are found so without making a list.
	return fmt.Sprintf("CASE WHEN ROW(%s) IS DISTINCT FROM ROW(%s) THEN array_remove(ARRAY[%s], NULL) ELSE ARRAY[]::text[] END",
		columnsNamed("a", names), columnsNamed("b", names), strings.Join(cases, ", "))
}

// columnsOf is a select list of fields of one table of a query.
func columnsOf(table string, fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return columnsNamed(table, names)
}

func columnsNamed(table string, names []string) string {
	columns := make([]string, len(names))
	for i, name := range names {
		columns[i] = table + "." + pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(columns, ", ")
}
