package layers

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

var (
	//go:embed sql/as_of.sql
	asOfSQL string
	//go:embed sql/edit_at.sql
	editAtSQL string
)

// From is what a question about the layer's features is asked of, as SQL that
// stands where a table's name may: the version's table, or, where Until is set, a
// subquery with its columns. An index on geom or geom_3857 serves both; beside the
// table the subquery reads the edits that came after Until.
func (l Layer) From() string {
	if l.Until == nil {
		return l.Table().Sanitize()
	}
	columns := l.columns()
	return fill(asOfSQL, "{table}", l.Table().Sanitize(), "{columns}", listOf(columns, "f"), "{before_columns}", listOf(columns, "r"),
		"{layer}", quote(l.Definition.ID), "{version}", fmt.Sprint(l.Published.Number), "{until}", fmt.Sprint(*l.Until))
}

// EditedBeyond is a subquery of the numbers of all features that edits of the
// version beyond one have touched.
func (l Layer) EditedBeyond(edit int64) string {
	return fmt.Sprintf("(SELECT e.fid FROM catalogue.edits e WHERE e.layer = %s AND e.version = %d AND e.id > %d)", quote(l.Definition.ID), l.Published.Number, edit)
}

// columns are those of the version's table beside its number and its shapes.
func (l Layer) columns() []string {
	var names []string
	for _, f := range l.Columns.Fields {
		names = append(names, f.Name)
	}
	if l.Columns.KeepExtra {
		names = append(names, ExtraColumn)
	}
	return names
}

// listOf lists columns of a table of a query, each with a comma in front.
func listOf(names []string, table string) string {
	if len(names) == 0 {
		return ""
	}
	return ", " + columnsNamed(table, names)
}

// quote makes a text of the catalogue a constant of SQL.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// asOf is the layer with the edits of its version up to a time.
func (s *Store) asOf(ctx context.Context, l Layer, at time.Time) (Layer, error) {
	if l.Published.Edited == 0 {
		return l, nil
	}
	var until int64
	err := s.db.QueryRow(ctx, editAtSQL, pgx.StrictNamedArgs{"layer": l.Definition.ID, "version": l.Published.Number, "at": at}).Scan(&until)
	if err != nil {
		return Layer{}, fmt.Errorf("layers: edits of %s at %s: %w", l.Definition.ID, at.Format(time.RFC3339), err)
	}
	if until < l.Published.Edited {
		l.Until = &until
	}
	return l, nil
}
