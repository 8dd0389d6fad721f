package cells

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"golang.org/x/sync/errgroup"

	"onemap/layers"
)

//go:embed sql/cells.sql
var cellsSQL string

// Load reads the published versions of the tiers. Those that last has already,
// in the same version, are taken over from it; last may be nil. It is a
// layers/follow.Build.
func Load(ctx context.Context, db *pgxpool.Pool, catalogue *layers.Catalogue, last *Index) (*Index, error) {
	levels := make([]*Tier, len(tiers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(3)
	for i, candidates := range tiers {
		l, ok := firstPublished(catalogue, candidates)
		if !ok {
			continue
		}
		if levels[i] = last.same(l); levels[i] != nil {
			continue
		}
		group.Go(func() (err error) {
			levels[i], err = loadTier(ctx, db, l)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return NewIndex(slices.DeleteFunc(levels, func(t *Tier) bool { return t == nil || len(t.cells) == 0 })), nil
}

func firstPublished(catalogue *layers.Catalogue, candidates []string) (layers.Layer, bool) {
	for _, id := range candidates {
		if l, err := catalogue.PublishedLayer(id); err == nil {
			return l, true
		}
	}
	return layers.Layer{}, false
}

// same returns the tier of a layer's published version, or nil.
func (x *Index) same(l layers.Layer) *Tier {
	if x == nil {
		return nil
	}
	for _, t := range x.tiers {
		if t.Definition.ID == l.Definition.ID && t.Version == l.Published.Number {
			return t
		}
	}
	return nil
}

// attributes are the columns of a cell beside its code, in the order they are read.
var attributes = []string{"name", "parent", "kind", "beidou_code", "responsible"}

func loadTier(ctx context.Context, db *pgxpool.Pool, l layers.Layer) (*Tier, error) {
	roles := rolesOf(l)
	var columns []string
	add := func(name, kind, fallback string) {
		column := fallback
		if _, ok := l.Columns.Field(name); ok {
			column = fmt.Sprintf("coalesce(f.%s::%s, %s)", pgx.Identifier{name}.Sanitize(), kind, fallback)
		}
		columns = append(columns, column)
	}
	for _, name := range attributes {
		add(name, "text", "''")
	}
	for _, name := range []string{"households", "population"} {
		add(name, "bigint", "NULL::bigint")
	}
	for _, r := range roles {
		add(r.ID+"_name", "text", "''")
		add(r.ID+"_phone", "text", "''")
	}
	sql := strings.NewReplacer("{table}", l.Table().Sanitize(), "{columns}", strings.Join(columns, ", ")).Replace(cellsSQL)
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("cells: reading %s: %w", l.Definition.ID, err)
	}
	var cells []Cell
	var shapes []orb.MultiPolygon
	defer rows.Close()
	for rows.Next() {
		c := Cell{People: make([]Person, len(roles))}
		var shape []byte
		into := []any{&c.Code, &c.Name, &c.Parent, &c.Kind, &c.BeiDou, &c.Responsible, &c.Households, &c.Population}
		for i := range c.People {
			into = append(into, &c.People[i].Name, &c.People[i].Phone)
		}
		if err := rows.Scan(append(into, &shape)...); err != nil {
			return nil, fmt.Errorf("cells: reading %s: %w", l.Definition.ID, err)
		}
		one, err := polygons(shape)
		if err != nil {
			return nil, fmt.Errorf("cells: reading %s, cell %s: %w", l.Definition.ID, c.Code, err)
		}
		cells, shapes = append(cells, c), append(shapes, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("cells: reading %s: %w", l.Definition.ID, err)
	}
	return NewTier(l.Definition, l.Published.Number, roles, cells, shapes)
}

// rolesOf finds the people that a layer's cells have: a field for the name and
// one for the phone, as worker_name and worker_phone.
func rolesOf(l layers.Layer) []Role {
	var roles []Role
	for _, f := range l.Fields() {
		id, ok := strings.CutSuffix(f.Name, "_name")
		if _, phone := l.Columns.Field(id + "_phone"); ok && phone {
			roles = append(roles, Role{ID: id, Name: f.Label, NameEN: f.LabelEN})
		}
	}
	return roles
}

func polygons(shape []byte) (orb.MultiPolygon, error) {
	if shape == nil {
		return nil, nil
	}
	g, err := wkb.Unmarshal(shape)
	if err != nil {
		return nil, err
	}
	switch g := g.(type) {
	case orb.MultiPolygon:
		return g, nil
	case orb.Polygon:
		return orb.MultiPolygon{g}, nil
	default:
		return nil, fmt.Errorf("%w: a %s", ErrShape, g.GeoJSONType())
	}
}
