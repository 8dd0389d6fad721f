package quality

import (
	"slices"

	"onemap/layers"
)

// Dimension is the side of quality that a rule is about.
type Dimension string

// The dimensions; each has a score.
const (
	Completeness Dimension = "completeness"
	Validity     Dimension = "validity"
	Consistency  Dimension = "consistency"
	Timeliness   Dimension = "timeliness"
	Trust        Dimension = "trust"
)

// kind is what is known of a check beside its code.
type kind struct {
	level     layers.Level // where the rule gives none
	dimension Dimension
	whole     bool // about the version as a whole: an error doesn't refuse rows
	zh, en    string
}

// kinds are the checks; their names are those of layers.Checks.
func kinds() map[string]kind {
	return map[string]kind{
		"required":           {layers.Error, Completeness, false, "必填字段为空", "Required field empty"},
		"value":              {layers.Error, Validity, false, "值无法识读", "Value can't be read"},
		"position":           {layers.Error, Trust, false, "坐标与坐标系不符", "Position not of the coordinate system"},
		"geometry":           {layers.Error, Validity, false, "图形缺失或无法修复", "Geometry missing or beyond repair"},
		"repair":             {layers.Remark, Validity, false, "图形无效，已修复", "Invalid geometry, repaired"},
		"self_touch":         {layers.Remark, Validity, false, "环自接触，已修复", "Ring touches itself, repaired"},
		"mended_value":       {layers.Remark, Validity, false, "值已调整", "Value adjusted"},
		"codes":              {layers.Warning, Validity, false, "代码不在字典中", "Code not in the dictionary"},
		"code_name":          {layers.Warning, Consistency, false, "代码与名称不一致", "Code and name disagree"},
		"sum":                {layers.Warning, Consistency, false, "数值关系不成立", "Amounts don't add up"},
		"stated_area":        {layers.Warning, Consistency, false, "填报面积与椭球面积不符", "Stated and ellipsoidal area differ"},
		"dates":              {layers.Warning, Timeliness, false, "日期不合理", "Date out of reason"},
		"year":               {layers.Warning, Timeliness, false, "年份不合理", "Year out of reason"},
		"outside":            {layers.Warning, Trust, false, "位于市域之外", "Outside the city"},
		"precision":          {layers.Remark, Trust, true, "坐标小数位不足", "Too few decimals in coordinates"},
		"spike":              {layers.Warning, Validity, false, "边界尖刺", "Spike in the boundary"},
		"duplicate_key":      {layers.Error, Consistency, true, "业务主键重复", "Duplicate business key"},
		"duplicate_geometry": {layers.Warning, Consistency, true, "图形重复", "Duplicate geometry"},
		"overlap":            {layers.Warning, Consistency, true, "图斑重叠", "Overlapping features"},
		"gap":                {layers.Warning, Consistency, true, "图斑缝隙", "Gap between features"},
		"count_change":       {layers.Warning, Consistency, true, "要素数量变化过大", "Number of features changed much"},
		"area_change":        {layers.Warning, Consistency, true, "总面积变化过大", "Total area changed much"},
	}
}

// Rules returns the rules of a layer, in the order of reports: those that
// follow from its fields, changed and followed by those that its file gives.
func Rules(d layers.Definition) []layers.Rule {
	rules := []layers.Rule{
		{Check: "required"},
		{Check: "value"},
		{Check: "position"},
		{Check: "geometry"},
		{Check: "repair"},
		{Check: "mended_value"},
		{Check: "outside"},
		{Check: "precision", Decimals: 5, Share: 0.01},
		{Check: "duplicate_key"},
		{Check: "count_change", Share: 0.2},
	}
	if d.Geometry == layers.Polygon {
		rules = append(rules, layers.Rule{Check: "self_touch"}, layers.Rule{Check: "spike", Degrees: 1, Minimum: 1}, layers.Rule{Check: "area_change", Share: 0.1})
	}
	if d.Geometry == layers.Point { // two things may well stand at one place
		rules = append(rules, layers.Rule{Check: "duplicate_geometry", Level: layers.Remark})
	} else {
		rules = append(rules, layers.Rule{Check: "duplicate_geometry"})
	}
	for _, f := range d.Fields {
		if f.Dictionary != "" {
			rules = append(rules, layers.Rule{Check: "codes", Field: f.Name})
		}
		if f.Type == layers.Date || f.Type == layers.Time {
			rules = append(rules, layers.Rule{Check: "dates", Field: f.Name, Minimum: 1900})
		}
	}
	for _, own := range d.Rules {
		i := slices.IndexFunc(rules, func(r layers.Rule) bool { return r.Title() == own.Title() })
		if i < 0 {
			rules = append(rules, own)
			continue
		}
		rules[i] = merge(rules[i], own)
	}
	known := kinds()
	rules = slices.DeleteFunc(rules, func(r layers.Rule) bool { return r.Level == layers.Off })
	for i := range rules {
		rules[i].ID = rules[i].Title()
		if rules[i].Level == "" {
			rules[i].Level = known[rules[i].Check].level
		}
	}
	return rules
}

// merge is a rule with what another one says beside.
func merge(base, own layers.Rule) layers.Rule {
	if own.Level != "" {
		base.Level = own.Level
	}
	for _, limit := range []struct{ to, from *float64 }{
		{&base.Tolerance, &own.Tolerance},
		{&base.Share, &own.Share},
		{&base.Minimum, &own.Minimum},
		{&base.Maximum, &own.Maximum},
		{&base.Degrees, &own.Degrees},
	} {
		if *limit.from != 0 {
			*limit.to = *limit.from
		}
	}
	if own.Decimals != 0 {
		base.Decimals = own.Decimals
	}
	return base
}
