package layers

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

var (
	//go:embed sql/table.sql
	tableSQL string
	//go:embed sql/table_count.sql
	tableCountSQL string
	//go:embed sql/table_statistics.sql
	tableStatisticsSQL string
)

// TableQuery asks for rows of a layer's attribute table.
type TableQuery struct {
	Where  []Condition // all of them hold
	Bounds *Bounds     // only features whose envelope meets it
	Sort   string      // field to sort by, empty values last; "" is by feature number
	Down   bool        // the largest value first
	Offset int         // rows to leave out, 0 or more
	Limit  int         // most rows, 1 or more
	Shapes bool        // with geometry
}

// TableRow is a feature as a row of its layer's table.
type TableRow struct {
	FID        int64           `db:"fid" json:"id"`
	Properties json.RawMessage `db:"properties" json:"properties"`       // an object of the layer's fields in their order
	Bounds     []float64       `db:"bounds" json:"bbox"`                 // west, south, east, north in EPSG:4490 degrees; nil without a shape
	Geometry   json.RawMessage `db:"geometry" json:"geometry,omitempty"` // GeoJSON, longitude first; only where shapes were asked for
}

// Table returns a page of rows, and how many rows there are in all. What the
// principal may not see whole it can neither ask for nor sort by: such a field is
// an [ErrCondition], as is a value that is none of the field's type. It costs a
// look at every feature.
func (s *Store) Table(ctx context.Context, l Layer, q TableQuery) (rows []TableRow, total int64, err error) {
	conditions, args, err := l.conditions(ctx, q.Where)
	if err != nil {
		return nil, 0, err
	}
	order := ""
	if q.Sort != "" {
		f, err := l.askable(ctx, q.Sort)
		if err != nil {
			return nil, 0, err
		}
		order = pgx.Identifier{"f", f.Name}.Sanitize() + map[bool]string{false: " ASC", true: " DESC"}[q.Down] + " NULLS LAST, "
	}
	args["bounds"] = q.Bounds.numbers()
	count := fill(tableCountSQL, "{table}", l.From(), "{conditions}", conditions)
	if err := s.db.QueryRow(ctx, count, args).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("layers: counting rows of %s: %w", l.Definition.ID, err)
	}
	args["offset"], args["limit"], args["shapes"] = q.Offset, q.Limit, q.Shapes
	sql := fill(tableSQL, "{table}", l.From(), "{conditions}", conditions, "{order}", order, "{columns}", l.ShownColumns(ctx, "f"))
	found, err := s.db.Query(ctx, sql, args)
	if err == nil {
		rows, err = pgx.CollectRows(found, pgx.RowToStructByName[TableRow])
	}
	if err != nil {
		return nil, 0, fmt.Errorf("layers: rows of %s: %w", l.Definition.ID, err)
	}
	return rows, total, nil
}

func (b *Bounds) numbers() []float64 {
	if b == nil {
		return nil
	}
	return b[:]
}

// MaxTableValues is how many of a field's values its statistics list.
const MaxTableValues = 50

// Statistics say what the values of one field are like.
type Statistics struct {
	Count    int64           `db:"count" json:"count"`       // rows
	Empty    int64           `db:"empty" json:"empty"`       // of them without a value
	Distinct int64           `db:"distinct" json:"distinct"` // different values
	Least    *string         `db:"least" json:"min"`         // as text; nil without any value
	Most     *string         `db:"most" json:"max"`          //
	Sum      *float64        `db:"sum" json:"sum,omitempty"` // of numbers, in the field's unit
	Mean     *float64        `db:"mean" json:"mean,omitempty"`
	Values   json.RawMessage `db:"values" json:"values"` // the most frequent first: {value, count}, at most [MaxTableValues]
}

// TableStatistics tells of one field of the rows that a query's conditions and
// bounds leave. Fields are refused as [Store.Table] refuses them.
func (s *Store) TableStatistics(ctx context.Context, l Layer, field string, q TableQuery) (Statistics, error) {
	f, err := l.askable(ctx, field)
	if err != nil {
		return Statistics{}, err
	}
	conditions, args, err := l.conditions(ctx, q.Where)
	if err != nil {
		return Statistics{}, err
	}
	value, sums := pgx.Identifier{"f", f.Name}.Sanitize(), "NULL::float8 AS sum, NULL::float8 AS mean,"
	switch f.Type {
	case Integer, Real, Decimal:
		sums = "(SELECT sum(value)::float8 FROM met) AS sum, (SELECT avg(value)::float8 FROM met) AS mean,"
	case Text:
		value = "nullif(btrim(" + value + "), '')"
	case Boolean:
		value += "::text" // min and max know no booleans
	}
	args["bounds"], args["values"] = q.Bounds.numbers(), MaxTableValues
	sql := fill(tableStatisticsSQL, "{table}", l.From(), "{conditions}", conditions, "{value}", value, "{sums}", sums)
	found, err := oneRow(ctx, s.db, nil, pgx.RowToStructByName[Statistics], sql, args)
	if err != nil {
		return Statistics{}, fmt.Errorf("layers: statistics of %s of %s: %w", field, l.Definition.ID, err)
	}
	return found, nil
}

// askable is a field that the principal may ask for.
func (l Layer) askable(ctx context.Context, name string) (Field, error) {
	for _, f := range l.Fields() {
		if f.Name == name {
			if !f.ShowsPersonal(ctx) { // else what is masked could be found out by asking
				return Field{}, fmt.Errorf("%w: %s says something of people that is not shown", ErrCondition, name)
			}
			return f, nil
		}
	}
	return Field{}, fmt.Errorf("%w: %s has no field %.60q", ErrCondition, l.Definition.ID, name)
}

// conditions are those of a WHERE, and the arguments they bind.
func (l Layer) conditions(ctx context.Context, where []Condition) (string, pgx.StrictNamedArgs, error) {
	args := pgx.StrictNamedArgs{}
	parts := []string{"true"}
	for i, c := range where {
		f, err := l.askable(ctx, c.Field)
		if err != nil {
			return "", nil, err
		}
		name := fmt.Sprintf("value%d", i)
		part, value, err := c.sql(f, name)
		if err != nil {
			return "", nil, err
		}
		if value != nil {
			args[name] = value
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " AND "), args, nil
}
