package importers

import (
	"testing"

	"onemap/importers/gdal"
	"onemap/layers"
)

func TestOfFieldsThatMatchEquallyTheTypeDecides(t *testing.T) {
	for sentence, c := range map[string]struct {
		field layers.Field
		names []string
		kinds []gdal.FieldType
		want  string // the file's field
	}{
		"a number for a number": {
			layers.Field{Name: "area", Type: layers.Real, Aliases: []string{"MJ", "面积"}},
			[]string{"面积", "mj"},
			[]gdal.FieldType{gdal.String, gdal.Real},
			"mj",
		},
		"a whole number for a whole number": {
			layers.Field{Name: "floors", Type: layers.Integer, Aliases: []string{"CS", "层数"}},
			[]string{"CS", "层数"},
			[]gdal.FieldType{gdal.Real, gdal.Integer},
			"层数",
		},
		"text for a code": {
			layers.Field{Name: "code", Type: layers.Text, Aliases: []string{"DM", "代码"}},
			[]string{"DM", "代码"},
			[]gdal.FieldType{gdal.Real, gdal.String},
			"代码",
		},
		"a day for a day": {
			layers.Field{Name: "approved", Type: layers.Date, Aliases: []string{"PZSJ", "批准时间"}},
			[]string{"PZSJ", "批准时间"},
			[]gdal.FieldType{gdal.Integer, gdal.DateTime},
			"批准时间",
		},
		"the first where the types are alike": {
			layers.Field{Name: "area", Type: layers.Real, Aliases: []string{"MJ", "面积"}},
			[]string{"面积", "MJ"},
			[]gdal.FieldType{gdal.String, gdal.String},
			"面积",
		},
		"a surer name before a better type": {
			layers.Field{Name: "area", Type: layers.Real, Aliases: []string{"MJ"}},
			[]string{"MJ", "AREA"},
			[]gdal.FieldType{gdal.Real, gdal.String},
			"AREA",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			m, err := mapFields(layers.Definition{Fields: []layers.Field{c.field}}, c.names, c.kinds, Charset{}, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.matches) != 1 || m.matches[0].Source != c.want || len(m.unused) != 1 {
				t.Errorf("%+v, unused %v; want %s", m.matches, m.unused, c.want)
			}
		})
	}
}
