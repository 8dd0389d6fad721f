package search

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"onemap/layers"
	"onemap/spatial/cells"
	"onemap/spatial/names"
)

//go:embed sql/names.sql
var namesSQL string

// Layers are the layers that the index is made of: all that are defined.
func Layers(catalogue *layers.Catalogue) []string {
	ids := make([]string, len(catalogue.Layers))
	for i, l := range catalogue.Layers {
		ids[i] = l.Definition.ID
	}
	return ids
}

// Load reads the names and codes of all published layers. Those that last has
// already, in the same version, are taken over from it; last may be nil. It is a
// layers/follow.Build. It costs some ten microseconds a feature.
func Load(ctx context.Context, db *pgxpool.Pool, table *names.Table, catalogue *layers.Catalogue, last *Index) (*Index, error) {
	parts := make([]*Part, len(catalogue.Layers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for i, l := range catalogue.Layers {
		if l.Published == nil {
			continue
		}
		if parts[i] = last.same(l); parts[i] != nil {
			continue
		}
		group.Go(func() (err error) {
			parts[i], err = loadPart(ctx, db, table, l, catalogue.Dictionaries)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return NewIndex(table, slices.DeleteFunc(parts, func(p *Part) bool { return p == nil })), nil
}

// same returns the part of a layer's published version, or nil. What the
// definition says of the search must be as it was.
func (x *Index) same(l layers.Layer) *Part {
	if x == nil {
		return nil
	}
	p := x.byID[l.Definition.ID]
	if p == nil || p.Version != l.Published.Number || !slices.Equal(p.columns, columnsOf(l)) {
		return nil
	}
	return p
}

// columnsOf are the fields that a layer's features are found by: its label, if
// that is a text and no code, and the fields marked as searched.
func columnsOf(l layers.Layer) []column {
	var columns []column
	for _, f := range l.Fields() {
		if f.Type == layers.Text && f.Dictionary == "" && (f.Name == l.Definition.Label || f.Searched) {
			columns = append(columns, column{name: f.Name, right: f.Personal.Right()})
		}
	}
	return columns
}

func loadPart(ctx context.Context, db *pgxpool.Pool, table *names.Table, l layers.Layer, dictionaries map[string]layers.Dictionary) (*Part, error) {
	columns := columnsOf(l)
	labels := map[string]string{} // of the label's codes, where they come from a dictionary
	d := l.Definition
	label, labelled := l.Columns.Field(d.Label)
	if labelled && label.Dictionary != "" {
		for _, e := range dictionaries[label.Dictionary].Entries {
			labels[e.Code] = e.Name
		}
	}
	read := func(name string) string {
		if _, ok := l.Columns.Field(name); !ok {
			return "''"
		}
		return fmt.Sprintf("coalesce(f.%s::text, '')", pgx.Identifier{name}.Sanitize())
	}
	selected := []string{read(d.Label)}
	for _, key := range d.Key {
		selected = append(selected, read(key))
	}
	for _, c := range columns {
		selected = append(selected, read(c.name))
	}
	shape, order := "NULL::bytea", "f.fid"
	if isDivision(d) { // of those that share a border the lowest code has it, as of grid cells
		shape, order = "ST_AsBinary(f.geom, 'NDR')", read(d.Key[0])+` COLLATE "C", f.fid`
	}
	rows, err := db.Query(ctx, strings.NewReplacer(
		"{table}", l.Table().Sanitize(), "{columns}", strings.Join(selected, ", "), "{rank}", rankOf(l), "{shape}", shape, "{order}", order,
	).Replace(namesSQL))
	if err != nil {
		return nil, fmt.Errorf("search: reading %s: %w", d.ID, err)
	}
	defer rows.Close()
	b := newBuilder(table, d, l.Published.Number, columns)
	values := make([]string, len(selected))
	var one Item
	into := []any{&one.FID}
	for i := range values {
		into = append(into, &values[i])
	}
	var area []byte
	var areas []orb.MultiPolygon
	into = append(into, &one.Rank, &one.At[0], &one.At[1], &one.Box.Min[0], &one.Box.Min[1], &one.Box.Max[0], &one.Box.Max[1], &area)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("search: reading %s: %w", d.ID, err)
		}
		one.Label, one.Code = values[0], strings.Join(values[1:1+len(d.Key)], "/")
		if name, ok := labels[one.Label]; ok {
			one.Label = name
		}
		b.add(one, values[1+len(d.Key):])
		if area != nil {
			polygons, err := shapeOf(area)
			if err != nil {
				return nil, fmt.Errorf("search: reading %s, feature %d: %w", d.ID, one.FID, err)
			}
			areas = append(areas, polygons)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("search: reading %s: %w", d.ID, err)
	}
	p := b.done()
	if len(areas) > 0 {
		if p.area, err = cells.NewCoverage(areas); err != nil {
			return nil, fmt.Errorf("search: reading %s: %w", d.ID, err)
		}
	}
	return p, nil
}

// rankOf writes the expression of a layer's rank, more for what is more important.
func rankOf(l layers.Layer) string {
	name, less := strings.CutPrefix(l.Definition.Rank, "-")
	if _, ok := l.Columns.Field(name); !ok {
		return "0::float8"
	}
	sign := ""
	if less {
		sign = "-"
	}
	return fmt.Sprintf("coalesce(%sf.%s::float8, 0)", sign, pgx.Identifier{name}.Sanitize())
}
