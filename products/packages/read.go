package packages

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/layers"
)

//go:embed sql/rows.sql
var rowsSQL string

// row is a feature on its way into a package.
type row struct {
	fid    int64
	shape  []byte // WKB, little-endian, of the Multi form
	values []any  // of the part's fields, as spatial/files takes them
}

// each reads the features of a part that the request takes, one by one.
func (k *Packer) each(ctx context.Context, catalogue *layers.Catalogue, p Plan, one part, take func(row) error) error {
	area, code := "NULL::geometry", ""
	if p.Request.Area != "" {
		l, err := k.areaLayer(ctx, catalogue, p.Request.Area)
		if err != nil {
			return err
		}
		// The text is a layer's table; the code is bound.
		area, code = "(SELECT ST_Union(d.geom) FROM "+l.From()+" d WHERE d.code = @code)", p.Request.Area
	}
	args := pgx.StrictNamedArgs{"srid": p.system.Code(), "clip": p.Request.Clip, "dimension": dimension(one.layer.Definition.Geometry), "bounds": nil}
	if p.Request.Area != "" {
		args["code"] = code
	} else if p.extent != nil {
		args["bounds"] = p.extent[:]
	}
	columns, names := "", ""
	if len(one.fields) > 0 {
		names = ", " + one.layer.ShownColumns(ctx, "f")
	}
	for _, f := range one.fields {
		column := pgx.Identifier{"f", f.Name}.Sanitize()
		if f.Type == layers.Decimal {
			column += "::float8"
		}
		columns += ", " + column
	}
	sql := strings.NewReplacer("{area}", area, "{columns}", columns, "{names}", names, "{table}", one.layer.From()).Replace(rowsSQL)
	rows, err := k.db.Query(ctx, sql, args)
	if err != nil {
		return fmt.Errorf("packages: features of %s: %w", one.layer.Definition.ID, err)
	}
	defer rows.Close()
	geometry := geometryName(one.layer.Definition.Geometry)
	for rows.Next() {
		all, err := rows.Values()
		if err != nil {
			return fmt.Errorf("packages: features of %s: %w", one.layer.Definition.ID, err)
		}
		r := row{values: all[2:]}
		r.fid, _ = all[0].(int64)
		r.shape, _ = all[1].([]byte)
		if one.filter != nil && !one.filter.Matches(uint64(r.fid), geometry, r.named(one.fields)) {
			continue
		}
		if err := take(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("packages: features of %s: %w", one.layer.Definition.ID, err)
	}
	return nil
}

// named gives a value by its field's name, as filters take it: tiles carry times as
// texts and all numbers as doubles.
func (r row) named(fields []layers.Field) func(string) any {
	return func(name string) any {
		for i, f := range fields {
			if f.Name != name {
				continue
			}
			switch v := r.values[i].(type) {
			case int64:
				return float64(v)
			case time.Time:
				if f.Type == layers.Date {
					return v.Format(time.DateOnly)
				}
				return v.UTC().Format(time.RFC3339)
			default:
				return v
			}
		}
		return nil
	}
}

// dimension is what PostGIS calls the kind where it takes pieces of a collection.
func dimension(k layers.GeometryKind) int {
	switch k {
	case layers.Point:
		return 1
	case layers.LineString:
		return 2
	}
	return 3
}

// geometryName is that of the style specification.
func geometryName(k layers.GeometryKind) string {
	return map[layers.GeometryKind]string{layers.Point: "Point", layers.LineString: "LineString", layers.Polygon: "Polygon"}[k]
}
