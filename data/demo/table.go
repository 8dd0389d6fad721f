package demo

import (
	"fmt"

	"github.com/paulmach/orb"

	"onemap/layers"
)

// table is the rows of one layer, made one by one while they are written.
type table struct {
	layer  layers.Definition
	fields []layers.Field
	count  int
	// row returns the shape of row i, in metres of EPSG:4546, and its values in
	// the order of fields: nil, string, int, float64, bool or time.Time.
	row func(i int) (orb.Geometry, []any)
}

// newTable starts a table with the named fields of a layer, then synthetic,
// which is true in every row.
func (c *city) newTable(layer string, count int, fields []string, row func(i int) (orb.Geometry, []any)) table {
	t := table{layer: c.layers[layer], count: count}
	for _, name := range append(fields, "synthetic") {
		f, known := t.layer.Field(name)
		if !known {
			panic(fmt.Sprintf("demo: layer %s has no field %s", layer, name)) // a fault of this package, found by any run
		}
		t.fields = append(t.fields, f)
	}
	t.row = func(i int) (orb.Geometry, []any) {
		shape, values := row(i)
		return shape, append(values, true)
	}
	return t
}

// mustBe marks rows of which the layer has a remark.
const mustBe = "演示数据"
