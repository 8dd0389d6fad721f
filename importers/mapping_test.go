package importers

import (
	"errors"
	"fmt"
	"strings"
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
			var fields []sourceField
			for i, name := range c.names {
				fields = append(fields, sourceField{name: name, kind: c.kinds[i]})
			}
			m, err := mapFields(layers.Definition{Fields: []layers.Field{c.field}}, fields, Charset{}, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.matches) != 1 || m.matches[0].Source != c.want || len(m.unused) != 1 {
				t.Errorf("%+v, unused %v; want %s", m.matches, m.unused, c.want)
			}
		})
	}
}

func TestNamesCutOffThatCouldBeSeveralFields(t *testing.T) {
	text, number := gdal.String, gdal.Real
	def := layers.Definition{Fields: []layers.Field{
		{Name: "qsdwdm", Label: "权属单位代码", Type: layers.Text, Required: true},
		{Name: "qsdwmc", Label: "权属单位名称", Type: layers.Text, Required: true},
		{Name: "kcdlbm", Label: "扣除地类编码", Type: layers.Text},
		{Name: "kcxs", Label: "扣除地类系数", Type: layers.Decimal},
		{Name: "kcmj", Label: "扣除地类面积", Type: layers.Decimal},
	}}
	owners := []sourceField{{"权属单", "", text}, {"权属单", "", text}}
	for sentence, c := range map[string]struct {
		fields   []sourceField
		explicit map[string]string
		want     string // FIELD=column, from 1
		remarks  int
		missing  bool
	}{
		"as many columns as fields, in order":      {fields: owners, want: "qsdwdm=1 qsdwmc=2", remarks: 1},
		"a text is the one text":                   {fields: append(owners, sourceField{"扣除地", "", text}), want: "qsdwdm=1 qsdwmc=2 kcdlbm=3", remarks: 2},
		"a number could be two":                    {fields: append(owners, sourceField{"扣除地", "", number}), want: "qsdwdm=1 qsdwmc=2", remarks: 2},
		"two numbers are the two":                  {fields: append(owners, sourceField{"扣除地", "", number}, sourceField{"扣除地", "", number}), want: "qsdwdm=1 qsdwmc=2 kcxs=3 kcmj=4", remarks: 2},
		"a person says which":                      {fields: append(owners, sourceField{"扣除地", "", number}), explicit: map[string]string{"#3": "kcmj"}, want: "qsdwdm=1 qsdwmc=2 kcmj=3", remarks: 1},
		"one column for two that must be":          {fields: owners[:1], missing: true},
		"an alias of the file's where names don't": {fields: []sourceField{{"F1", "权属单位代码", text}, {"F2", "权属单位名称", text}}, want: "qsdwdm=1 qsdwmc=2"},
	} {
		t.Run(sentence, func(t *testing.T) {
			m, err := mapFields(def, c.fields, charsetUTF8, true, c.explicit)
			if c.missing {
				if !errors.Is(err, ErrFields) || !strings.Contains(err.Error(), "#1") {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, one := range m.matches {
				got = append(got, fmt.Sprintf("%s=%d", one.Field, one.source+1))
			}
			if strings.Join(got, " ") != c.want || len(m.remarks) != c.remarks {
				t.Errorf("got %v, remarks %v; want %s, %d", got, m.remarks, c.want, c.remarks)
			}
		})
	}
}
