package layers

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

// ShowsPersonal tells whether the context's principal sees what a field says of
// people: with the field's right, and where the principal brings or changes the
// data itself. Others see it masked.
func (f Field) ShowsPersonal(ctx context.Context) bool {
	right := f.Personal.Right()
	return right == "" || access.From(ctx).May(right) || access.From(ctx).May(access.Import) || access.From(ctx).May(access.Edit)
}

// ShownColumns is the select list of the layer's fields, as SQL, as the context's
// principal may see them. The fields are those of the table or subquery with the
// alias; what is personal is masked as [access.MaskPerson] does it.
func (l Layer) ShownColumns(ctx context.Context, alias string) string {
	var columns []string
	for _, f := range l.Fields() {
		column := pgx.Identifier{alias, f.Name}.Sanitize()
		switch {
		case f.ShowsPersonal(ctx):
		case f.Type == Text:
			column = fmt.Sprintf(maskedSQL, column, pgx.Identifier{f.Name}.Sanitize())
		default:
			column = "NULL AS " + pgx.Identifier{f.Name}.Sanitize()
		}
		columns = append(columns, column)
	}
	if l.Columns.KeepExtra { // what it holds is not known, so it is for those who bring the data
		if access.From(ctx).May(access.Import) || !l.hasPersonal() {
			columns = append(columns, pgx.Identifier{alias, ExtraColumn}.Sanitize())
		}
	}
	return strings.Join(columns, ", ")
}

func (l Layer) hasPersonal() bool {
	for _, f := range l.Fields() {
		if f.Personal != "" {
			return true
		}
	}
	return false
}

// maskedSQL masks a text: of a number the first three and the last four of at
// least eleven digits are kept, of a name the first character.
const maskedSQL = `CASE WHEN btrim(%[1]s) = '' THEN '' WHEN btrim(%[1]s) !~ '[0-9]{4}' THEN left(btrim(%[1]s), 1) || '**' ` +
	`WHEN length(btrim(%[1]s)) < 11 THEN '****' ELSE left(btrim(%[1]s), 3) || '****' || right(btrim(%[1]s), 4) END AS %[2]s`
