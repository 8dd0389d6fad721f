package layers

import (
	"errors"
	"testing"
)

func TestRulesThatCannotBeCarriedOutAreRefused(t *testing.T) {
	d := Definition{
		ID: "parcel", Name: "图斑", NameEN: "Parcels", Geometry: Polygon, Key: []string{"code"}, Sensitivity: Public, Department: "d", Source: "s", MaxZoom: 14,
		Fields: []Field{
			{Name: "code", Label: "编号", LabelEN: "Code", Type: Text},
			{Name: "area", Label: "面积", LabelEN: "Area", Type: Decimal, Scale: 2},
		},
	}
	point := d
	point.Geometry = Point
	for name, c := range map[string]struct {
		of   Definition
		rule Rule
		ok   bool
	}{
		"a stated area":                   {d, Rule{Check: "stated_area", Field: "area", Share: 0.01}, true},
		"an id of its own":                {d, Rule{ID: "mine", Check: "overlap", Level: Error}, true},
		"an unknown check":                {d, Rule{Check: "beauty"}, false},
		"an unknown level":                {d, Rule{Check: "overlap", Level: "grave"}, false},
		"an unknown field":                {d, Rule{Check: "stated_area", Field: "size"}, false},
		"no field where one is needed":    {d, Rule{Check: "stated_area"}, false},
		"a member that the check hasn't":  {d, Rule{Check: "overlap", Share: 0.1}, false},
		"a negative limit":                {d, Rule{Check: "overlap", Tolerance: -1}, false},
		"a sum of nothing":                {d, Rule{Check: "sum", Field: "area"}, false},
		"codes of a field without any":    {d, Rule{Check: "codes", Field: "code"}, false},
		"overlaps of points":              {point, Rule{Check: "overlap"}, false},
		"a name of a field without codes": {d, Rule{Check: "code_name", Field: "code", Name: "area"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.of.Rules = []Rule{c.rule}
			err := c.of.check(nil)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrInvalidDefinition) {
				t.Errorf("got %v", err)
			}
		})
	}
	d.Rules = []Rule{{Check: "overlap"}, {Check: "overlap", Level: Off}}
	if err := d.check(nil); !errors.Is(err, ErrInvalidDefinition) {
		t.Errorf("the same rule twice: %v", err)
	}
}
